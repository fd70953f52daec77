//! What the service `stock` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::stock::*;

/// The decisions of the service `stock`.
pub struct Handlers;

impl contracts::stock::Handlers for Handlers {}
