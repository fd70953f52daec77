//! What the service `risk` decides.

#[allow(unused_imports)] // until a decision is written
use loan_contracts::risk::*;

/// The decisions of the service `risk`.
pub struct Handlers;

impl loan_contracts::risk::Handlers for Handlers {}
