//! What the service `bank` decides.

#[allow(unused_imports)] // until a decision is written
use wire_contracts::bank::*;

/// The decisions of the service `bank`.
pub struct Handlers;

impl wire_contracts::bank::Handlers for Handlers {}
