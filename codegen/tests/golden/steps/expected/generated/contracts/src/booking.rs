// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `booking` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{RoomTaken, SeatTaken, TripPaid};
pub use saga_runtime::Refusal;

/// A row of `trip_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip {
    /// Primary key.
    pub id: i64,
    /// `price` in JSON, `price` in the table.
    pub price: i64,
    /// `seatId` in JSON, `seat_id` in the table.
    pub seat_id: i32,
    /// `roomId` in JSON, `room_id` in the table.
    pub room_id: i32,
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
    /// `SEATED`: in progress.
    #[serde(rename = "SEATED")]
    Seated,
    /// `CONFIRMED`: final; every effect is kept.
    #[serde(rename = "CONFIRMED")]
    Confirmed,
    /// `CANCELLED`: final; every effect is compensated.
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

/// A row of `note_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Primary key.
    pub id: i64,
    /// `tripId` in JSON, `trip_id` in the table.
    pub trip_id: i64,
    /// `text` in JSON, `text` in the table.
    pub text: String,
}

/// The body of `book-trip`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BookTrip {
    /// `price` in JSON.
    pub price: i64,
    /// `seatId` in JSON.
    pub seat_id: i32,
    /// `roomId` in JSON.
    pub room_id: i32,
}

/// The values that `note-payment` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NotePayment {
    /// `text` of `Note`.
    pub text: String,
}

/// The values that `note-both` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteBoth {
    /// `text` of `Note`.
    pub text: String,
}

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

    /// Decides `note-payment`, on `TripPaid.success`.
    fn note_payment(&self, trip_paid: &TripPaid) -> NotePayment;

    /// Decides `note-both`, on `SeatTaken.success` and `RoomTaken.success`.
    fn note_both(&self, seat_taken: &SeatTaken, room_taken: &RoomTaken) -> NoteBoth;
}
