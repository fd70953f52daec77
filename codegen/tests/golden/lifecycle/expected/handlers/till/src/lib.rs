//! What the service `till` decides.

/// The decisions of the service `till`.
pub struct Handlers;

impl contracts::till::Handlers for Handlers {}
