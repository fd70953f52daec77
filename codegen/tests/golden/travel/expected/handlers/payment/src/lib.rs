//! What the service `payment` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::payment::*;

/// The decisions of the service `payment`.
pub struct Handlers;

impl trip_contracts::payment::Handlers for Handlers {}
