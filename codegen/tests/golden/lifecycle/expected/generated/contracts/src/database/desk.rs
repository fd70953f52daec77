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
            ColumnDef::of::<i32>("account_id").field("accountId"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<String>("number"),
            ColumnDef::of::<ClaimStatus>("status")
                .one_of(ClaimStatus::VALUES)
                .open(&["NEW", "CHECKED", "PRICED"]),
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
        row.put(&self.number);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            account_id: row.take()?,
            amount: row.take()?,
            number: row.take()?,
            status: row.take()?,
        })
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
    pub const VALUES: &'static [&'static str] = &["NEW", "CHECKED", "PRICED", "PAID", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Checked => "CHECKED",
            Self::Priced => "PRICED",
            Self::Paid => "PAID",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for ClaimStatus {
    fn phase(self) -> Phase {
        match self {
            Self::New => Phase::Open,
            Self::Checked => Phase::Open,
            Self::Priced => Phase::Open,
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
            "NEW" => Ok(Self::New),
            "CHECKED" => Ok(Self::Checked),
            "PRICED" => Ok(Self::Priced),
            "PAID" => Ok(Self::Paid),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("ClaimStatus", other)),
        }
    }
}
