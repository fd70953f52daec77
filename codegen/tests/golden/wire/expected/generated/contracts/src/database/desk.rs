// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `desk` are stored.

use std::fmt;

use crate::desk::{Wire, WireStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Wire {
    type Key = i64;
    const NAME: &'static str = "Wire";
    const TABLE: TableDef = TableDef {
        name: "wire_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("account_id").field("accountId"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<WireStatus>("status").one_of(WireStatus::VALUES).open(&["ASKED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.account_id);
        row.put(&self.amount);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, account_id: row.take()?, amount: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Wire {
    type Status = WireStatus;

    fn status(&self) -> WireStatus {
        self.status
    }

    fn set_status(&mut self, status: WireStatus) {
        self.status = status;
    }
}

impl WireStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["ASKED", "BOOKED", "LOST"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Booked => "BOOKED",
            Self::Lost => "LOST",
        }
    }
}

impl Status for WireStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Asked => Phase::Open,
            Self::Booked => Phase::Done,
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

impl fmt::Display for WireStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for WireStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "ASKED" => Ok(Self::Asked),
            "BOOKED" => Ok(Self::Booked),
            "LOST" => Ok(Self::Lost),
            other => Err(RowError::unknown("WireStatus", other)),
        }
    }
}
