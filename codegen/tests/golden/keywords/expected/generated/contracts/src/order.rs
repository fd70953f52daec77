// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! What the service `order` keeps and decides.

use std::fmt;

use saga_runtime::{
    Cell, Column, ColumnDef, ColumnType, Entity, Lifecycle, Phase, RowError, RowReader,
    RowWriter, Status, TableDef,
};
use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `user`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Primary key.
    pub id: i64,
    /// `where` in JSON, `where` in the table.
    pub r#where: String,
    /// `select` in JSON, `select` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<i32>,
    /// `gen` in JSON, `gen` in the table.
    pub r#gen: bool,
    /// `type` in JSON, `type` in the table.
    pub r#type: i32,
    /// Where the row stands.
    pub status: UserStatus,
}

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

/// The statuses of an [`User`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UserStatus {
    /// `enum`: where it starts.
    #[serde(rename = "enum")]
    Enum,
    /// `Group-By`: on the way.
    #[serde(rename = "Group-By")]
    GroupBy,
    /// `END`: an end, all effects kept.
    #[serde(rename = "END")]
    End,
    /// `Primary`: an end, all effects kept.
    #[serde(rename = "Primary")]
    Primary,
    /// `try`: an end, all effects compensated.
    #[serde(rename = "try")]
    Try,
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

/// A row of `group_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Primary key.
    pub id: i64,
    /// `ownerID` in JSON, `owner_id` in the table.
    #[serde(rename = "ownerID")]
    pub owner_id: i32,
}

impl Entity for Group {
    type Key = i64;
    const NAME: &'static str = "Group";
    const TABLE: TableDef = TableDef {
        name: "group_tb",
        columns: &[ColumnDef::of::<i64>("id"), ColumnDef::of::<i32>("owner_id")],
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

/// The body of `new`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct New {
    /// `where` in JSON.
    pub r#where: String,
    /// `gen` in JSON.
    pub r#gen: bool,
    /// `select` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<i32>,
    /// `type` in JSON.
    pub r#type: i32,
}

/// The decisions of the service `order`.
#[allow(clippy::new_ret_no_self, clippy::wrong_self_convention)]
pub trait Handlers: Send + Sync + 'static {
    /// Whether `new` accepts a request.
    ///
    /// # Errors
    /// A [`Refusal`] is answered with a 4xx; nothing is stored or published.
    fn new(&self, body: &New) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
