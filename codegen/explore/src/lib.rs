//! The part of the proof that takes time: [`explore`] visits every state of a
//! saga, and [`partial_order`] skips orders that cannot differ.
//!
//! It is a package of its own so that `cargo saga check`, which runs in the
//! development profile, has it optimised without the rest of the generator
//! being compiled as slowly.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod explore;
pub mod partial_order;
