// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{HomeRated, RiskRated};
pub use saga_runtime::{Refusal, Rejection};

/// A row of `loan_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loan {
    /// Primary key.
    pub id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// The status of the row.
    pub status: LoanStatus,
}

/// The statuses of a [`Loan`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoanStatus {
    /// `ASKED`: the first status.
    #[default]
    #[serde(rename = "ASKED")]
    Asked,
    /// `RATED`: in progress.
    #[serde(rename = "RATED")]
    Rated,
    /// `GRANTED`: final; every effect is kept.
    #[serde(rename = "GRANTED")]
    Granted,
    /// `DENIED`: final; every effect is compensated.
    #[serde(rename = "DENIED")]
    Denied,
}

/// The body of `ask-loan`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskLoan {
    /// `amount` in JSON.
    pub amount: i64,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `ask-loan` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn ask_loan(&self, body: &AskLoan) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Decides `note-risk`, on `RiskRated`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `RiskNoted.failure`; the row stays as it was.
    fn note_risk(&self, loan: &mut Loan, risk_rated: &RiskRated) -> Result<(), Rejection>;

    /// Decides `note-home`, on `HomeRated`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `HomeNoted.failure`; the row stays as it was.
    fn note_home(&self, loan: &mut Loan, home_rated: &HomeRated) -> Result<(), Rejection>;

    /// Decides `file-denial`, on `RiskRated.failure`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `DenialFiled.failure`; the row stays as it was.
    fn file_denial(&self, loan: &mut Loan, risk_rated: &RiskRated) -> Result<(), Rejection>;
}
