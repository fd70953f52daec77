// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `notification` keeps and decides.

use saga_runtime::{ColumnDef, Entity, RowError, RowReader, RowWriter, TableDef};
use serde::{Deserialize, Serialize};

pub use crate::events::DeliveryCreated;

/// A row of `notice_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Primary key.
    pub id: i32,
    /// `orderId` in JSON, `order_id` in the table.
    pub order_id: i32,
    /// `text` in JSON, `text` in the table.
    pub text: String,
}

impl Entity for Notice {
    type Key = i32;
    const NAME: &'static str = "Notice";
    const TABLE: TableDef = TableDef {
        name: "notice_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i32>("order_id"),
            ColumnDef::of::<String>("text"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.text);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, text: row.take()? })
    }
}

/// The values that `notify-completed` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyCompleted {
    /// `text` of `Notice`.
    pub text: String,
}

/// The values that `notify-cancelled` decides.
#[derive(Debug, Clone, PartialEq)]
pub struct NotifyCancelled {
    /// `text` of `Notice`.
    pub text: String,
}

/// The decisions of the service `notification`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `notify-completed`, on `DeliveryCreated.success`.
    fn notify_completed(&self, delivery_created: &DeliveryCreated) -> NotifyCompleted;

    /// Decides `notify-cancelled`, on `DeliveryCreated.failure`.
    fn notify_cancelled(&self, delivery_created: &DeliveryCreated) -> NotifyCancelled;
}
