//! What the service `assessors` decides.

#[allow(unused_imports)] // until a decision is written
use claim_contracts::assessors::*;

/// The decisions of the service `assessors`.
pub struct Handlers;

impl claim_contracts::assessors::Handlers for Handlers {}
