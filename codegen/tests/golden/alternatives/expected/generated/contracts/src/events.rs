// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `parcel`.

use std::fmt;

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `ParcelSent`, on topic `parcel-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelSent {
    /// Correlation key.
    pub parcel_id: i64,
    /// `weight` on the wire.
    pub weight: i32,
    /// `kind` on the wire: the variant.
    pub kind: ParcelSentKind,
}

impl Event for ParcelSent {
    type Correlation = i64;
    const NAME: &'static str = "ParcelSent";
    const TOPIC: &'static str = "parcel-sent";
    const READERS: &'static str = "air courier road";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }

    fn variant(&self) -> usize {
        self.kind as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.kind.as_str())
    }
}

/// The variants of [`ParcelSent`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ParcelSentKind {
    /// `road`
    #[default]
    #[serde(rename = "road")]
    Road,
    /// `air`
    #[serde(rename = "air")]
    Air,
}

impl ParcelSentKind {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["road", "air"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Road => "road",
            Self::Air => "air",
        }
    }
}

impl fmt::Display for ParcelSentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `TruckLoaded`, on topic `truck-loaded`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TruckLoaded {
    /// Correlation key.
    pub parcel_id: i64,
    /// `carrier` on the wire.
    pub carrier: String,
    /// `stops` on the wire.
    pub stops: i32,
}

impl Event for TruckLoaded {
    type Correlation = i64;
    const NAME: &'static str = "TruckLoaded";
    const TOPIC: &'static str = "truck-loaded";
    const READERS: &'static str = "courier desk";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }
}

/// The event `PlaneLoaded`, on topic `plane-loaded`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaneLoaded {
    /// Correlation key.
    pub parcel_id: i64,
    /// `carrier` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// `flight` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight: Option<String>,
    /// `seat` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<i32>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for PlaneLoaded {
    type Correlation = i64;
    const NAME: &'static str = "PlaneLoaded";
    const TOPIC: &'static str = "plane-loaded";
    const READERS: &'static str = "courier desk";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
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
        if self.carrier.is_none() {
            return Some("carrier");
        }
        if self.flight.is_none() {
            return Some("flight");
        }
        if self.seat.is_none() {
            return Some("seat");
        }
        None
    }
}

impl PlaneLoaded {
    /// `carrier`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn carrier(&self) -> &String {
        self.carrier.as_ref().expect("the variant `failure` has no `carrier`")
    }

    /// `flight`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn flight(&self) -> &String {
        self.flight.as_ref().expect("the variant `failure` has no `flight`")
    }

    /// `seat`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn seat(&self) -> i32 {
        self.seat.expect("the variant `failure` has no `seat`")
    }
}

/// The event `ParcelSigned`, on topic `parcel-signed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelSigned {
    /// Correlation key.
    pub parcel_id: i64,
    /// `carrier` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub signed: bool,
}

impl Event for ParcelSigned {
    type Correlation = i64;
    const NAME: &'static str = "ParcelSigned";
    const TOPIC: &'static str = "parcel-signed";
    const READERS: &'static str = "courier";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.signed))
    }

    fn variant(&self) -> usize {
        usize::from(!self.signed)
    }
}

/// The event `ParcelDelivered`, on topic `parcel-delivered`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelDelivered {
    /// Correlation key.
    pub parcel_id: i64,
    /// `carrier` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// `stops` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stops: Option<i32>,
    /// `flight` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight: Option<String>,
    /// `seat` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<i32>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ParcelDelivered {
    type Correlation = i64;
    const NAME: &'static str = "ParcelDelivered";
    const TOPIC: &'static str = "parcel-delivered";
    const READERS: &'static str = "sender";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
