// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `policy` are stored.

use std::fmt;

use crate::policy::{Policy, PolicyStatus};
use crate::types::{Cover, Person};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Decimal, Entity, Lifecycle, Phase, RowError,
    RowReader, RowWriter, Status, TableDef, Timestamp, Uuid,
};

impl Entity for Policy {
    type Key = Uuid;
    const NAME: &'static str = "Policy";
    const TABLE: TableDef = TableDef {
        name: "policy_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<Cover>("cover").one_of(Cover::VALUES),
            ColumnDef::of::<Decimal>("premium"),
            ColumnDef::of::<Vec<Person>>("drivers"),
            ColumnDef::of::<Timestamp>("starts_at").field("startsAt"),
            ColumnDef::of::<PolicyStatus>("status").one_of(PolicyStatus::VALUES).open(&["REQUESTED"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.cover);
        row.put(&self.premium);
        row.put(&self.drivers);
        row.put(&self.starts_at);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            cover: row.take()?,
            premium: row.take()?,
            drivers: row.take()?,
            starts_at: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Policy {
    type Status = PolicyStatus;

    fn status(&self) -> PolicyStatus {
        self.status
    }

    fn set_status(&mut self, status: PolicyStatus) {
        self.status = status;
    }
}

impl PolicyStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["REQUESTED", "ISSUED", "DECLINED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "REQUESTED",
            Self::Issued => "ISSUED",
            Self::Declined => "DECLINED",
        }
    }
}

impl Status for PolicyStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Requested => Phase::Open,
            Self::Issued => Phase::Done,
            Self::Declined => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for PolicyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for PolicyStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "REQUESTED" => Ok(Self::Requested),
            "ISSUED" => Ok(Self::Issued),
            "DECLINED" => Ok(Self::Declined),
            other => Err(RowError::unknown("PolicyStatus", other)),
        }
    }
}
