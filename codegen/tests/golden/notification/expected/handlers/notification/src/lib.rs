//! What the service `notification` decides.

/// The decisions of the service `notification`.
pub struct Handlers;

impl contracts::notification::Handlers for Handlers {}
