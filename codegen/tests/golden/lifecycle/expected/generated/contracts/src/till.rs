// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `till` keeps, and the decisions it makes.

pub use crate::events::MoneyReserved;
pub use saga_runtime::Rejection;

/// The decisions of the service `till`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `pay-claim`, on `MoneyReserved`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimPaid.failure`.
    fn pay_claim(&self, money_reserved: &MoneyReserved) -> Result<(), Rejection>;
}
