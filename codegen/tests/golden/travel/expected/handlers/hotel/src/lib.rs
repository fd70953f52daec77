//! What the service `hotel` decides.

#[allow(unused_imports)] // until a decision is written
use trip_contracts::hotel::*;

/// The decisions of the service `hotel`.
pub struct Handlers;

impl trip_contracts::hotel::Handlers for Handlers {}
