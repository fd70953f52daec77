// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `booking` keeps, and the decisions it makes.

use saga_runtime::{Decimal, Uuid};
use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `trip_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip {
    /// Primary key.
    pub id: Uuid,
    /// `flight` in JSON, `flight` in the table.
    pub flight: String,
    /// `hotel` in JSON, `hotel` in the table.
    pub hotel: String,
    /// `car` in JSON, `car` in the table.
    pub car: String,
    /// `price` in JSON, `price` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
    /// The status of the row.
    pub status: TripStatus,
}

/// The statuses of a [`Trip`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TripStatus {
    /// `PENDING`: the first status.
    #[default]
    #[serde(rename = "PENDING")]
    Pending,
    /// `CANCELLING`: in progress.
    #[serde(rename = "CANCELLING")]
    Cancelling,
    /// `CONFIRMED`: final; every effect is kept.
    #[serde(rename = "CONFIRMED")]
    Confirmed,
    /// `CANCELLED`: final; every effect is compensated.
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

/// The body of `book-trip`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookTrip {
    /// `flight` in JSON.
    pub flight: String,
    /// `hotel` in JSON.
    pub hotel: String,
    /// `car` in JSON.
    pub car: String,
    /// `price` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
    /// `card` in JSON.
    pub card: String,
}

/// The body of `request-cancel`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestCancel {}

/// The decisions of the service `booking`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `book-trip` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn book_trip(&self, body: &BookTrip) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Whether `request-cancel` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn request_cancel(&self, trip: &mut Trip, body: &RequestCancel) -> Result<(), Refusal> {
        let _ = (trip, body);
        Ok(())
    }
}
