// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `payment` keeps, and the decisions it makes.

use saga_runtime::{Decimal, Uuid};
use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `payment_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payment {
    /// Primary key.
    pub id: Uuid,
    /// `amount` in JSON, `amount` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub amount: Decimal,
    /// The status of the row.
    pub status: PaymentStatus,
}

/// The statuses of a [`Payment`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PaymentStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `BOOKED`: final; every effect is kept.
    #[serde(rename = "BOOKED")]
    Booked,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `request-payment`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestPayment {
    /// `amount` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub amount: Decimal,
    /// `accountId` in JSON.
    pub account_id: i64,
    /// `card` in JSON.
    pub card: String,
    /// `email` in JSON.
    pub email: String,
}

/// The decisions of the service `payment`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `request-payment` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn request_payment(&self, body: &RequestPayment) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
