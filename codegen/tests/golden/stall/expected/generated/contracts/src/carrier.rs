// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `carrier` keeps, and the decisions it makes.

pub use crate::events::{OrderPlaced, ParcelPacked};
pub use saga_runtime::Rejection;

/// The decisions of the service `carrier`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `ship-order`, on `OrderPlaced` and `ParcelPacked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `OrderShipped.failure`.
    fn ship_order(&self, order_placed: &OrderPlaced, parcel_packed: &ParcelPacked) -> Result<(), Rejection>;
}
