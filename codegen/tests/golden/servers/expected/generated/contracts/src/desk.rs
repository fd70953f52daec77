// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `desk` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `ticket_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Primary key.
    pub id: i64,
    /// `question` in JSON, `question` in the table.
    pub question: String,
}

/// The body of `open-ticket`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenTicket {
    /// `question` in JSON.
    pub question: String,
}

/// The decisions of the service `desk`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `open-ticket` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn open_ticket(&self, body: &OpenTicket) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
