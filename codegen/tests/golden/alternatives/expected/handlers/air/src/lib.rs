//! What the service `air` decides.

#[allow(unused_imports)] // until a decision is written
use parcel_contracts::air::*;

/// The decisions of the service `air`.
pub struct Handlers;

impl parcel_contracts::air::Handlers for Handlers {}
