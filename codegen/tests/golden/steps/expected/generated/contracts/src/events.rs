// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `trip`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `TripRequested`, on topic `trip-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripRequested {
    /// Correlation key.
    pub trip_id: i64,
    /// `seatId` on the wire.
    pub seat_id: i32,
    /// `roomId` on the wire.
    pub room_id: i32,
    /// `price` on the wire.
    pub price: i64,
}

impl Event for TripRequested {
    type Correlation = i64;
    const NAME: &'static str = "TripRequested";
    const TOPIC: &'static str = "trip-requested";
    const READERS: &'static str = "payment rooms seats";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }
}

/// The event `SeatTaken`, on topic `seat-taken`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatTaken {
    /// Correlation key.
    pub trip_id: i64,
    /// `seatId` on the wire.
    pub seat_id: i32,
    /// `blockId` on the wire; `0` in the variant `failure`.
    pub block_id: i64,
    /// `row` on the wire; `0` in the variant `failure`.
    pub row: i32,
    /// `true` for the variant `success`, `false` for `failure`.
    pub taken: bool,
}

impl Event for SeatTaken {
    type Correlation = i64;
    const NAME: &'static str = "SeatTaken";
    const TOPIC: &'static str = "seat-taken";
    const READERS: &'static str = "booking payment";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.taken))
    }

    fn variant(&self) -> usize {
        usize::from(!self.taken)
    }
}

/// The event `RoomTaken`, on topic `room-taken`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomTaken {
    /// Correlation key.
    pub trip_id: i64,
    /// `roomId` on the wire; `0` in the variant `failure`.
    pub room_id: i32,
    /// `true` for the variant `success`, `false` for `failure`.
    pub taken: bool,
}

impl Event for RoomTaken {
    type Correlation = i64;
    const NAME: &'static str = "RoomTaken";
    const TOPIC: &'static str = "room-taken";
    const READERS: &'static str = "booking payment";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.taken))
    }

    fn variant(&self) -> usize {
        usize::from(!self.taken)
    }
}

/// The event `SeatPrinted`, on topic `seat-printed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SeatPrinted {
    /// Correlation key.
    pub trip_id: i64,
    /// `row` on the wire.
    pub row: i32,
}

impl Event for SeatPrinted {
    type Correlation = i64;
    const NAME: &'static str = "SeatPrinted";
    const TOPIC: &'static str = "seat-printed";
    const READERS: &'static str = "";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }
}

/// The event `TripPaid`, on topic `trip-paid`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripPaid {
    /// Correlation key.
    pub trip_id: i64,
    /// `receipt` on the wire; `"none"` in the variant `failure`.
    pub receipt: String,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub paid: bool,
}

impl Event for TripPaid {
    type Correlation = i64;
    const NAME: &'static str = "TripPaid";
    const TOPIC: &'static str = "trip-paid";
    const READERS: &'static str = "booking rooms";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.paid))
    }

    fn variant(&self) -> usize {
        usize::from(!self.paid)
    }
}

/// The event `TripEnded`, on topic `trip-ended`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripEnded {
    /// Correlation key.
    pub trip_id: i64,
    /// `price` on the wire.
    pub price: i64,
}

impl Event for TripEnded {
    type Correlation = i64;
    const NAME: &'static str = "TripEnded";
    const TOPIC: &'static str = "trip-ended";
    const READERS: &'static str = "";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }
}

/// The command `FreeSeatCommand`, on topic `free-seat-command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreeSeatCommand {
    /// Correlation key.
    pub trip_id: i64,
    /// `seatId` on the wire.
    pub seat_id: i32,
    /// `blockId` on the wire.
    pub block_id: i64,
}

impl Event for FreeSeatCommand {
    type Correlation = i64;
    const NAME: &'static str = "FreeSeatCommand";
    const TOPIC: &'static str = "free-seat-command";
    const READERS: &'static str = "seats";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }
}

/// The command `FreeRoomCommand`, on topic `free-room-command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FreeRoomCommand {
    /// Correlation key.
    pub trip_id: i64,
    /// `roomId` on the wire.
    pub room_id: i32,
}

impl Event for FreeRoomCommand {
    type Correlation = i64;
    const NAME: &'static str = "FreeRoomCommand";
    const TOPIC: &'static str = "free-room-command";
    const READERS: &'static str = "rooms";

    fn correlation(&self) -> &i64 {
        &self.trip_id
    }
}
