// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `car` are stored.

use std::fmt;

use crate::car::{Rental, RentalStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef, Uuid,
};

impl Entity for Rental {
    type Key = Uuid;
    const NAME: &'static str = "Rental";
    const TABLE: TableDef = TableDef {
        name: "rental_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<Uuid>("trip_id").field("tripId").looked_up(),
            ColumnDef::of::<String>("car"),
            ColumnDef::of::<RentalStatus>("status").one_of(RentalStatus::VALUES).open(&["HELD"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.trip_id);
        row.put(&self.car);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, trip_id: row.take()?, car: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Rental {
    type Status = RentalStatus;

    fn status(&self) -> RentalStatus {
        self.status
    }

    fn set_status(&mut self, status: RentalStatus) {
        self.status = status;
    }
}

impl RentalStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["HELD", "RENTED", "RELEASED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Rented => "RENTED",
            Self::Released => "RELEASED",
        }
    }
}

impl Status for RentalStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Held => Phase::Open,
            Self::Rented => Phase::Done,
            Self::Released => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for RentalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for RentalStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "HELD" => Ok(Self::Held),
            "RENTED" => Ok(Self::Rented),
            "RELEASED" => Ok(Self::Released),
            other => Err(RowError::unknown("RentalStatus", other)),
        }
    }
}
