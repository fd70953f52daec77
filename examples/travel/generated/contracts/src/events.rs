// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `trip`.

use saga_runtime::{Decimal, Event, Outcome, Uuid};
use serde::{Deserialize, Serialize};

/// The event `TripRequested`, on topic `trip-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripRequested {
    /// Correlation key.
    pub trip_id: Uuid,
    /// `flight` on the wire.
    pub flight: String,
    /// `hotel` on the wire.
    pub hotel: String,
    /// `car` on the wire.
    pub car: String,
    /// `price` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
    /// `card` on the wire.
    pub card: String,
}

impl Event for TripRequested {
    type Correlation = Uuid;
    const NAME: &'static str = "TripRequested";
    const TOPIC: &'static str = "trip-requested";
    const READERS: &'static str = "car flight hotel payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }
}

/// The event `FlightReserved`, on topic `flight-reserved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlightReserved {
    /// Correlation key.
    pub trip_id: Uuid,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for FlightReserved {
    type Correlation = Uuid;
    const NAME: &'static str = "FlightReserved";
    const TOPIC: &'static str = "flight-reserved";
    const READERS: &'static str = "payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `HotelReserved`, on topic `hotel-reserved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HotelReserved {
    /// Correlation key.
    pub trip_id: Uuid,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for HotelReserved {
    type Correlation = Uuid;
    const NAME: &'static str = "HotelReserved";
    const TOPIC: &'static str = "hotel-reserved";
    const READERS: &'static str = "payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `CarReserved`, on topic `car-reserved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CarReserved {
    /// Correlation key.
    pub trip_id: Uuid,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for CarReserved {
    type Correlation = Uuid;
    const NAME: &'static str = "CarReserved";
    const TOPIC: &'static str = "car-reserved";
    const READERS: &'static str = "payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `CancelRequested`, on topic `cancel-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequested {
    /// Correlation key.
    pub trip_id: Uuid,
}

impl Event for CancelRequested {
    type Correlation = Uuid;
    const NAME: &'static str = "CancelRequested";
    const TOPIC: &'static str = "cancel-requested";
    const READERS: &'static str = "payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }
}

/// The event `TripPaid`, on topic `trip-paid`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TripPaid {
    /// Correlation key.
    pub trip_id: Uuid,
    /// `chargeId` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_id: Option<String>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for TripPaid {
    type Correlation = Uuid;
    const NAME: &'static str = "TripPaid";
    const TOPIC: &'static str = "trip-paid";
    const READERS: &'static str = "booking car flight hotel payment";

    fn correlation(&self) -> &Uuid {
        &self.trip_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }

    fn missing(&self) -> Option<&'static str> {
        if !self.success {
            return None;
        }
        if self.charge_id.is_none() {
            return Some("chargeId");
        }
        None
    }
}

impl TripPaid {
    /// `chargeId`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn charge_id(&self) -> &String {
        self.charge_id.as_ref().expect("the variant `failure` has no `chargeId`")
    }
}
