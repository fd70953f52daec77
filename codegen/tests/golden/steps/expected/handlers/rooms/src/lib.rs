//! What the service `rooms` decides.

/// The decisions of the service `rooms`.
pub struct Handlers;

impl contracts::rooms::Handlers for Handlers {}
