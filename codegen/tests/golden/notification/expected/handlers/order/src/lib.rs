//! What the service `order` decides.

/// The decisions of the service `order`.
pub struct Handlers;

impl contracts::order::Handlers for Handlers {}
