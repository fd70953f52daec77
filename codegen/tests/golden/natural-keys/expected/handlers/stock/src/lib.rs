//! What the service `stock` decides.

/// The decisions of the service `stock`.
pub struct Handlers;

impl contracts::stock::Handlers for Handlers {}
