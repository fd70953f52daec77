// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `stock` are stored.

use std::fmt;

use crate::stock::{Pick, Product, Shelf, ShelfStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Product {
    type Key = i64;
    const NAME: &'static str = "Product";
    const TABLE: TableDef = TableDef {
        name: "product_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("quantity")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.quantity);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, quantity: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![Self { id: 1, quantity: 10 }, Self { id: 2, quantity: 3 }]
    }
}

impl Entity for Shelf {
    type Key = String;
    const NAME: &'static str = "Shelf";
    const TABLE: TableDef = TableDef {
        name: "shelf_tb",
        columns: &[
            ColumnDef::of::<String>("code"),
            ColumnDef::of::<bool>("taken"),
            ColumnDef::of::<i64>("last_order").field("lastOrder"),
            ColumnDef::of::<ShelfStatus>("status").one_of(ShelfStatus::VALUES).open(&["FREE", "HELD"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.code
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.code);
        row.put(&self.taken);
        row.put(&self.last_order);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { code: row.take()?, taken: row.take()?, last_order: row.take()?, status: row.take()? })
    }

    fn seed() -> Vec<Self> {
        vec![
            Self { code: "a".to_owned(), taken: false, last_order: 0, status: ShelfStatus::Free },
            Self { code: "b".to_owned(), taken: false, last_order: 0, status: ShelfStatus::Free },
        ]
    }
}

impl Lifecycle for Shelf {
    type Status = ShelfStatus;

    fn status(&self) -> ShelfStatus {
        self.status
    }

    fn set_status(&mut self, status: ShelfStatus) {
        self.status = status;
    }
}

impl ShelfStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["FREE", "HELD", "CLOSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "FREE",
            Self::Held => "HELD",
            Self::Closed => "CLOSED",
        }
    }
}

impl Status for ShelfStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Free => Phase::Open,
            Self::Held => Phase::Open,
            Self::Closed => Phase::Done,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for ShelfStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ShelfStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "FREE" => Ok(Self::Free),
            "HELD" => Ok(Self::Held),
            "CLOSED" => Ok(Self::Closed),
            other => Err(RowError::unknown("ShelfStatus", other)),
        }
    }
}

impl Entity for Pick {
    type Key = i64;
    const NAME: &'static str = "Pick";
    const TABLE: TableDef = TableDef {
        name: "pick_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<i32>("pieces"),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.pieces);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, pieces: row.take()? })
    }
}
