//! What the service `desk` decides.

#[allow(unused_imports)] // until a decision is written
use parcel_contracts::desk::*;

/// The decisions of the service `desk`.
pub struct Handlers;

impl parcel_contracts::desk::Handlers for Handlers {}
