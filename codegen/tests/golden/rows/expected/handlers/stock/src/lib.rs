//! What the service `stock` decides.

#[allow(unused_imports)] // until a decision is written
use market_contracts::stock::*;

/// The decisions of the service `stock`.
pub struct Handlers;

impl market_contracts::stock::Handlers for Handlers {}
