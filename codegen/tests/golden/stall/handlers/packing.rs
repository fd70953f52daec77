//! What the service `packing` decides.

use stall_contracts::packing::*;

/// The decisions of the service `packing`.
pub struct Handlers;

impl stall_contracts::packing::Handlers for Handlers {
    fn unpack_parcel(&self, _: &mut Parcel, _: &OrderPlaced, _: &ParcelPacked) {}
}
