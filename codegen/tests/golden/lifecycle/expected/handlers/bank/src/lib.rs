//! What the service `bank` decides.

/// The decisions of the service `bank`.
pub struct Handlers;

impl contracts::bank::Handlers for Handlers {}
