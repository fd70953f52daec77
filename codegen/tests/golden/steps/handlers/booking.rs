//! Notes what happened.

use trip_contracts::booking::{NoteBoth, NotePayment};
use trip_contracts::events::{RoomTaken, SeatTaken, TripPaid};

/// Writes short texts.
pub struct Handlers;

impl trip_contracts::booking::Handlers for Handlers {
    fn note_payment(&self, trip_paid: &TripPaid) -> NotePayment {
        NotePayment { text: trip_paid.receipt.clone() }
    }

    fn note_both(&self, seat_taken: &SeatTaken, room_taken: &RoomTaken) -> NoteBoth {
        NoteBoth { text: format!("seat {}, room {}", seat_taken.seat_id, room_taken.room_id) }
    }
}
