//! What the service `road` decides.

#[allow(unused_imports)] // until a decision is written
use parcel_contracts::road::*;

/// The decisions of the service `road`.
pub struct Handlers;

impl parcel_contracts::road::Handlers for Handlers {}
