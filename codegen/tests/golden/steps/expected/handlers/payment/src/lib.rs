//! What the service `payment` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::payment::*;

/// The decisions of the service `payment`.
pub struct Handlers;

impl contracts::payment::Handlers for Handlers {}
