//! The events of the saga, and the bodies of its requests.

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, Row as _};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderCreated {
    pub order_id: i32,
    pub user_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub price: i64,
    pub address: String,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductDecreased {
    pub order_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub success: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryCreated {
    pub order_id: i32,
    pub delivery_id: i32,
    pub success: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IncreaseProductCommand {
    pub order_id: i32,
    pub product_id: i32,
    pub quantity: i32,
}

/// The body of `POST /orders`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateOrder {
    pub user_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub price: i64,
    pub address: String,
}

/// A row of `order_tb`, as clients see it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub id: i32,
    pub user_id: i32,
    pub product_id: i32,
    pub quantity: i32,
    pub price: i64,
    pub status: String,
}

impl FromRow<'_, PgRow> for Order {
    fn from_row(row: &PgRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get(0)?,
            user_id: row.try_get(1)?,
            product_id: row.try_get(2)?,
            quantity: row.try_get(3)?,
            price: row.try_get(4)?,
            status: row.try_get(5)?,
        })
    }
}
