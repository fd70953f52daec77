// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `stall`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `OrderPlaced`, on topic `order-placed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    /// Correlation key.
    pub order_id: String,
    /// `productId` on the wire.
    pub product_id: i64,
    /// `quantity` on the wire.
    pub quantity: i32,
}

impl Event for OrderPlaced {
    type Correlation = String;
    const NAME: &'static str = "OrderPlaced";
    const TOPIC: &'static str = "order-placed";
    const READERS: &'static str = "carrier packing";

    fn correlation(&self) -> &String {
        &self.order_id
    }
}

/// The event `ParcelPacked`, on topic `parcel-packed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParcelPacked {
    /// Correlation key.
    pub order_id: String,
    /// `packer` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packer: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ParcelPacked {
    type Correlation = String;
    const NAME: &'static str = "ParcelPacked";
    const TOPIC: &'static str = "parcel-packed";
    const READERS: &'static str = "carrier";

    fn correlation(&self) -> &String {
        &self.order_id
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
        if self.packer.is_none() {
            return Some("packer");
        }
        None
    }
}

impl ParcelPacked {
    /// `packer`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn packer(&self) -> &String {
        self.packer.as_ref().expect("the variant `failure` has no `packer`")
    }
}

/// The event `OrderShipped`, on topic `order-shipped`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderShipped {
    /// Correlation key.
    pub order_id: String,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for OrderShipped {
    type Correlation = String;
    const NAME: &'static str = "OrderShipped";
    const TOPIC: &'static str = "order-shipped";
    const READERS: &'static str = "packing shop";

    fn correlation(&self) -> &String {
        &self.order_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
