// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `desk` are stored.

use std::fmt;

use crate::desk::{Claim, ClaimStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Claim {
    type Key = i64;
    const NAME: &'static str = "Claim";
    const TABLE: TableDef = TableDef {
        name: "claim_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<ClaimStatus>("status").one_of(ClaimStatus::VALUES).open(&["OPEN"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.amount);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, amount: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Claim {
    type Status = ClaimStatus;

    fn status(&self) -> ClaimStatus {
        self.status
    }

    fn set_status(&mut self, status: ClaimStatus) {
        self.status = status;
    }
}

impl ClaimStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "PAID", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Paid => "PAID",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for ClaimStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Paid => Phase::Done,
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

impl fmt::Display for ClaimStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ClaimStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "PAID" => Ok(Self::Paid),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("ClaimStatus", other)),
        }
    }
}
