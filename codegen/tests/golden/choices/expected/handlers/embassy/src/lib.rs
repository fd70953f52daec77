//! What the service `embassy` decides.

#[allow(unused_imports)] // until a decision is written
use visa_contracts::embassy::*;

/// The decisions of the service `embassy`.
pub struct Handlers;

impl visa_contracts::embassy::Handlers for Handlers {}
