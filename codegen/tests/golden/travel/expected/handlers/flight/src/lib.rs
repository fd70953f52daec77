//! What the service `flight` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::flight::*;

/// The decisions of the service `flight`.
pub struct Handlers;

impl trip_contracts::flight::Handlers for Handlers {}
