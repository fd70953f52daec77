// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `desk` are stored.

use std::fmt;

use crate::desk::{Loan, LoanStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Loan {
    type Key = i64;
    const NAME: &'static str = "Loan";
    const TABLE: TableDef = TableDef {
        name: "loan_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<LoanStatus>("status").one_of(LoanStatus::VALUES).open(&["ASKED", "RATED"]),
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

impl Lifecycle for Loan {
    type Status = LoanStatus;

    fn status(&self) -> LoanStatus {
        self.status
    }

    fn set_status(&mut self, status: LoanStatus) {
        self.status = status;
    }
}

impl LoanStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["ASKED", "RATED", "GRANTED", "DENIED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "ASKED",
            Self::Rated => "RATED",
            Self::Granted => "GRANTED",
            Self::Denied => "DENIED",
        }
    }
}

impl Status for LoanStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Asked => Phase::Open,
            Self::Rated => Phase::Open,
            Self::Granted => Phase::Done,
            Self::Denied => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for LoanStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for LoanStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "ASKED" => Ok(Self::Asked),
            "RATED" => Ok(Self::Rated),
            "GRANTED" => Ok(Self::Granted),
            "DENIED" => Ok(Self::Denied),
            other => Err(RowError::unknown("LoanStatus", other)),
        }
    }
}
