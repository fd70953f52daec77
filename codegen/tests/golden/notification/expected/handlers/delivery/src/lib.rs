//! What the service `delivery` decides.

/// The decisions of the service `delivery`.
pub struct Handlers;

impl contracts::delivery::Handlers for Handlers {}
