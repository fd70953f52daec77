//! What the service `underwriting` decides.

#[allow(unused_imports)] // until a decision is written
use insurance_contracts::underwriting::*;

/// The decisions of the service `underwriting`.
pub struct Handlers;

impl insurance_contracts::underwriting::Handlers for Handlers {}
