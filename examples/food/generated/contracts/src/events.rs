// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `food`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `OrderPlaced`, on topic `order-placed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// Correlation key.
    pub order_id: i64,
    /// `restaurantId` on the wire.
    pub restaurant_id: i64,
    /// `meal` on the wire.
    pub meal: String,
    /// `address` on the wire.
    pub address: String,
}

impl Event for OrderPlaced {
    type Correlation = i64;
    const NAME: &'static str = "OrderPlaced";
    const TOPIC: &'static str = "order-placed";
    const READERS: &'static str = "courier restaurant";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}

/// The event `CancelRequested`, on topic `cancel-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancelRequested {
    /// Correlation key.
    pub order_id: i64,
}

impl Event for CancelRequested {
    type Correlation = i64;
    const NAME: &'static str = "CancelRequested";
    const TOPIC: &'static str = "cancel-requested";
    const READERS: &'static str = "courier";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }
}

/// The event `MealAccepted`, on topic `meal-accepted`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MealAccepted {
    /// Correlation key.
    pub order_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for MealAccepted {
    type Correlation = i64;
    const NAME: &'static str = "MealAccepted";
    const TOPIC: &'static str = "meal-accepted";
    const READERS: &'static str = "courier";

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

/// The event `CourierOffered`, on topic `courier-offered`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CourierOffered {
    /// Correlation key.
    pub order_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for CourierOffered {
    type Correlation = i64;
    const NAME: &'static str = "CourierOffered";
    const TOPIC: &'static str = "courier-offered";
    const READERS: &'static str = "courier";

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

/// The event `OfferAnswered`, on topic `offer-answered`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferAnswered {
    /// Correlation key.
    pub order_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub accepted: bool,
}

impl Event for OfferAnswered {
    type Correlation = i64;
    const NAME: &'static str = "OfferAnswered";
    const TOPIC: &'static str = "offer-answered";
    const READERS: &'static str = "courier";

    fn correlation(&self) -> &i64 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.accepted))
    }

    fn variant(&self) -> usize {
        usize::from(!self.accepted)
    }
}

/// The event `MealPickedUp`, on topic `meal-picked-up`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MealPickedUp {
    /// Correlation key.
    pub order_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for MealPickedUp {
    type Correlation = i64;
    const NAME: &'static str = "MealPickedUp";
    const TOPIC: &'static str = "meal-picked-up";
    const READERS: &'static str = "courier order restaurant";

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
