// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `embassy` are stored.

use std::fmt;

use crate::embassy::{Visa, VisaStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Visa {
    type Key = i64;
    const NAME: &'static str = "Visa";
    const TABLE: TableDef = TableDef {
        name: "visa_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i32>("days"),
            ColumnDef::of::<VisaStatus>("status").one_of(VisaStatus::VALUES).open(&["ASKED"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.days);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, days: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Visa {
    type Status = VisaStatus;

    fn status(&self) -> VisaStatus {
        self.status
    }

    fn set_status(&mut self, status: VisaStatus) {
        self.status = status;
    }
}

impl VisaStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["ASKED", "ISSUED", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Issued => "ISSUED",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for VisaStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Asked => Phase::Open,
            Self::Issued => Phase::Done,
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

impl fmt::Display for VisaStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for VisaStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "ASKED" => Ok(Self::Asked),
            "ISSUED" => Ok(Self::Issued),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("VisaStatus", other)),
        }
    }
}
