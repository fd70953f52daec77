//! What the service `product` decides.

/// The decisions of the service `product`.
pub struct Handlers;

impl contracts::product::Handlers for Handlers {}
