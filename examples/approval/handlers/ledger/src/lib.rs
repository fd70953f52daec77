//! What the service `ledger` decides.

#[allow(unused_imports)] // until a decision is written
use payment_contracts::ledger::*;

/// The decisions of the service `ledger`.
pub struct Handlers;

impl payment_contracts::ledger::Handlers for Handlers {}
