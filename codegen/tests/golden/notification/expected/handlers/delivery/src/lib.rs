//! What the service `delivery` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::delivery::*;

/// The decisions of the service `delivery`.
pub struct Handlers;

impl contracts::delivery::Handlers for Handlers {}
