//! What the service `courier` decides.

#[allow(unused_imports)] // until a decision is written
use food_contracts::courier::*;

/// The decisions of the service `courier`.
pub struct Handlers;

impl food_contracts::courier::Handlers for Handlers {}
