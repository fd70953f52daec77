// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `limits` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{LimitReserved, WireAsked};
pub use saga_runtime::{Rejection, Sql, SqlError, Unanswered};

/// A row of `limit_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    /// Primary key.
    pub account_id: i64,
    /// `free` in JSON, `free` in the table.
    pub free: i64,
}

/// The values that `reserve-limit` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ReserveLimit {
    /// `left` of `LimitReserved`.
    pub left: i64,
}

/// The decisions of the service `limits`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `reserve-limit`, on `WireAsked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `LimitReserved.failure`.
    fn reserve_limit(
        &self,
        sql: &Sql,
        limit: &Limit,
        wire_asked: &WireAsked,
    ) -> impl Future<Output = Result<ReserveLimit, SqlError>> + Send;

    /// Carries out `free-limit`, which compensates `reserve-limit`.
    fn free_limit(
        &self,
        sql: &Sql,
        limit: &Limit,
        wire_asked: &WireAsked,
        limit_reserved: &LimitReserved,
    ) -> impl Future<Output = Result<(), SqlError>> + Send;
}
