// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `order` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `user`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The status of the row.
    pub status: UserStatus,
}

/// The statuses of an [`User`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UserStatus {
    /// `enum`: the first status.
    #[default]
    #[serde(rename = "enum")]
    Enum,
    /// `Group-By`: in progress.
    #[serde(rename = "Group-By")]
    GroupBy,
    /// `END`: final; every effect is kept.
    #[serde(rename = "END")]
    End,
    /// `Primary`: final; every effect is kept.
    #[serde(rename = "Primary")]
    Primary,
    /// `try`: final; every effect is compensated.
    #[serde(rename = "try")]
    Try,
}

/// A row of `group_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Primary key.
    pub id: i64,
    /// `ownerID` in JSON, `owner_id` in the table.
    #[serde(rename = "ownerID")]
    pub owner_id: i32,
}

/// The body of `new`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn new(&self, body: &New) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
