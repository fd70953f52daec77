//! What the service `home` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::home::*;

/// The decisions of the service `home`.
pub struct Handlers;

impl contracts::home::Handlers for Handlers {}
