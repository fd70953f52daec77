// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! Everything the services of the saga `return` agree on: the messages on the wire,
//! the rows each service keeps, and the decisions each team writes.
#![deny(missing_docs)]

pub mod account;
mod database;
pub mod events;
pub mod flow;
pub mod return_desk;
pub mod warehouse;

const _: () = saga_runtime::made_by("0.1.0");
