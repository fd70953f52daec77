// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `bank` keeps, and the decisions it makes.

pub use crate::events::{HomeNoted, RiskNoted};
pub use saga_runtime::Rejection;

/// The decisions of the service `bank`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `decide-loan`, on `RiskNoted` and `HomeNoted`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `LoanDecided.failure`.
    fn decide_loan(&self, risk_noted: &RiskNoted, home_noted: &HomeNoted) -> Result<(), Rejection>;
}
