// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `bank` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{ClaimPriced, ReleaseMoneyCommand};
pub use saga_runtime::Rejection;

/// A row of `account_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Primary key.
    pub id: i32,
    /// `money` in JSON, `money` in the table.
    pub money: i64,
}

/// The decisions of the service `bank`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-money`, on `ClaimPriced`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `MoneyReserved.failure`; the row stays as it was.
    fn reserve_money(&self, account: &mut Account, claim_priced: &ClaimPriced) -> Result<(), Rejection>;

    /// Carries out `release-money`, which compensates `reserve-money`.
    fn release_money(&self, account: &mut Account, command: &ReleaseMoneyCommand);
}
