//! What the service `restaurant` decides.

#[allow(unused_imports)] // until a decision is written
use food_contracts::restaurant::*;

/// The decisions of the service `restaurant`.
pub struct Handlers;

impl food_contracts::restaurant::Handlers for Handlers {}
