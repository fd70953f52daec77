//! What the service `product` decides.

#[allow(unused_imports)] // until a decision is written
use order_contracts::product::*;

/// The decisions of the service `product`.
pub struct Handlers;

impl order_contracts::product::Handlers for Handlers {}
