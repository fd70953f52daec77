// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `shop` keeps, and the decisions it makes.

use saga_runtime::Decimal;
use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `order_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Primary key.
    pub order_id: String,
    /// `productId` in JSON, `product_id` in the table.
    pub product_id: i64,
    /// `quantity` in JSON, `quantity` in the table.
    pub quantity: i32,
    /// The status of the row.
    pub status: OrderStatus,
}

/// The statuses of an [`Order`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OrderStatus {
    /// `PLACED`: the first status.
    #[default]
    #[serde(rename = "PLACED")]
    Placed,
    /// `SHIPPED`: final; every effect is kept.
    #[serde(rename = "SHIPPED")]
    Shipped,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// A row of `product_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Primary key.
    pub id: i64,
    /// `name` in JSON, `name` in the table.
    pub name: String,
    /// `price` in JSON, `price` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
    /// The status of the row.
    pub status: ProductStatus,
}

/// The statuses of a [`Product`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProductStatus {
    /// `OFFERED`: the first status.
    #[default]
    #[serde(rename = "OFFERED")]
    Offered,
    /// `PAUSED`: in progress.
    #[serde(rename = "PAUSED")]
    Paused,
    /// `RETIRED`: final; every effect is kept.
    #[serde(rename = "RETIRED")]
    Retired,
}

/// A row of `note_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Note {
    /// Primary key.
    pub title: String,
    /// `text` in JSON, `text` in the table.
    pub text: String,
}

/// The body of `place-order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlaceOrder {
    /// `productId` in JSON.
    pub product_id: i64,
    /// `quantity` in JSON.
    pub quantity: i32,
}

/// The body of `add-product`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddProduct {
    /// `name` in JSON.
    pub name: String,
    /// `price` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
}

/// The body of `set-price`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetPrice {
    /// `price` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub price: Decimal,
}

/// The body of `pause-product`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PauseProduct {}

/// The body of `retire-product`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetireProduct {}

/// The body of `write-note`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WriteNote {
    /// `text` in JSON.
    pub text: String,
}

/// The decisions of the service `shop`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `place-order` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn place_order(&self, body: &PlaceOrder) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Whether `add-product` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn add_product(&self, body: &AddProduct) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }

    /// Whether `set-price` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn set_price(&self, product: &mut Product, body: &SetPrice) -> Result<(), Refusal>;

    /// Whether `pause-product` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn pause_product(&self, product: &mut Product, body: &PauseProduct) -> Result<(), Refusal> {
        let _ = (product, body);
        Ok(())
    }

    /// Whether `retire-product` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn retire_product(&self, product: &mut Product, body: &RetireProduct) -> Result<(), Refusal> {
        let _ = (product, body);
        Ok(())
    }

    /// Whether `write-note` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn write_note(&self, body: &WriteNote) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
