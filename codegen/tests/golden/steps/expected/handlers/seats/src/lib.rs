//! What the service `seats` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::seats::*;

/// The decisions of the service `seats`.
pub struct Handlers;

impl trip_contracts::seats::Handlers for Handlers {}
