// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `approval` keeps, and the decisions it makes.

use saga_runtime::{Decimal, Uuid};
use serde::{Deserialize, Serialize};

pub use crate::events::PaymentRequested;
pub use saga_runtime::Refusal;

/// A row of `approval_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Primary key.
    pub id: i64,
    /// `paymentId` in JSON, `payment_id` in the table.
    pub payment_id: Uuid,
    /// `amount` in JSON, `amount` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub amount: Decimal,
    /// `reviewer` in JSON, `reviewer` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
}

/// The body of `decide-approval`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecideApproval {
    /// `approved` in JSON.
    pub approved: bool,
    /// `reviewer` in JSON.
    pub reviewer: String,
}

/// The decisions of the service `approval`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `decide-approval` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn decide_approval(
        &self,
        approval: &mut Approval,
        payment_requested: &PaymentRequested,
        body: &DecideApproval,
    ) -> Result<(), Refusal> {
        let _ = (approval, payment_requested, body);
        Ok(())
    }
}
