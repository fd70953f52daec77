// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `road` keeps, and the decisions it makes.

pub use crate::events::ParcelSent;

/// The values that `load-truck` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadTruck {
    /// `carrier` of `TruckLoaded`.
    pub carrier: String,
    /// `stops` of `TruckLoaded`.
    pub stops: i32,
}

/// The decisions of the service `road`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `load-truck`, on `ParcelSent.road`.
    fn load_truck(&self, parcel_sent: &ParcelSent) -> LoadTruck;
}
