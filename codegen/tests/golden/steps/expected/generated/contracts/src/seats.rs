// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `seats` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{FreeSeatCommand, TripRequested};
pub use saga_runtime::Rejection;

/// A row of `seat_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seat {
    /// Primary key.
    pub id: i32,
    /// `row` in JSON, `row` in the table.
    pub row: i32,
    /// `free` in JSON, `free` in the table.
    pub free: bool,
}

/// A row of `block_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Primary key.
    pub id: i64,
    /// `tripId` in JSON, `trip_id` in the table.
    pub trip_id: i64,
    /// `seatId` in JSON, `seat_id` in the table.
    pub seat_id: i32,
    /// The status of the row.
    pub status: BlockStatus,
}

/// The statuses of a [`Block`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BlockStatus {
    /// `OPEN`: the first status.
    #[default]
    #[serde(rename = "OPEN")]
    Open,
    /// `SOLD`: final; every effect is kept.
    #[serde(rename = "SOLD")]
    Sold,
    /// `FREED`: final; every effect is compensated.
    #[serde(rename = "FREED")]
    Freed,
}

/// The decisions of the service `seats`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-seat`, on `TripRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `SeatTaken.failure`; the row stays as it was, and none
    /// is created.
    fn take_seat(&self, seat: &mut Seat, trip_requested: &TripRequested) -> Result<(), Rejection>;

    /// Decides `count-seat`, on `TripRequested`.
    fn count_seat(&self, seat: &mut Seat, trip_requested: &TripRequested);

    /// Carries out `free-seat`, which compensates `take-seat`.
    fn free_seat(&self, seat: &mut Seat, block: &mut Block, command: &FreeSeatCommand);
}
