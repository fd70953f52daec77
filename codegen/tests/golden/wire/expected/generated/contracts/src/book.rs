// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `book` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{WireAsked, WireSent};
pub use saga_runtime::{Rejection, Sql, SqlError, Unanswered};

/// A row of `book_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    /// Primary key.
    pub id: i64,
    /// `total` in JSON, `total` in the table.
    pub total: i64,
}

/// The decisions of the service `book`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `book-wire`, on `WireAsked` and `WireSent`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `WireBooked.failure`.
    fn book_wire(
        &self,
        sql: &Sql,
        wire_asked: &WireAsked,
        wire_sent: &WireSent,
    ) -> impl Future<Output = Result<(), SqlError>> + Send;
}
