//! What the service `stock` decides.

#[allow(unused_imports)] // until a decision is written
use shop_contracts::stock::*;

/// The decisions of the service `stock`.
pub struct Handlers;

impl shop_contracts::stock::Handlers for Handlers {}
