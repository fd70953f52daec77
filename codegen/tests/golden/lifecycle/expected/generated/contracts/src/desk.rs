// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{ClaimChecked, ClaimOpened, ClaimPriced, MoneyReserved};
pub use saga_runtime::{Refusal, Rejection};

/// A row of `claim_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The status of the row.
    pub status: ClaimStatus,
}

/// The statuses of a [`Claim`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClaimStatus {
    /// `NEW`: the first status.
    #[default]
    #[serde(rename = "NEW")]
    New,
    /// `CHECKED`: in progress.
    #[serde(rename = "CHECKED")]
    Checked,
    /// `PRICED`: in progress.
    #[serde(rename = "PRICED")]
    Priced,
    /// `PAID`: final; every effect is kept.
    #[serde(rename = "PAID")]
    Paid,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `open-claim`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
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
