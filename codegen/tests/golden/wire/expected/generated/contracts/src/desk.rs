// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `wire_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wire {
    /// Primary key.
    pub id: i64,
    /// `accountId` in JSON, `account_id` in the table.
    pub account_id: i64,
    /// `amount` in JSON, `amount` in the table.
    pub amount: i64,
    /// The status of the row.
    pub status: WireStatus,
}

/// The statuses of a [`Wire`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum WireStatus {
    /// `ASKED`: the first status.
    #[default]
    #[serde(rename = "ASKED")]
    Asked,
    /// `BOOKED`: final; every effect is kept.
    #[serde(rename = "BOOKED")]
    Booked,
    /// `LOST`: final; every effect is compensated.
    #[serde(rename = "LOST")]
    Lost,
}

/// The body of `ask-wire`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskWire {
    /// `accountId` in JSON.
    pub account_id: i64,
    /// `amount` in JSON.
    pub amount: i64,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `ask-wire` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn ask_wire(&self, body: &AskWire) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
