// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `user`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `Order`, on topic `order`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Correlation key.
    pub user_id: i64,
    /// `type` on the wire.
    pub r#type: i32,
    /// `where` on the wire.
    pub r#where: String,
    /// `select` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<i32>,
    /// `gen` on the wire.
    pub r#gen: bool,
}

impl Event for Order {
    type Correlation = i64;
    const NAME: &'static str = "Order";
    const TOPIC: &'static str = "order";
    const READERS: &'static str = "user";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }
}

/// The event `Table`, on topic `table`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableEvent {
    /// Correlation key.
    pub user_id: i64,
    /// `as` on the wire; `-0.5` in the variant `failure`.
    pub r#as: f64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub r#async: bool,
}

impl Event for TableEvent {
    type Correlation = i64;
    const NAME: &'static str = "Table";
    const TOPIC: &'static str = "table";
    const READERS: &'static str = "user";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.r#async))
    }

    fn variant(&self) -> usize {
        usize::from(!self.r#async)
    }
}

/// The event `Select`, on topic `select`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Select {
    /// Correlation key.
    pub user_id: i64,
    /// `match` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#match: Option<String>,
}

impl Event for Select {
    type Correlation = i64;
    const NAME: &'static str = "Select";
    const TOPIC: &'static str = "select";
    const READERS: &'static str = "user";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }
}

/// The event `Step`, on topic `step`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Correlation key.
    pub user_id: i64,
    /// `self1` on the wire; `"a \"quoted\" one"` in the variant `failure`.
    pub self1: String,
    /// `true` for the variant `success`, `false` for `failure`.
    pub ok: bool,
}

impl Event for Step {
    type Correlation = i64;
    const NAME: &'static str = "Step";
    const TOPIC: &'static str = "step";
    const READERS: &'static str = "order";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.ok))
    }

    fn variant(&self) -> usize {
        usize::from(!self.ok)
    }
}

/// The event `Checked`, on topic `checked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Correlation key.
    pub user_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub r#try: bool,
}

impl Event for Checked {
    type Correlation = i64;
    const NAME: &'static str = "Checked";
    const TOPIC: &'static str = "checked";
    const READERS: &'static str = "user";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.r#try))
    }

    fn variant(&self) -> usize {
        usize::from(!self.r#try)
    }
}

/// The event `RecordID`, on topic `record-id`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordId {
    /// Correlation key.
    pub user_id: i64,
    /// `ownerID` on the wire.
    #[serde(rename = "ownerID")]
    pub owner_id: i32,
    /// `x1y2Z3` on the wire.
    pub x1y2_z3: bool,
}

impl Event for RecordId {
    type Correlation = i64;
    const NAME: &'static str = "RecordID";
    const TOPIC: &'static str = "record-id";
    const READERS: &'static str = "order";

    fn correlation(&self) -> &i64 {
        &self.user_id
    }
}
