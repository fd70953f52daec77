// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `rooms` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{FreeRoomCommand, TripPaid, TripRequested};
pub use saga_runtime::Rejection;

/// A row of `room_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Primary key.
    pub id: i32,
    /// `free` in JSON, `free` in the table.
    pub free: bool,
}

/// The decisions of the service `rooms`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `take-room`, on `TripRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `RoomTaken.failure`; the row stays as it was.
    fn take_room(&self, room: &mut Room, trip_requested: &TripRequested) -> Result<(), Rejection>;

    /// Decides `prepare-room`, on `TripRequested` and `TripPaid.success`.
    fn prepare_room(&self, room: &mut Room, trip_requested: &TripRequested, trip_paid: &TripPaid);

    /// Carries out `free-room`, which compensates `take-room`.
    fn free_room(&self, room: &mut Room, command: &FreeRoomCommand);
}
