//! What the service `courier` decides.

#[allow(unused_imports)] // until a decision is written
use parcel_contracts::courier::*;

/// The decisions of the service `courier`.
pub struct Handlers;

impl parcel_contracts::courier::Handlers for Handlers {}
