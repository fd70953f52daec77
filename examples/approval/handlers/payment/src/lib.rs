//! What the service `payment` decides.

#[allow(unused_imports)] // until a decision is written
use payment_contracts::payment::*;

/// The decisions of the service `payment`.
pub struct Handlers;

impl payment_contracts::payment::Handlers for Handlers {}
