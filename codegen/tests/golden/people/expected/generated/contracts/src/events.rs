// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `parcel`.

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
}

impl Event for ParcelSent {
    type Correlation = i64;
    const NAME: &'static str = "ParcelSent";
    const TOPIC: &'static str = "parcel-sent";
    const READERS: &'static str = "courier desk";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }
}

/// The event `CancelRequested`, on topic `cancel-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequested {
    /// Correlation key.
    pub parcel_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Event for CancelRequested {
    type Correlation = i64;
    const NAME: &'static str = "CancelRequested";
    const TOPIC: &'static str = "cancel-requested";
    const READERS: &'static str = "courier";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }
}

/// The event `ParcelApproved`, on topic `parcel-approved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelApproved {
    /// Correlation key.
    pub parcel_id: i64,
    /// `clerk` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clerk: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub approved: bool,
}

impl Event for ParcelApproved {
    type Correlation = i64;
    const NAME: &'static str = "ParcelApproved";
    const TOPIC: &'static str = "parcel-approved";
    const READERS: &'static str = "courier";

    fn correlation(&self) -> &i64 {
        &self.parcel_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.approved))
    }

    fn variant(&self) -> usize {
        usize::from(!self.approved)
    }
}

/// The event `ParcelPickedUp`, on topic `parcel-picked-up`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelPickedUp {
    /// Correlation key.
    pub parcel_id: i64,
    /// `courier` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub courier: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ParcelPickedUp {
    type Correlation = i64;
    const NAME: &'static str = "ParcelPickedUp";
    const TOPIC: &'static str = "parcel-picked-up";
    const READERS: &'static str = "courier sender";

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
