//! What the service `product` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::product::*;

/// The decisions of the service `product`.
pub struct Handlers;

impl contracts::product::Handlers for Handlers {}
