//! What the service `user` decides.

/// The decisions of the service `user`.
pub struct Handlers;

impl contracts::user::Handlers for Handlers {}
