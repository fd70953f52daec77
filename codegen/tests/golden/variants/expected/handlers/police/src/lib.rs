//! What the service `police` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::police::*;

/// The decisions of the service `police`.
pub struct Handlers;

impl claim_contracts::police::Handlers for Handlers {}
