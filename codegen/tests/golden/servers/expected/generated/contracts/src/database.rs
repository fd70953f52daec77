// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of each service are stored.

mod desk;
