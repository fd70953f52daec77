// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `insurance`.

use saga_runtime::{Decimal, Event, Outcome, Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::types::{Cover, Person};

/// The event `PolicyRequested`, on topic `policy-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRequested {
    /// Correlation key.
    pub policy_id: Uuid,
    /// `cover` on the wire.
    pub cover: Cover,
    /// `premium` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub premium: Decimal,
    /// `drivers` on the wire.
    pub drivers: Vec<Person>,
    /// `startsAt` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub starts_at: Timestamp,
    /// `note` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Event for PolicyRequested {
    type Correlation = Uuid;
    const NAME: &'static str = "PolicyRequested";
    const TOPIC: &'static str = "policy-requested";
    const READERS: &'static str = "underwriting";

    fn correlation(&self) -> &Uuid {
        &self.policy_id
    }
}

/// The event `PolicyIssued`, on topic `policy-issued`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyIssued {
    /// Correlation key.
    pub policy_id: Uuid,
    /// `number` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for PolicyIssued {
    type Correlation = Uuid;
    const NAME: &'static str = "PolicyIssued";
    const TOPIC: &'static str = "policy-issued";
    const READERS: &'static str = "policy";

    fn correlation(&self) -> &Uuid {
        &self.policy_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }

    fn missing(&self) -> Option<&'static str> {
        if !self.success {
            return None;
        }
        if self.number.is_none() {
            return Some("number");
        }
        None
    }
}

impl PolicyIssued {
    /// `number`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn number(&self) -> &String {
        self.number.as_ref().expect("the variant `failure` has no `number`")
    }
}
