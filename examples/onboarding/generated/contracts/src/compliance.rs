// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `compliance` keeps, and the decisions it makes.

use serde::{Deserialize, Serialize};

pub use crate::events::{KycChecked, UserRegistered};
pub use saga_runtime::{Call, CallError, Refusal, Rejection, Unanswered};

/// The body of `decide-review`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DecideReview {
    /// `approved` in JSON.
    pub approved: bool,
}

/// What `check-kyc` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum CheckKyc {
    /// `approved`.
    Approved {
        /// `score` of `KycChecked`.
        score: i32,
    },
    /// `review`.
    Review {
        /// `score` of `KycChecked`.
        score: i32,
    },
}

/// The decisions of the service `compliance`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `decide-review` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn decide_review(&self, kyc_checked: &KycChecked, body: &DecideReview) -> Result<(), Refusal> {
        let _ = (kyc_checked, body);
        Ok(())
    }

    /// Decides `check-kyc`, on `UserRegistered.business`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `KycChecked.rejected`.
    fn check_kyc(
        &self,
        call: &Call,
        user_registered: &UserRegistered,
    ) -> impl Future<Output = Result<CheckKyc, CallError>> + Send;
}
