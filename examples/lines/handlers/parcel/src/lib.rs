//! What the service `parcel` decides.

#[allow(unused_imports)] // until a decision is written
use shop_contracts::parcel::*;

/// The decisions of the service `parcel`.
pub struct Handlers;

impl shop_contracts::parcel::Handlers for Handlers {}
