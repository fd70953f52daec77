// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `order` are stored.

use std::fmt;

use crate::order::{Order, OrderStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Order {
    type Key = i64;
    const NAME: &'static str = "Order";
    const TABLE: TableDef = TableDef {
        name: "order_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("restaurant_id").field("restaurantId"),
            ColumnDef::of::<String>("meal"),
            ColumnDef::of::<String>("address"),
            ColumnDef::of::<OrderStatus>("status")
                .one_of(OrderStatus::VALUES)
                .open(&["PLACED", "CANCELLING"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.restaurant_id);
        row.put(&self.meal);
        row.put(&self.address);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            restaurant_id: row.take()?,
            meal: row.take()?,
            address: row.take()?,
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
    pub const VALUES: &'static [&'static str] = &["PLACED", "CANCELLING", "DELIVERED", "CANCELLED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "PLACED",
            Self::Cancelling => "CANCELLING",
            Self::Delivered => "DELIVERED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Status for OrderStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Placed => Phase::Open,
            Self::Cancelling => Phase::Open,
            Self::Delivered => Phase::Done,
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
            "PLACED" => Ok(Self::Placed),
            "CANCELLING" => Ok(Self::Cancelling),
            "DELIVERED" => Ok(Self::Delivered),
            "CANCELLED" => Ok(Self::Cancelled),
            other => Err(RowError::unknown("OrderStatus", other)),
        }
    }
}
