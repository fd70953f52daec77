//! What the service `rooms` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::rooms::*;

/// The decisions of the service `rooms`.
pub struct Handlers;

impl trip_contracts::rooms::Handlers for Handlers {}
