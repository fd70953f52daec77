//! What the service `cart` decides.

#[allow(unused_imports)] // until a decision is written
use shop_contracts::cart::*;

/// The decisions of the service `cart`.
pub struct Handlers;

impl shop_contracts::cart::Handlers for Handlers {}
