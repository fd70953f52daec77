//! What the service `order` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::order::*;

/// The decisions of the service `order`.
pub struct Handlers;

impl contracts::order::Handlers for Handlers {}
