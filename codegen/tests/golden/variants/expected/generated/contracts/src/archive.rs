// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `archive` keeps, and the decisions it makes.

pub use crate::events::ClaimPaid;
pub use saga_runtime::Rejection;

/// The decisions of the service `archive`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `file-claim`, on `ClaimPaid`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimFiled.failure`.
    fn file_claim(&self, claim_paid: &ClaimPaid) -> Result<(), Rejection>;
}
