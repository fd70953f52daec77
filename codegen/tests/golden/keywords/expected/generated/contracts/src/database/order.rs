// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! How the rows of the service `order` are stored.

use std::fmt;

use crate::order::{Group, User, UserStatus};

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};

impl Entity for User {
    type Key = i64;
    const NAME: &'static str = "User";
    const TABLE: TableDef = TableDef {
        name: "user",
        columns: &[
            ColumnDef::of::<i64>("id"),
            ColumnDef::of::<String>("where"),
            ColumnDef::of::<Option<i32>>("select"),
            ColumnDef::of::<bool>("gen"),
            ColumnDef::of::<i32>("type"),
            ColumnDef::of::<UserStatus>("status").one_of(UserStatus::VALUES).open(&["enum", "Group-By"]),
        ],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.r#where);
        row.put(&self.select);
        row.put(&self.r#gen);
        row.put(&self.r#type);
        row.put(&self.status);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self {
            id: row.take()?,
            r#where: row.take()?,
            select: row.take()?,
            r#gen: row.take()?,
            r#type: row.take()?,
            status: row.take()?,
        })
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
    pub const VALUES: &'static [&'static str] = &["enum", "Group-By", "END", "Primary", "try"];

    /// The status as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enum => "enum",
            Self::GroupBy => "Group-By",
            Self::End => "END",
            Self::Primary => "Primary",
            Self::Try => "try",
        }
    }
}

impl Status for UserStatus {
    fn phase(self) -> Phase {
        match self {
            Self::Enum => Phase::Open,
            Self::GroupBy => Phase::Open,
            Self::End => Phase::Done,
            Self::Primary => Phase::Done,
            Self::Try => Phase::Failed,
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
            "enum" => Ok(Self::Enum),
            "Group-By" => Ok(Self::GroupBy),
            "END" => Ok(Self::End),
            "Primary" => Ok(Self::Primary),
            "try" => Ok(Self::Try),
            other => Err(RowError::unknown("UserStatus", other)),
        }
    }
}

impl Entity for Group {
    type Key = i64;
    const NAME: &'static str = "Group";
    const TABLE: TableDef = TableDef {
        name: "group_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("owner_id").field("ownerID")],
        allocated: true,
    };

    fn key(&self) -> &i64 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.owner_id);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, owner_id: row.take()? })
    }
}
