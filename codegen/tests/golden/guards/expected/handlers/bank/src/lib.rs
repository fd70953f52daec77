//! What the service `bank` decides.

#[allow(unused_imports)] // until a decision is written
use contracts::bank::*;

/// The decisions of the service `bank`.
pub struct Handlers;

impl contracts::bank::Handlers for Handlers {}
