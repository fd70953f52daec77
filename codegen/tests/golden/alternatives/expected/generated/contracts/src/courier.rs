// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `courier` keeps, and the decisions it makes.

pub use crate::events::{ParcelSent, ParcelSigned, PlaneLoaded, TruckLoaded};
pub use saga_runtime::Rejection;

/// The one that came of the messages `hand-over` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HandOverOneOf<'a> {
    /// `TruckLoaded`.
    TruckLoaded(&'a TruckLoaded),
    /// `PlaneLoaded.success`.
    PlaneLoadedSuccess(&'a PlaneLoaded),
}

/// The decisions of the service `courier`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `hand-over`, on `ParcelSent`, `ParcelSigned` and one of `TruckLoaded`
    /// and `PlaneLoaded.success`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ParcelDelivered.failure`.
    fn hand_over(
        &self,
        parcel_sent: &ParcelSent,
        parcel_signed: &ParcelSigned,
        one_of: HandOverOneOf<'_>,
    ) -> Result<(), Rejection>;
}
