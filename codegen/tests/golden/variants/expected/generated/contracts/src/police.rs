// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `police` keeps, and the decisions it makes.

pub use crate::events::ClaimOpened;
pub use saga_runtime::Rejection;

/// The values that `report-theft` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportTheft {
    /// `payout` of `TheftReported`.
    pub payout: i64,
    /// `branchId` of `TheftReported`.
    pub branch_id: i64,
}

/// The decisions of the service `police`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `report-theft`, on `ClaimOpened.theft`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `TheftReported.success`.
    fn report_theft(&self, claim_opened: &ClaimOpened) -> Result<ReportTheft, Rejection>;
}
