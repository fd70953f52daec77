// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `order`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `OrderCreated`, on topic `order-created`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCreated {
    /// Correlation key.
    pub order_id: i32,
    /// `userId` on the wire.
    pub user_id: i32,
    /// `productId` on the wire.
    pub product_id: i32,
    /// `quantity` on the wire.
    pub quantity: i32,
    /// `price` on the wire.
    pub price: i64,
    /// `address` on the wire.
    pub address: String,
}

impl Event for OrderCreated {
    type Correlation = i32;
    const NAME: &'static str = "OrderCreated";
    const TOPIC: &'static str = "order-created";
    const READERS: &'static str = "delivery fraud";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }
}

/// The event `FraudChecked`, on topic `fraud-checked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FraudChecked {
    /// Correlation key.
    pub order_id: i32,
    /// `productId` on the wire.
    pub product_id: i32,
    /// `quantity` on the wire.
    pub quantity: i32,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for FraudChecked {
    type Correlation = i32;
    const NAME: &'static str = "FraudChecked";
    const TOPIC: &'static str = "fraud-checked";
    const READERS: &'static str = "product";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `ProductDecreased`, on topic `product-decreased`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductDecreased {
    /// Correlation key.
    pub order_id: i32,
    /// `productId` on the wire.
    pub product_id: i32,
    /// `quantity` on the wire.
    pub quantity: i32,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ProductDecreased {
    type Correlation = i32;
    const NAME: &'static str = "ProductDecreased";
    const TOPIC: &'static str = "product-decreased";
    const READERS: &'static str = "delivery";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `DeliveryCreated`, on topic `delivery-created`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryCreated {
    /// Correlation key.
    pub order_id: i32,
    /// `deliveryId` on the wire; `0` in the variant `failure`.
    pub delivery_id: i32,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for DeliveryCreated {
    type Correlation = i32;
    const NAME: &'static str = "DeliveryCreated";
    const TOPIC: &'static str = "delivery-created";
    const READERS: &'static str = "order";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The command `IncreaseProductCommand`, on topic `increase-product-command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncreaseProductCommand {
    /// Correlation key.
    pub order_id: i32,
    /// `productId` on the wire.
    pub product_id: i32,
    /// `quantity` on the wire.
    pub quantity: i32,
}

impl Event for IncreaseProductCommand {
    type Correlation = i32;
    const NAME: &'static str = "IncreaseProductCommand";
    const TOPIC: &'static str = "increase-product-command";
    const READERS: &'static str = "product";

    fn correlation(&self) -> &i32 {
        &self.order_id
    }
}
