// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `courier` are stored.

use std::fmt;

use crate::courier::{Job, JobStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for Job {
    type Key = i64;
    const NAME: &'static str = "Job";
    const TABLE: TableDef = TableDef {
        name: "job_tb",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<i64>("order_id").field("orderId").looked_up(),
            ColumnDef::of::<String>("address"),
            ColumnDef::of::<JobStatus>("status").one_of(JobStatus::VALUES).open(&["OPEN"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.order_id);
        row.put(&self.address);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, order_id: row.take()?, address: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for Job {
    type Status = JobStatus;

    fn status(&self) -> JobStatus {
        self.status
    }

    fn set_status(&mut self, status: JobStatus) {
        self.status = status;
    }
}

impl JobStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["OPEN", "PICKED_UP", "DROPPED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::PickedUp => "PICKED_UP",
            Self::Dropped => "DROPPED",
        }
    }
}

impl Status for JobStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Open => Phase::Open,
            Self::PickedUp => Phase::Done,
            Self::Dropped => Phase::Failed,
        }
    }

    fn place(self) -> u8 {
        self as u8
    }

    fn name(self) -> &'static str {
        self.as_str()
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for JobStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "OPEN" => Ok(Self::Open),
            "PICKED_UP" => Ok(Self::PickedUp),
            "DROPPED" => Ok(Self::Dropped),
            other => Err(RowError::unknown("JobStatus", other)),
        }
    }
}
