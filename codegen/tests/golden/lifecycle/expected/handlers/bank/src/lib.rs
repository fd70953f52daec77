//! What the service `bank` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::bank::*;

/// The decisions of the service `bank`.
pub struct Handlers;

impl claim_contracts::bank::Handlers for Handlers {}
