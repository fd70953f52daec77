//! What the service `till` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::till::*;

/// The decisions of the service `till`.
pub struct Handlers;

impl contracts::till::Handlers for Handlers {}
