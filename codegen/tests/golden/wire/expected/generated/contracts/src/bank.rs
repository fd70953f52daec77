// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `bank` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{LimitReserved, WireAsked, WireSent};
pub use saga_runtime::{Call, CallError, Rejection, Unanswered};

/// A row of `account_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Primary key.
    pub id: i64,
    /// `owner` in JSON, `owner` in the table.
    pub owner: String,
    /// `last` in JSON, `last` in the table.
    pub last: i64,
}

/// A row of `slip_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Slip {
    /// Primary key.
    pub slip: String,
    /// `wireId` in JSON, `wire_id` in the table.
    pub wire_id: i64,
}

/// The values that `send-wire` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct SendWire {
    /// `receipt` of `WireSent`.
    pub receipt: String,
}

/// The values that `file-slip` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSlip {
    /// `slip` of `Slip`.
    pub slip: String,
}

/// The decisions of the service `bank`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `send-wire`, on `WireAsked` and `LimitReserved`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `WireSent.failure`; the row stays as it was.
    fn send_wire(
        &self,
        call: &Call,
        account: &Account,
        wire_asked: &WireAsked,
        limit_reserved: &LimitReserved,
    ) -> impl Future<Output = Result<SendWire, CallError>> + Send;

    /// Decides `file-slip`, on `WireSent.success`.
    fn file_slip(&self, wire_sent: &WireSent) -> FileSlip;

    /// Carries out `recall-wire`, which compensates `send-wire`.
    fn recall_wire(
        &self,
        call: &Call,
        account: &Account,
        wire_asked: &WireAsked,
        limit_reserved: &LimitReserved,
        wire_sent: Option<&WireSent>,
    ) -> impl Future<Output = Result<(), Unanswered>> + Send;
}
