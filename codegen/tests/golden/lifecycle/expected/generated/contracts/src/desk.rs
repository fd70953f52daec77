// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `desk` keeps and decides.

use std::fmt;

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};
use serde::{Deserialize, Serialize};

pub use crate::events::{ClaimChecked, ClaimOpened, ClaimPriced, MoneyReserved};
pub use saga_runtime::{Refusal, Rejection};

/// A row of `claim_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Primary key.
    pub id: i64,
    /// `accountId` in JSON, `account_id` in the table.
    pub account_id: i32,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// `number` in JSON, `number` in the table.
    pub number: String,
    /// Where the row stands.
    pub status: ClaimStatus,
}

impl Entity for Claim {
    type Key = i64;
    const NAME: &'static str = "Claim";
    const TABLE: TableDef = TableDef {
        name: "claim_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i32>("account_id"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<String>("number"),
            ColumnDef::of::<ClaimStatus>("status")
                .one_of(ClaimStatus::VALUES)
                .open(&["NEW", "CHECKED", "PRICED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.account_id);
        row.put(&self.amount);
        row.put(&self.number);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            account_id: row.take()?,
            amount: row.take()?,
            number: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Claim {
    type Status = ClaimStatus;

    fn status(&self) -> ClaimStatus {
        self.status
    }

    fn set_status(&mut self, status: ClaimStatus) {
        self.status = status;
    }
}

/// The statuses of a [`Claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClaimStatus {
    /// `NEW`: where it starts.
    #[serde(rename = "NEW")]
    New,
    /// `CHECKED`: on the way.
    #[serde(rename = "CHECKED")]
    Checked,
    /// `PRICED`: on the way.
    #[serde(rename = "PRICED")]
    Priced,
    /// `PAID`: an end, all effects kept.
    #[serde(rename = "PAID")]
    Paid,
    /// `REFUSED`: an end, all effects compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

impl ClaimStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["NEW", "CHECKED", "PRICED", "PAID", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Checked => "CHECKED",
            Self::Priced => "PRICED",
            Self::Paid => "PAID",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for ClaimStatus {
    fn phase(self) -> Phase {
        match self {
            Self::New => Phase::Open,
            Self::Checked => Phase::Open,
            Self::Priced => Phase::Open,
            Self::Paid => Phase::Done,
            Self::Refused => Phase::Failed,
        }
    }
}

impl fmt::Display for ClaimStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ClaimStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "NEW" => Ok(Self::New),
            "CHECKED" => Ok(Self::Checked),
            "PRICED" => Ok(Self::Priced),
            "PAID" => Ok(Self::Paid),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("ClaimStatus", other)),
        }
    }
}

/// The body of `open-claim`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenClaim {
    /// `accountId` in JSON.
    pub account_id: i32,
    /// `amount` in JSON.
    pub amount: i64,
}

/// The values that `open-claim` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenClaimAnswer {
    /// `number` of `Claim`.
    pub number: String,
}

/// The values that `price-claim` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceClaim {
    /// `price` of `ClaimPriced`.
    pub price: i64,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `open-claim` accepts a request.
    ///
    /// # Errors
    /// A [`Refusal`] is answered with a 4xx; nothing is stored or published.
    fn open_claim(&self, body: &OpenClaim) -> Result<OpenClaimAnswer, Refusal>;

    /// Decides `check-claim`, on `ClaimOpened`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimChecked.failure`; the row stays as it was.
    fn check_claim(&self, claim: &mut Claim, claim_opened: &ClaimOpened) -> Result<(), Rejection>;

    /// Decides `price-claim`, on `ClaimChecked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `ClaimPriced.failure`; the row stays as it was.
    fn price_claim(&self, claim: &mut Claim, claim_checked: &ClaimChecked) -> Result<PriceClaim, Rejection>;

    /// Decides `note-price`, on `ClaimPriced.success`.
    fn note_price(&self, claim: &mut Claim, claim_priced: &ClaimPriced);

    /// Decides `note-money`, on `MoneyReserved.success`.
    fn note_money(&self, claim: &mut Claim, money_reserved: &MoneyReserved);
}
