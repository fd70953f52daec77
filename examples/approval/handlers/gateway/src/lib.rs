//! What the service `gateway` decides.

#[allow(unused_imports)] // until a decision is written
use payment_contracts::gateway::*;

/// The decisions of the service `gateway`.
pub struct Handlers;

impl payment_contracts::gateway::Handlers for Handlers {}
