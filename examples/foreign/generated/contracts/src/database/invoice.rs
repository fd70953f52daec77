// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `invoice` are stored.

use std::fmt;

use crate::invoice::{Invoice, InvoiceStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Invoice {
    type Key = i64;
    const NAME: &'static str = "Invoice";
    const TABLE: TableDef = TableDef {
        name: "invoices",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("amount"),
            ColumnDef::of::<InvoiceStatus>("status").one_of(InvoiceStatus::VALUES).open(&["SENT"]),
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

impl Lifecycle for Invoice {
    type Status = InvoiceStatus;

    fn status(&self) -> InvoiceStatus {
        self.status
    }

    fn set_status(&mut self, status: InvoiceStatus) {
        self.status = status;
    }
}

impl InvoiceStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["SENT", "PAID", "OVERDUE"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "SENT",
            Self::Paid => "PAID",
            Self::Overdue => "OVERDUE",
        }
    }
}

impl Status for InvoiceStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Sent => Phase::Open,
            Self::Paid => Phase::Done,
            Self::Overdue => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for InvoiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for InvoiceStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "SENT" => Ok(Self::Sent),
            "PAID" => Ok(Self::Paid),
            "OVERDUE" => Ok(Self::Overdue),
            other => Err(RowError::unknown("InvoiceStatus", other)),
        }
    }
}
