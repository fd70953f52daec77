//! What the service `points` decides.

#[allow(unused_imports)] // until a decision is written
use market_contracts::points::*;

/// The decisions of the service `points`.
pub struct Handlers;

impl market_contracts::points::Handlers for Handlers {}
