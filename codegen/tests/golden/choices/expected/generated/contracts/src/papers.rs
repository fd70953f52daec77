// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `papers` keeps, and the decisions it makes.

pub use crate::events::FormSent;
pub use saga_runtime::Rejection;

/// What `check-papers` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckPapers {
    /// `complete`.
    Complete,
    /// `missing`.
    Missing,
}

/// The decisions of the service `papers`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `check-papers`, on `FormSent`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `PapersChecked.forged`.
    fn check_papers(&self, form_sent: &FormSent) -> Result<CheckPapers, Rejection>;
}
