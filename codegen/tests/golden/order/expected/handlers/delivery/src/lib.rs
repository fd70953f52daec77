//! What the service `delivery` decides.

#[allow(unused_imports)] // until a decision is written
use order_contracts::delivery::*;

/// The decisions of the service `delivery`.
pub struct Handlers;

impl order_contracts::delivery::Handlers for Handlers {}
