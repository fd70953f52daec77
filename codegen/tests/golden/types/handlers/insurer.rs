//! What the service `insurer` decides.

/// The decisions of the service `insurer`.
pub struct Handlers;

impl insurance_contracts::insurer::Handlers for Handlers {}
