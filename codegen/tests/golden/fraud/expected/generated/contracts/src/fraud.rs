// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `fraud` keeps, and the decisions it makes.

pub use crate::events::OrderCreated;
pub use saga_runtime::Rejection;

/// The decisions of the service `fraud`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `check-fraud`, on `OrderCreated`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `FraudChecked.failure`.
    fn check_fraud(&self, order_created: &OrderCreated) -> Result<(), Rejection>;
}
