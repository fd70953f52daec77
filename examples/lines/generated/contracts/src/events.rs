// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `shop`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

use crate::types::Line;

/// The event `OrderPlaced`, on topic `order-placed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// Correlation key.
    pub order_id: i64,
    /// `lines` on the wire.
    pub lines: Vec<Line>,
}

impl Event for OrderPlaced {
    type Correlation = i64;
    const NAME: &'static str = "OrderPlaced";
    const TOPIC: &'static str = "order-placed";
    const READERS: &'static str = "parcel stock";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}

/// The event `StockTaken`, on topic `stock-taken`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockTaken {
    /// Correlation key.
    pub order_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for StockTaken {
    type Correlation = i64;
    const NAME: &'static str = "StockTaken";
    const TOPIC: &'static str = "stock-taken";
    const READERS: &'static str = "parcel";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `ParcelSent`, on topic `parcel-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelSent {
    /// Correlation key.
    pub order_id: i64,
    /// `parcelId` on the wire; `0` in the variant `failure`.
    pub parcel_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ParcelSent {
    type Correlation = i64;
    const NAME: &'static str = "ParcelSent";
    const TOPIC: &'static str = "parcel-sent";
    const READERS: &'static str = "order stock";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
