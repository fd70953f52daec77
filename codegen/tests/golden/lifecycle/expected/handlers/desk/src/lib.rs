//! What the service `desk` decides.

/// The decisions of the service `desk`.
pub struct Handlers;

impl contracts::desk::Handlers for Handlers {}
