//! One room for one trip.

use trip_contracts::events::{FreeRoomCommand, TripPaid, TripRequested};
use trip_contracts::rooms::Room;
use saga_runtime::Rejection;

/// Takes what is free.
pub struct Handlers;

impl trip_contracts::rooms::Handlers for Handlers {
    fn take_room(&self, room: &mut Room, _trip_requested: &TripRequested) -> Result<(), Rejection> {
        room.free = false;
        Ok(())
    }

    fn prepare_room(&self, room: &mut Room, _trip_requested: &TripRequested, _trip_paid: &TripPaid) {
        room.free = false;
    }

    fn free_room(&self, room: &mut Room, _command: &FreeRoomCommand) {
        room.free = true;
    }
}
