// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `underwriting` keeps, and the decisions it makes.

use saga_runtime::{Date, Decimal, Timestamp, Uuid};
use serde::{Deserialize, Serialize};

use crate::types::{Address, Cover};

pub use crate::events::PolicyAsked;
pub use saga_runtime::Rejection;

/// A row of `tariff_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tariff {
    /// Primary key.
    pub cover: Cover,
    /// `rate` in JSON, `rate` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub rate: Decimal,
    /// `since` in JSON, `since` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub since: Date,
    /// `kinds` in JSON, `kinds` in the table.
    pub kinds: Vec<Cover>,
    /// `home` in JSON, `home` in the table.
    pub home: Address,
    /// `other` in JSON, `other` in the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Cover>,
    /// `discount` in JSON, `discount` in the table.
    #[serde(with = "saga_runtime::exact", default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<Decimal>,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            cover: Default::default(),
            rate: Default::default(),
            since: Date::constant(1970, 1, 1),
            kinds: Default::default(),
            home: Default::default(),
            other: Default::default(),
            discount: Default::default(),
        }
    }
}

/// A row of `quote_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// Primary key.
    pub id: Uuid,
    /// `policyId` in JSON, `policy_id` in the table.
    pub policy_id: Uuid,
    /// `premium` in JSON, `premium` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub premium: Decimal,
}

/// The values that `price-policy` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct PricePolicy {
    /// `pricedAt` of `PolicyPriced`.
    pub priced_at: Timestamp,
    /// `street` of `PolicyPriced`.
    pub street: String,
}

/// The decisions of the service `underwriting`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `price-policy`, on `PolicyAsked`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `PolicyPriced.failure`; the row stays as it was, and
    /// none is created.
    fn price_policy(&self, tariff: &mut Tariff, policy_asked: &PolicyAsked) -> Result<PricePolicy, Rejection>;
}
