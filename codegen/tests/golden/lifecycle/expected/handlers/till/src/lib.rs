//! What the service `till` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::till::*;

/// The decisions of the service `till`.
pub struct Handlers;

impl claim_contracts::till::Handlers for Handlers {}
