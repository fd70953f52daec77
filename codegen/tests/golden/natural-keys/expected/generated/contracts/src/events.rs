// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `shop`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `CartOpened`, on topic `cart-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartOpened {
    /// Correlation key.
    pub cart_id: String,
    /// `sku` on the wire.
    pub sku: String,
    /// `pieces` on the wire.
    pub pieces: i32,
}

impl Event for CartOpened {
    type Correlation = String;
    const NAME: &'static str = "CartOpened";
    const TOPIC: &'static str = "cart-opened";
    const READERS: &'static str = "stock till";

    fn correlation(&self) -> &String {
        &self.cart_id
    }
}

/// The event `StockTaken`, on topic `stock-taken`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockTaken {
    /// Correlation key.
    pub cart_id: String,
    /// `sku` on the wire.
    pub sku: String,
    /// `pieces` on the wire.
    pub pieces: i32,
    /// `price` on the wire; `0` in the variant `failure`.
    pub price: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for StockTaken {
    type Correlation = String;
    const NAME: &'static str = "StockTaken";
    const TOPIC: &'static str = "stock-taken";
    const READERS: &'static str = "cart till";

    fn correlation(&self) -> &String {
        &self.cart_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `CartClosed`, on topic `cart-closed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartClosed {
    /// Correlation key.
    pub cart_id: String,
    /// `total` on the wire; `0` in the variant `failure`.
    pub total: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for CartClosed {
    type Correlation = String;
    const NAME: &'static str = "CartClosed";
    const TOPIC: &'static str = "cart-closed";
    const READERS: &'static str = "cart till";

    fn correlation(&self) -> &String {
        &self.cart_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The command `PutStockBackCommand`, on topic `put-stock-back-command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PutStockBackCommand {
    /// Correlation key.
    pub cart_id: String,
    /// `sku` on the wire.
    pub sku: String,
    /// `pieces` on the wire.
    pub pieces: i32,
}

impl Event for PutStockBackCommand {
    type Correlation = String;
    const NAME: &'static str = "PutStockBackCommand";
    const TOPIC: &'static str = "put-stock-back-command";
    const READERS: &'static str = "stock";

    fn correlation(&self) -> &String {
        &self.cart_id
    }
}
