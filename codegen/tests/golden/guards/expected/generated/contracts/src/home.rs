// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `home` keeps, and the decisions it makes.

pub use crate::events::LoanAsked;
pub use saga_runtime::Rejection;

/// The decisions of the service `home`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `rate-home`, on `LoanAsked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `HomeRated.failure`.
    fn rate_home(&self, loan_asked: &LoanAsked) -> Result<(), Rejection>;
}
