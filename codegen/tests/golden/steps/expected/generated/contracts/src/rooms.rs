// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `rooms` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::{FreeRoomCommand, TripPaid, TripRequested};
pub use saga_runtime::Rejection;

/// A row of `room_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// Primary key.
    pub id: i32,
    /// `free` in JSON, `free` in the table.
    pub free: bool,
}

impl Entity for Room {
    type Key = i32;
    const NAME: &'static str = "Room";
    const TABLE: TableDef = TableDef {
        name: "room_tb",
        columns: &[ColumnDef::of::<i32>("id"), ColumnDef::of::<bool>("free")],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.free);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, free: row.take()? })
    }
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
