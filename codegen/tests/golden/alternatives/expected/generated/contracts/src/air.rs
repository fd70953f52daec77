// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `air` keeps, and the decisions it makes.

pub use crate::events::ParcelSent;
pub use saga_runtime::Rejection;

/// The values that `load-plane` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadPlane {
    /// `carrier` of `PlaneLoaded`.
    pub carrier: String,
    /// `flight` of `PlaneLoaded`.
    pub flight: String,
    /// `seat` of `PlaneLoaded`.
    pub seat: i32,
}

/// The decisions of the service `air`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `load-plane`, on `ParcelSent.air`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `PlaneLoaded.failure`.
    fn load_plane(&self, parcel_sent: &ParcelSent) -> Result<LoadPlane, Rejection>;
}
