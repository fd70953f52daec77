//! What the service `cart` decides.

/// The decisions of the service `cart`.
pub struct Handlers;

impl contracts::cart::Handlers for Handlers {}
