// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `market`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

use crate::types::Line;

/// The event `OrderPlaced`, on topic `order-placed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// Correlation key.
    pub order_id: i64,
    /// `customerId` on the wire.
    pub customer_id: String,
    /// `slotId` on the wire.
    pub slot_id: i64,
    /// `shelves` on the wire.
    pub shelves: Vec<String>,
    /// `lines` on the wire.
    pub lines: Vec<Line>,
}

impl Event for OrderPlaced {
    type Correlation = i64;
    const NAME: &'static str = "OrderPlaced";
    const TOPIC: &'static str = "order-placed";
    const READERS: &'static str = "archive packing points slots stock";

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
    /// `weight` on the wire; `0` in the variant `failure`.
    pub weight: i64,
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
    const READERS: &'static str = "packing points";

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

/// The event `SlotTaken`, on topic `slot-taken`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SlotTaken {
    /// Correlation key.
    pub order_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for SlotTaken {
    type Correlation = i64;
    const NAME: &'static str = "SlotTaken";
    const TOPIC: &'static str = "slot-taken";
    const READERS: &'static str = "packing";

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

/// The event `OrderPacked`, on topic `order-packed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPacked {
    /// Correlation key.
    pub order_id: i64,
    /// `parcelId` on the wire; `0` in the variant `failure`.
    pub parcel_id: i64,
    /// `total` on the wire; `0` in the variant `failure`.
    pub total: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for OrderPacked {
    type Correlation = i64;
    const NAME: &'static str = "OrderPacked";
    const TOPIC: &'static str = "order-packed";
    const READERS: &'static str = "archive order points slots stock";

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

/// The event `OrderSent`, on topic `order-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderSent {
    /// Correlation key.
    pub order_id: i64,
    /// `customerId` on the wire.
    pub customer_id: String,
    /// `receiptId` on the wire.
    pub receipt_id: i64,
}

impl Event for OrderSent {
    type Correlation = i64;
    const NAME: &'static str = "OrderSent";
    const TOPIC: &'static str = "order-sent";
    const READERS: &'static str = "archive";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}

/// The event `OrderBooked`, on topic `order-booked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderBooked {
    /// Correlation key.
    pub order_id: i64,
    /// `customerId` on the wire.
    pub customer_id: String,
    /// `points` on the wire.
    pub points: i64,
}

impl Event for OrderBooked {
    type Correlation = i64;
    const NAME: &'static str = "OrderBooked";
    const TOPIC: &'static str = "order-booked";
    const READERS: &'static str = "order";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}
