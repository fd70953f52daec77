// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `seats` are stored.

use std::fmt;

use crate::seats::{Block, BlockStatus, Seat};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Seat {
    type Key = i32;
    const NAME: &'static str = "Seat";
    const TABLE: TableDef = TableDef {
        name: "seat_tb",
        columns: &[ColumnDef::of::<i32>("id"), ColumnDef::of::<i32>("row"), ColumnDef::of::<bool>("free")],
        allocated: true,
    };

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.row);
        row.put(&self.free);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, row: row.take()?, free: row.take()? })
    }
}

impl Entity for Block {
    type Key = i64;
    const NAME: &'static str = "Block";
    const TABLE: TableDef = TableDef {
        name: "block_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("trip_id").field("tripId"),
            ColumnDef::of::<i32>("seat_id").field("seatId"),
            ColumnDef::of::<BlockStatus>("status").one_of(BlockStatus::VALUES).open(&["OPEN"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.trip_id);
        row.put(&self.seat_id);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, trip_id: row.take()?, seat_id: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Block {
    type Status = BlockStatus;

    fn status(&self) -> BlockStatus {
        self.status
    }

    fn set_status(&mut self, status: BlockStatus) {
        self.status = status;
    }
}

impl BlockStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "SOLD", "FREED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Sold => "SOLD",
            Self::Freed => "FREED",
        }
    }
}

impl Status for BlockStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::Sold => Phase::Done,
            Self::Freed => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for BlockStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for BlockStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "SOLD" => Ok(Self::Sold),
            "FREED" => Ok(Self::Freed),
            other => Err(RowError::unknown("BlockStatus", other)),
        }
    }
}
