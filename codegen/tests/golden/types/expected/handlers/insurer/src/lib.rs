//! What the service `insurer` decides.

#[allow(unused_imports)] // until a decision is written
use insurance_contracts::insurer::*;

/// The decisions of the service `insurer`.
pub struct Handlers;

impl insurance_contracts::insurer::Handlers for Handlers {}
