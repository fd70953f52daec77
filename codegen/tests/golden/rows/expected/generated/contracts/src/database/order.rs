// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `order` are stored.

use std::fmt;

use crate::order::{Ledger, Order, OrderStatus, Receipt};
use crate::types::Line;

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
            ColumnDef::of::<String>("customer_id").field("customerId"),
            ColumnDef::of::<i64>("slot_id").field("slotId"),
            ColumnDef::of::<Vec<String>>("shelves"),
            ColumnDef::of::<Vec<Line>>("lines"),
            ColumnDef::of::<Option<i64>>("parcel_id").field("parcelId"),
            ColumnDef::of::<Option<String>>("note"),
            ColumnDef::of::<OrderStatus>("status").one_of(OrderStatus::VALUES).open(&["PLACED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.customer_id);
        row.put(&self.slot_id);
        row.put(&self.shelves);
        row.put(&self.lines);
        row.put(&self.parcel_id);
        row.put(&self.note);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            customer_id: row.take()?,
            slot_id: row.take()?,
            shelves: row.take()?,
            lines: row.take()?,
            parcel_id: row.take()?,
            note: row.take()?,
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
    pub const VALUES: &'static [&'static str] = &["PLACED", "SENT", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Placed => "PLACED",
            Self::Sent => "SENT",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for OrderStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Placed => Phase::Open,
            Self::Sent => Phase::Done,
            Self::Refused => Phase::Failed,
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
            "SENT" => Ok(Self::Sent),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("OrderStatus", other)),
        }
    }
}

impl Entity for Receipt {
    type Key = i64;
    const NAME: &'static str = "Receipt";
    const TABLE: TableDef = TableDef {
        name: "receipt_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<String>("customer_id").field("customerId"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.customer_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, customer_id: row.take()? })
    }
}

impl Entity for Ledger {
    type Key = i64;
    const NAME: &'static str = "Ledger";
    const TABLE: TableDef = TableDef {
        name: "ledger_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i64>("orders")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.orders);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, orders: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, orders: 0 }]
    }
}
