// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `user` are stored.

use std::fmt;

use crate::user::{User, UserStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef, Uuid,
};

impl Entity for User {
    type Key = Uuid;
    const NAME: &'static str = "User";
    const TABLE: TableDef = TableDef {
        name: "user_tb",
        columns: &[
            ColumnDef::of::<Uuid>("id"),
            ColumnDef::of::<String>("email"),
            ColumnDef::of::<UserStatus>("status").one_of(UserStatus::VALUES).open(&["NEW"]),
        ],
        allocated: false,
    };

    fn key(&self) -> &Uuid {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.email);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, email: row.take()?, status: row.take()? })
    }
}

impl Lifecycle for User {
    type Status = UserStatus;

    fn status(&self) -> UserStatus {
        self.status
    }

    fn set_status(&mut self, status: UserStatus) {
        self.status = status;
    }
}

impl UserStatus {
    /// Every status, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["NEW", "ACTIVE", "REFUSED"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Active => "ACTIVE",
            Self::Refused => "REFUSED",
        }
    }
}

impl Status for UserStatus {
    fn phase(self) -> Phase {
        match self {
            Self::New => Phase::Open,
            Self::Active => Phase::Done,
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

impl fmt::Display for UserStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Cell for UserStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_str(self.as_str());
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        match column.str(row)? {
            "NEW" => Ok(Self::New),
            "ACTIVE" => Ok(Self::Active),
            "REFUSED" => Ok(Self::Refused),
            other => Err(RowError::unknown("UserStatus", other)),
        }
    }
}
