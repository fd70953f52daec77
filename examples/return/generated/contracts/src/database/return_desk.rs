// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `return-desk` are stored.

use std::fmt;

use crate::return_desk::{Return, ReturnStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Return {
    type Key = i64;
    const NAME: &'static str = "Return";
    const TABLE: TableDef = TableDef {
        name: "return_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<ReturnStatus>("status").one_of(ReturnStatus::VALUES).open(&["OPEN"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.amount);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, amount: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Return {
    type Status = ReturnStatus;

    fn status(&self) -> ReturnStatus {
        self.status
    }

    fn set_status(&mut self, status: ReturnStatus) {
        self.status = status;
    }
}

impl ReturnStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "CLOSED", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Closed => "CLOSED",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for ReturnStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Closed => Phase::Done,
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

impl fmt::Display for ReturnStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ReturnStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "CLOSED" => Ok(Self::Closed),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("ReturnStatus", other)),
        }
    }
}
