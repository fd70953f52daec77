// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `consulate` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{FormSent, JobConfirmed, PapersChecked};
pub use saga_runtime::Rejection;

/// A row of `sticker_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sticker {
    /// Primary key.
    pub id: i64,
    /// `visaId` in JSON, `visa_id` in the table.
    pub visa_id: i64,
}

/// A row of `letter_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// Primary key.
    pub id: i64,
    /// `visaId` in JSON, `visa_id` in the table.
    pub visa_id: i64,
}

/// The one that came of the messages `issue-visa` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IssueVisaOneOf<'a> {
    /// `FormSent.tourist`.
    FormSentTourist(&'a FormSent),
    /// `FormSent.student`.
    FormSentStudent(&'a FormSent),
    /// `JobConfirmed.failure`.
    JobConfirmedFailure(&'a JobConfirmed),
}

/// The decisions of the service `consulate`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `issue-visa`, on `FormSent`, `PapersChecked` and one of
    /// `FormSent.tourist`, `FormSent.student` and `JobConfirmed.failure`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `VisaIssued.failure`; no row is created.
    fn issue_visa(
        &self,
        form_sent: &FormSent,
        papers_checked: &PapersChecked,
        one_of: IssueVisaOneOf<'_>,
    ) -> Result<(), Rejection>;
}
