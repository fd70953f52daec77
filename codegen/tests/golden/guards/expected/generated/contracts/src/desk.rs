// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `desk` keeps and decides.

use std::fmt;

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};
use serde::{Deserialize, Serialize};

pub use crate::events::{HomeRated, RiskRated};
pub use saga_runtime::{Refusal, Rejection};

/// A row of `loan_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Loan {
    /// Primary key.
    pub id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// Where the row stands.
    pub status: LoanStatus,
}

impl Entity for Loan {
    type Key = i64;
    const NAME: &'static str = "Loan";
    const TABLE: TableDef = TableDef {
        name: "loan_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<LoanStatus>("status").one_of(LoanStatus::VALUES).open(&["ASKED", "RATED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.amount);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, amount: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Loan {
    type Status = LoanStatus;

    fn status(&self) -> LoanStatus {
        self.status
    }

    fn set_status(&mut self, status: LoanStatus) {
        self.status = status;
    }
}

/// The statuses of a [`Loan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoanStatus {
    /// `ASKED`: where it starts.
    #[serde(rename = "ASKED")]
    Asked,
    /// `RATED`: on the way.
    #[serde(rename = "RATED")]
    Rated,
    /// `GRANTED`: an end, all effects kept.
    #[serde(rename = "GRANTED")]
    Granted,
    /// `DENIED`: an end, all effects compensated.
    #[serde(rename = "DENIED")]
    Denied,
}

impl LoanStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["ASKED", "RATED", "GRANTED", "DENIED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Rated => "RATED",
            Self::Granted => "GRANTED",
            Self::Denied => "DENIED",
        }
    }
}

impl Status for LoanStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Asked => Phase::Open,
            Self::Rated => Phase::Open,
            Self::Granted => Phase::Done,
            Self::Denied => Phase::Failed,
        }
    }
}

impl fmt::Display for LoanStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for LoanStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "ASKED" => Ok(Self::Asked),
            "RATED" => Ok(Self::Rated),
            "GRANTED" => Ok(Self::Granted),
            "DENIED" => Ok(Self::Denied),
            other => Err(RowError::unknown("LoanStatus", other)),
        }
    }
}

/// The body of `ask-loan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// A [`Refusal`] is answered with a 4xx; nothing is stored or published.
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
