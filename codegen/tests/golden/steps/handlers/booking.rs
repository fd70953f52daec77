//! Notes what happened.

use contracts::booking::{NoteBoth, NotePayment};
use contracts::events::{RoomTaken, SeatTaken, TripPaid};

/// Writes short texts.
pub struct Handlers;

impl contracts::booking::Handlers for Handlers {
    fn note_payment(&self, trip_paid: &TripPaid) -> NotePayment {
        NotePayment { text: trip_paid.receipt.clone() }
    }

    fn note_both(&self, seat_taken: &SeatTaken, room_taken: &RoomTaken) -> NoteBoth {
        NoteBoth { text: format!("seat {}, room {}", seat_taken.seat_id, room_taken.room_id) }
    }
}
