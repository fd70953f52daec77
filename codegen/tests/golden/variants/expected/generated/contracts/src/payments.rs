// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `payments` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{
    ClaimAssessed, ClaimOpened, ClaimPaid, NoticeSent, TheftReported,
};
pub use saga_runtime::Rejection;

/// A row of `budget_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Budget {
    /// Primary key.
    pub place: String,
    /// `left` in JSON, `left` in the table.
    pub left: i64,
}

/// A row of `branch_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// Primary key.
    pub id: i64,
    /// `payments` in JSON, `payments` in the table.
    pub payments: i32,
}

/// A row of `payment_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Primary key.
    pub id: i64,
    /// `claimId` in JSON, `claim_id` in the table.
    pub claim_id: i64,
    /// `payout` in JSON, `payout` in the table.
    pub payout: i64,
}

/// The one that came of the messages `pay-claim` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PayClaimOneOf<'a> {
    /// `ClaimOpened.glass`.
    ClaimOpenedGlass(&'a ClaimOpened),
    /// `ClaimAssessed.covered`.
    ClaimAssessedCovered(&'a ClaimAssessed),
    /// `ClaimAssessed.partly`.
    ClaimAssessedPartly(&'a ClaimAssessed),
    /// `TheftReported.failure`.
    TheftReportedFailure(&'a TheftReported),
}

/// The one that came of the messages `book-payment` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BookPaymentOneOf<'a> {
    /// `ClaimAssessed.covered`.
    ClaimAssessedCovered(&'a ClaimAssessed),
    /// `TheftReported.failure`.
    TheftReportedFailure(&'a TheftReported),
}

/// The decisions of the service `payments`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `pay-claim`, on `ClaimOpened`, `NoticeSent` and one of
    /// `ClaimOpened.glass`, `ClaimAssessed.covered`, `ClaimAssessed.partly` and
    /// `TheftReported.failure`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimPaid.failure`; the row stays as it was.
    fn pay_claim(
        &self,
        budget: &mut Budget,
        claim_opened: &ClaimOpened,
        notice_sent: &NoticeSent,
        one_of: PayClaimOneOf<'_>,
    ) -> Result<(), Rejection>;

    /// Decides `book-payment`, on one of `ClaimAssessed.covered` and
    /// `TheftReported.failure`.
    fn book_payment(&self, branch: &mut Branch, one_of: BookPaymentOneOf<'_>);

    /// Carries out `return-budget`, which compensates `pay-claim`.
    fn return_budget(
        &self,
        budget: &mut Budget,
        claim_opened: &ClaimOpened,
        notice_sent: &NoticeSent,
        one_of: PayClaimOneOf<'_>,
        claim_paid: &ClaimPaid,
    );
}
