//! What the development commands are made of. The commands themselves are in
//! `main.rs`; this is a library so that tests can use the same servers.

pub mod cargo;
pub mod chaos;
pub mod failure;
pub mod infra;
pub mod interrupt;
pub mod k8s;
pub mod mutation;
pub mod repo;
pub mod test;
