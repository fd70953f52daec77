// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `sender` are stored.

use std::fmt;

use crate::sender::{Parcel, ParcelStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Parcel {
    type Key = i64;
    const NAME: &'static str = "Parcel";
    const TABLE: TableDef = TableDef {
        name: "parcel_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i32>("weight"),
            ColumnDef::of::<Option<String>>("carrier"),
            ColumnDef::of::<ParcelStatus>("status").one_of(ParcelStatus::VALUES).open(&["SENT"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.weight);
        row.put(&self.carrier);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, weight: row.take()?, carrier: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Parcel {
    type Status = ParcelStatus;

    fn status(&self) -> ParcelStatus {
        self.status
    }

    fn set_status(&mut self, status: ParcelStatus) {
        self.status = status;
    }
}

impl ParcelStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["SENT", "DELIVERED", "RETURNED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "SENT",
            Self::Delivered => "DELIVERED",
            Self::Returned => "RETURNED",
        }
    }
}

impl Status for ParcelStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Sent => Phase::Open,
            Self::Delivered => Phase::Done,
            Self::Returned => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for ParcelStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for ParcelStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "SENT" => Ok(Self::Sent),
            "DELIVERED" => Ok(Self::Delivered),
            "RETURNED" => Ok(Self::Returned),
            other => Err(RowError::unknown("ParcelStatus", other)),
        }
    }
}
