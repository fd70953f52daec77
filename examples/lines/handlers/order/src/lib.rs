//! What the service `order` decides.

#[allow(unused_imports)] // until a decision is written
use shop_contracts::order::*;

/// The decisions of the service `order`.
pub struct Handlers;

impl shop_contracts::order::Handlers for Handlers {}
