// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `cart` are stored.

use std::fmt;

use crate::cart::{Cart, CartStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Cart {
    type Key = String;
    const NAME: &'static str = "Cart";
    const TABLE: TableDef = TableDef {
        name: "cart_tb",
        columns: &[
            ColumnDef::of::<String>("cart_id").field("cartId"),
            ColumnDef::of::<String>("sku"),
            ColumnDef::of::<i32>("pieces"),
            ColumnDef::of::<Option<i64>>("total"),
            ColumnDef::of::<CartStatus>("status").one_of(CartStatus::VALUES).open(&["OPEN", "PAYING"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &String {
        &self.cart_id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.cart_id);
        row.put(&self.sku);
        row.put(&self.pieces);
        row.put(&self.total);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            cart_id: row.take()?,
            sku: row.take()?,
            pieces: row.take()?,
            total: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Cart {
    type Status = CartStatus;

    fn status(&self) -> CartStatus {
        self.status
    }

    fn set_status(&mut self, status: CartStatus) {
        self.status = status;
    }
}

impl CartStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "PAYING", "PAID", "EXPIRED", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Paying => "PAYING",
            Self::Paid => "PAID",
            Self::Expired => "EXPIRED",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for CartStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Paying => Phase::Open,
            Self::Paid => Phase::Done,
            Self::Expired => Phase::Failed,
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

impl fmt::Display for CartStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for CartStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "PAYING" => Ok(Self::Paying),
            "PAID" => Ok(Self::Paid),
            "EXPIRED" => Ok(Self::Expired),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("CartStatus", other)),
        }
    }
}
