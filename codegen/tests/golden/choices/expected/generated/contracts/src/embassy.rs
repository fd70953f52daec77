// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `embassy` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use saga_runtime::Refusal;

/// A row of `visa_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Visa {
    /// Primary key.
    pub id: i64,
    /// `days` in JSON, `days` in the table.
    pub days: i32,
    /// The status of the row.
    pub status: VisaStatus,
}

/// The statuses of a [`Visa`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VisaStatus {
    /// `ASKED`: the first status.
    #[default]
    #[serde(rename = "ASKED")]
    Asked,
    /// `ISSUED`: final; every effect is kept.
    #[serde(rename = "ISSUED")]
    Issued,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `ask-visa`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AskVisa {
    /// `days` in JSON.
    pub days: i32,
}

/// What `ask-visa` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum AskVisaAnswer {
    /// `tourist`.
    Tourist,
    /// `worker`.
    Worker,
    /// `student`.
    Student,
}

/// The decisions of the service `embassy`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `ask-visa` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn ask_visa(&self, body: &AskVisa) -> Result<AskVisaAnswer, Refusal>;
}
