// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `labour` keeps, and the decisions it makes.

pub use crate::events::FormSent;
pub use saga_runtime::Rejection;

/// The decisions of the service `labour`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `confirm-job`, on `FormSent.worker`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `JobConfirmed.success`.
    fn confirm_job(&self, form_sent: &FormSent) -> Result<(), Rejection>;
}
