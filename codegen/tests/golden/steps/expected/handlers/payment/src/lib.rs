//! What the service `payment` decides.

/// The decisions of the service `payment`.
pub struct Handlers;

impl contracts::payment::Handlers for Handlers {}
