//! What the service `archive` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::archive::*;

/// The decisions of the service `archive`.
pub struct Handlers;

impl claim_contracts::archive::Handlers for Handlers {}
