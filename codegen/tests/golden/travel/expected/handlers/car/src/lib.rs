//! What the service `car` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::car::*;

/// The decisions of the service `car`.
pub struct Handlers;

impl trip_contracts::car::Handlers for Handlers {}
