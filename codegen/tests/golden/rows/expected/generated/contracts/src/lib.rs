// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! Everything the services of the saga `market` agree on: the messages on the wire,
//! the rows each service keeps, and the decisions each team writes.
#![deny(missing_docs)]

pub mod archive;
mod database;
pub mod events;
pub mod flow;
pub mod order;
pub mod packing;
pub mod points;
pub mod slots;
pub mod stock;
pub mod types;

const _: () = saga_runtime::made_by("0.1.0");
