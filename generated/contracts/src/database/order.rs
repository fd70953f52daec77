// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `order` are stored.

use std::fmt;

use crate::order::{Order, OrderStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Order {
    type Key = i32;
    const NAME: &'static str = "Order";
    const TABLE: TableDef = TableDef {
        name: "order_tb",
        columns: &[
            ColumnDef::of::<i32>("id"),
            ColumnDef::of::<i32>("user_id").field("userId"),
            ColumnDef::of::<i32>("product_id").field("productId"),
            ColumnDef::of::<i32>("quantity"),
            ColumnDef::of::<i64>("price"),
            ColumnDef::of::<OrderStatus>("status").one_of(OrderStatus::VALUES).open(&["PENDING"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.user_id);
        row.put(&self.product_id);
        row.put(&self.quantity);
        row.put(&self.price);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            user_id: row.take()?,
            product_id: row.take()?,
            quantity: row.take()?,
            price: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Order {
    type Status = OrderStatus;

    fn status(&self) -> OrderStatus {
        self.status
    }

    fn set_status(&mut self, status: OrderStatus) {
        self.status = status;
    }
}

impl OrderStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["PENDING", "COMPLETED", "CANCELLED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Status for OrderStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Pending => Phase::Open,
            Self::Completed => Phase::Done,
            Self::Cancelled => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for OrderStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "PENDING" => Ok(Self::Pending),
            "COMPLETED" => Ok(Self::Completed),
            "CANCELLED" => Ok(Self::Cancelled),
            other => Err(RowError::unknown("OrderStatus", other)),
        }
    }
}
