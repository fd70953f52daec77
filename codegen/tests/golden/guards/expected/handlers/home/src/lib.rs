//! What the service `home` decides.

#[allow(unused_imports)] // until a decision is written
use loan_contracts::home::*;

/// The decisions of the service `home`.
pub struct Handlers;

impl loan_contracts::home::Handlers for Handlers {}
