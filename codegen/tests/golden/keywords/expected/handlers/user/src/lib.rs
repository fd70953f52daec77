//! What the service `user` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::user::*;

/// The decisions of the service `user`.
pub struct Handlers;

impl contracts::user::Handlers for Handlers {}
