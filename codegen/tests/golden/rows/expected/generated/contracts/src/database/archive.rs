// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `archive` are stored.

use std::fmt;

use crate::archive::{Day, DayStatus, Entry};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Entry {
    type Key = i64;
    const NAME: &'static str = "Entry";
    const TABLE: TableDef = TableDef {
        name: "entry_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<String>("customer_id").field("customerId"),
            ColumnDef::of::<i64>("receipt_id").field("receiptId"),
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
        row.put(&self.receipt_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, customer_id: row.take()?, receipt_id: row.take()? })
    }
}

impl Entity for Day {
    type Key = i64;
    const NAME: &'static str = "Day";
    const TABLE: TableDef = TableDef {
        name: "day_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId").looked_up(),
            ColumnDef::of::<String>("customer_id").field("customerId"),
            ColumnDef::of::<DayStatus>("status").one_of(DayStatus::VALUES).open(&["OPEN"]),
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
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, customer_id: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Day {
    type Status = DayStatus;

    fn status(&self) -> DayStatus {
        self.status
    }

    fn set_status(&mut self, status: DayStatus) {
        self.status = status;
    }
}

impl DayStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "CLOSED", "LOST"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::Lost => "LOST",
        }
    }
}

impl Status for DayStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Closed => Phase::Done,
            Self::Lost => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for DayStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for DayStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "CLOSED" => Ok(Self::Closed),
            "LOST" => Ok(Self::Lost),
            other => Err(RowError::unknown("DayStatus", other)),
        }
    }
}
