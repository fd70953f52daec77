//! What the service `consulate` decides.

#[allow(unused_imports)] // until a decision is written
use visa_contracts::consulate::*;

/// The decisions of the service `consulate`.
pub struct Handlers;

impl visa_contracts::consulate::Handlers for Handlers {}
