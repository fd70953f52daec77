// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `booking` are stored.

use std::fmt;

use crate::booking::{Trip, TripStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Decimal, Entity, Lifecycle, Phase, RowError,
    RowReader, RowWriter, Status, TableDef, Uuid,
};

impl Entity for Trip {
    type Key = Uuid;
    const NAME: &'static str = "Trip";
    const TABLE: TableDef = TableDef {
        name: "trip_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<String>("flight"),
            ColumnDef::of::<String>("hotel"),
            ColumnDef::of::<String>("car"),
            ColumnDef::of::<Decimal>("price"),
            ColumnDef::of::<TripStatus>("status").one_of(TripStatus::VALUES).open(&["PENDING", "CANCELLING"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.flight);
        row.put(&self.hotel);
        row.put(&self.car);
        row.put(&self.price);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            flight: row.take()?,
            hotel: row.take()?,
            car: row.take()?,
            price: row.take()?,
            status: row.take()?,
        })
    }
}

impl Lifecycle for Trip {
    type Status = TripStatus;

    fn status(&self) -> TripStatus {
        self.status
    }

    fn set_status(&mut self, status: TripStatus) {
        self.status = status;
    }
}

impl TripStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["PENDING", "CANCELLING", "CONFIRMED", "CANCELLED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Cancelling => "CANCELLING",
            Self::Confirmed => "CONFIRMED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Status for TripStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Pending => Phase::Open,
            Self::Cancelling => Phase::Open,
            Self::Confirmed => Phase::Done,
            Self::Cancelled => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for TripStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for TripStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "PENDING" => Ok(Self::Pending),
            "CANCELLING" => Ok(Self::Cancelling),
            "CONFIRMED" => Ok(Self::Confirmed),
            "CANCELLED" => Ok(Self::Cancelled),
            other => Err(RowError::unknown("TripStatus", other)),
        }
    }
}
