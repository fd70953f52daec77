// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `delivery` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::{OrderCreated, ProductDecreased};
pub use saga_runtime::Rejection;

/// A row of `delivery_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Primary key.
    pub id: i32,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i32,
    /// `address` in JSON, `address` in the table.
    pub address: String,
}

impl Entity for Delivery {
    type Key = i32;
    const NAME: &'static str = "Delivery";
    const TABLE: TableDef = TableDef {
        name: "delivery_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i32>("order_id"),
            ColumnDef::of::<String>("address"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.address);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, address: row.take()? })
    }
}

/// The decisions of the service `delivery`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `create-delivery`, on `OrderCreated` and `ProductDecreased`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `DeliveryCreated.failure`; no row is created.
    fn create_delivery(
        &self,
        order_created: &OrderCreated,
        product_decreased: &ProductDecreased,
    ) -> Result<(), Rejection>;
}
