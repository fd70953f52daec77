// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The types that messages and rows of the saga `shop` share.

use serde::{Deserialize, Serialize};

/// `Line` of the specification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// `productId` in JSON.
    pub product_id: i64,
    /// `quantity` in JSON.
    pub quantity: i32,
}
