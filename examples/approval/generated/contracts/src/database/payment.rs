// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `payment` are stored.

use std::fmt;

use crate::payment::{Payment, PaymentStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Decimal, Entity, Lifecycle, Phase, RowError,
    RowReader, RowWriter, Status, TableDef, Uuid,
};

impl Entity for Payment {
    type Key = Uuid;
    const NAME: &'static str = "Payment";
    const TABLE: TableDef = TableDef {
        name: "payment_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<Decimal>("amount"),
            ColumnDef::of::<PaymentStatus>("status").one_of(PaymentStatus::VALUES).open(&["OPEN"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
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

impl Lifecycle for Payment {
    type Status = PaymentStatus;

    fn status(&self) -> PaymentStatus {
        self.status
    }

    fn set_status(&mut self, status: PaymentStatus) {
        self.status = status;
    }
}

impl PaymentStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "BOOKED", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Booked => "BOOKED",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for PaymentStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Booked => Phase::Done,
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

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for PaymentStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "BOOKED" => Ok(Self::Booked),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("PaymentStatus", other)),
        }
    }
}
