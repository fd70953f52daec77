// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `risk` keeps, and the decisions it makes.

pub use crate::events::LoanAsked;
pub use saga_runtime::Rejection;

/// The decisions of the service `risk`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `rate-risk`, on `LoanAsked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `RiskRated.failure`.
    fn rate_risk(&self, loan_asked: &LoanAsked) -> Result<(), Rejection>;
}
