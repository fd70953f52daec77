// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! Everything the services of the saga `support` agree on: the messages on the
//! wire, the rows each service keeps, and the decisions each team writes.
#![deny(missing_docs)]

mod database;
pub mod desk;
pub mod events;
pub mod flow;
pub mod mailer;

const _: () = saga_runtime::made_by("0.1.0");
