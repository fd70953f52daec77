//! What the service `user` decides.

#[allow(unused_imports)] // until a decision is written
use user_contracts::user::*;

/// The decisions of the service `user`.
pub struct Handlers;

impl user_contracts::user::Handlers for Handlers {}
