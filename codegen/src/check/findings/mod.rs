//! What the checks report: one function a finding, with what is wrong, what was
//! expected and what to write. They take names and places, and decide nothing.

pub(super) mod backends;
pub(super) mod compensations;
pub(super) mod deploy;
pub(super) mod entities;
pub(super) mod events;
pub(super) mod graph;
pub(super) mod names;
pub(super) mod paths;
pub(super) mod platform;
pub(super) mod rows;
pub(super) mod sources;
pub(super) mod steps;
pub(super) mod types;
