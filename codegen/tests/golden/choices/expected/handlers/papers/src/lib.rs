//! What the service `papers` decides.

#[allow(unused_imports)] // until a decision is written
use visa_contracts::papers::*;

/// The decisions of the service `papers`.
pub struct Handlers;

impl visa_contracts::papers::Handlers for Handlers {}
