// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `insurance`.

use saga_runtime::{Date, Decimal, Event, Outcome, Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::types::{Address, Cover, Person};

/// The event `PolicyAsked`, on topic `policy-asked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyAsked {
    /// Correlation key.
    pub policy_id: Uuid,
    /// `cover` on the wire.
    pub cover: Cover,
    /// `premium` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub premium: Decimal,
    /// `holder` on the wire.
    pub holder: Person,
    /// `drivers` on the wire.
    pub drivers: Vec<Person>,
    /// `startsAt` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub starts_at: Timestamp,
    /// `cents` on the wire.
    #[serde(with = "saga_runtime::exact::text")]
    pub cents: i64,
    /// `note` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Event for PolicyAsked {
    type Correlation = Uuid;
    const NAME: &'static str = "PolicyAsked";
    const TOPIC: &'static str = "policy-asked";
    const READERS: &'static str = "underwriting";

    fn correlation(&self) -> &Uuid {
        &self.policy_id
    }
}

/// The event `PolicyPriced`, on topic `policy-priced`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyPriced {
    /// Correlation key.
    pub policy_id: Uuid,
    /// `quoteId` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_id: Option<Uuid>,
    /// `rate_in_percent` on the wire; `0.00` in the variant `failure`.
    #[serde(rename = "rate_in_percent", with = "saga_runtime::exact")]
    pub rate: Decimal,
    /// `since` on the wire; `1970-01-01` in the variant `failure`.
    #[serde(with = "saga_runtime::exact")]
    pub since: Date,
    /// `kinds` on the wire; `[]` in the variant `failure`.
    pub kinds: Vec<Cover>,
    /// `home` on the wire; `{ street: "none", zip: null }` in the variant `failure`.
    pub home: Address,
    /// `discount` on the wire; `0.5` in the variant `failure`.
    #[serde(with = "saga_runtime::exact", default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
    /// `pricedAt` on the wire; `2026-01-31T12:00:00.5Z` in the variant `failure`.
    #[serde(with = "saga_runtime::exact")]
    pub priced_at: Timestamp,
    /// `holder street` on the wire; absent in the variant `failure`.
    #[serde(rename = "holder street", default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Default for PolicyPriced {
    fn default() -> Self {
        Self {
            policy_id: Default::default(),
            quote_id: Default::default(),
            rate: Default::default(),
            since: Date::constant(1970, 1, 1),
            kinds: Default::default(),
            home: Default::default(),
            discount: Default::default(),
            priced_at: Default::default(),
            street: Default::default(),
            reason: Default::default(),
            success: Default::default(),
        }
    }
}

impl Event for PolicyPriced {
    type Correlation = Uuid;
    const NAME: &'static str = "PolicyPriced";
    const TOPIC: &'static str = "policy-priced";
    const READERS: &'static str = "archive insurer";

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
        if self.quote_id.is_none() {
            return Some("quoteId");
        }
        if self.street.is_none() {
            return Some("holder street");
        }
        None
    }
}

impl PolicyPriced {
    /// `quoteId`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn quote_id(&self) -> Uuid {
        self.quote_id.expect("the variant `failure` has no `quoteId`")
    }

    /// `holder street`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn street(&self) -> &String {
        self.street.as_ref().expect("the variant `failure` has no `holder street`")
    }
}
