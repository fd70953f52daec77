//! What the service `fraud` decides.

/// The decisions of the service `fraud`.
pub struct Handlers;

impl contracts::fraud::Handlers for Handlers {}
