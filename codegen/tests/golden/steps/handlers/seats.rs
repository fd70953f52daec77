//! One seat for one trip.

use trip_contracts::events::{FreeSeatCommand, TripRequested};
use trip_contracts::seats::{Block, Seat};
use saga_runtime::Rejection;

/// Takes what is free.
pub struct Handlers;

impl trip_contracts::seats::Handlers for Handlers {
    fn take_seat(&self, seat: &mut Seat, _trip_requested: &TripRequested) -> Result<(), Rejection> {
        seat.free = false;
        Ok(())
    }

    fn count_seat(&self, seat: &mut Seat, _trip_requested: &TripRequested) {
        seat.row += 1;
    }

    fn free_seat(&self, seat: &mut Seat, _block: &mut Block, _command: &FreeSeatCommand) {
        seat.free = true;
    }
}
