// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `booking` keeps and decides.

use std::fmt;

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};
use serde::{Deserialize, Serialize};

pub use crate::events::{RoomTaken, SeatTaken, TripPaid};
pub use saga_runtime::Refusal;

/// A row of `trip_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Where the row stands.
    pub status: TripStatus,
}

impl Entity for Trip {
    type Key = i64;
    const NAME: &'static str = "Trip";
    const TABLE: TableDef = TableDef {
        name: "trip_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("price"),
            ColumnDef::of::<i32>("seat_id"),
            ColumnDef::of::<i32>("room_id"),
            ColumnDef::of::<TripStatus>("status").one_of(TripStatus::VALUES).open(&["PENDING", "SEATED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.price);
        row.put(&self.seat_id);
        row.put(&self.room_id);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            price: row.take()?,
            seat_id: row.take()?,
            room_id: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Trip {
    type Status = TripStatus;

    fn status(&self) -> TripStatus {
        self.status
    }

    fn set_status(&mut self, status: TripStatus) {
        self.status = status;
    }
}

/// The statuses of a [`Trip`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TripStatus {
    /// `PENDING`: where it starts.
    #[serde(rename = "PENDING")]
    Pending,
    /// `SEATED`: on the way.
    #[serde(rename = "SEATED")]
    Seated,
    /// `CONFIRMED`: an end, all effects kept.
    #[serde(rename = "CONFIRMED")]
    Confirmed,
    /// `CANCELLED`: an end, all effects compensated.
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

impl TripStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["PENDING", "SEATED", "CONFIRMED", "CANCELLED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Seated => "SEATED",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Status for TripStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Pending => Phase::Open,
            Self::Seated => Phase::Open,
            Self::Confirmed => Phase::Done,
            Self::Cancelled => Phase::Failed,
        }
    }
}

impl fmt::Display for TripStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for TripStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "PENDING" => Ok(Self::Pending),
            "SEATED" => Ok(Self::Seated),
            "CONFIRMED" => Ok(Self::Confirmed),
            "CANCELLED" => Ok(Self::Cancelled),
            other => Err(RowError::unknown("TripStatus", other)),
        }
    }
}

/// A row of `note_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Primary key.
    pub id: i64,
    /// `tripId` in JSON, `trip_id` in the table.
    pub trip_id: i64,
    /// `text` in JSON, `text` in the table.
    pub text: String,
}

impl Entity for Note {
    type Key = i64;
    const NAME: &'static str = "Note";
    const TABLE: TableDef = TableDef {
        name: "note_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("trip_id"),
            ColumnDef::of::<String>("text"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.trip_id);
        row.put(&self.text);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, trip_id: row.take()?, text: row.take()? })
    }
}

/// The body of `book-trip`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// A [`Refusal`] is answered with a 4xx; nothing is stored or published.
    fn book_trip(&self, body: &BookTrip) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Decides `note-payment`, on `TripPaid.success`.
    fn note_payment(&self, trip_paid: &TripPaid) -> NotePayment;

    /// Decides `note-both`, on `SeatTaken.success` and `RoomTaken.success`.
    fn note_both(&self, seat_taken: &SeatTaken, room_taken: &RoomTaken) -> NoteBoth;
}
