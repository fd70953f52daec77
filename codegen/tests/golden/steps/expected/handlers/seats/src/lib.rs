//! What the service `seats` decides.

/// The decisions of the service `seats`.
pub struct Handlers;

impl contracts::seats::Handlers for Handlers {}
