//! What the service `payments` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::payments::*;

/// The decisions of the service `payments`.
pub struct Handlers;

impl claim_contracts::payments::Handlers for Handlers {}
