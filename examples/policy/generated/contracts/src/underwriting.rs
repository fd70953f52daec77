// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `underwriting` keeps, and the decisions it makes.

use saga_runtime::{Date, Decimal};
use serde::{Deserialize, Serialize};

use crate::types::{Address, Cover};

pub use crate::events::PolicyRequested;
pub use saga_runtime::{Rejection, Sql, SqlError, Unanswered};

/// A row of `tariff_tb`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tariff {
    /// Primary key.
    pub code: String,
    /// `rate` in JSON, `rate` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub rate: Decimal,
    /// `since` in JSON, `since` in the table.
    #[serde(with = "saga_runtime::exact")]
    pub since: Date,
    /// `home` in JSON, `home` in the table.
    pub home: Address,
    /// `kinds` in JSON, `kinds` in the table.
    pub kinds: Vec<Cover>,
    /// `issued` in JSON, `issued` in the table.
    pub issued: i64,
    /// `capacity` in JSON, `capacity` in the table.
    pub capacity: i64,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            code: Default::default(),
            rate: Default::default(),
            since: Date::constant(1970, 1, 1),
            home: Default::default(),
            kinds: Default::default(),
            issued: Default::default(),
            capacity: Default::default(),
        }
    }
}

/// The values that `underwrite` decides, if it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Underwrite {
    /// `number` of `PolicyIssued`.
    pub number: String,
}

/// The decisions of the service `underwriting`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `underwrite`, on `PolicyRequested`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `PolicyIssued.failure`.
    fn underwrite(
        &self,
        sql: &Sql,
        policy_requested: &PolicyRequested,
    ) -> impl Future<Output = Result<Underwrite, SqlError>> + Send;
}
