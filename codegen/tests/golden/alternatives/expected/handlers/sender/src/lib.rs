//! What the service `sender` decides.

#[allow(unused_imports)] // until a decision is written
use parcel_contracts::sender::*;

/// The decisions of the service `sender`.
pub struct Handlers;

impl parcel_contracts::sender::Handlers for Handlers {}
