// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `user` keeps, and the decisions it makes.

use saga_runtime::Uuid;
use serde::{Deserialize, Serialize};

use crate::events::UserRegisteredKind;

pub use saga_runtime::Refusal;

/// A row of `user_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Primary key.
    pub id: Uuid,
    /// `email` in JSON, `email` in the table.
    pub email: String,
    /// The status of the row.
    pub status: UserStatus,
}

/// The statuses of an [`User`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UserStatus {
    /// `NEW`: the first status.
    #[default]
    #[serde(rename = "NEW")]
    New,
    /// `ACTIVE`: final; every effect is kept.
    #[serde(rename = "ACTIVE")]
    Active,
    /// `REFUSED`: final; every effect is compensated.
    #[serde(rename = "REFUSED")]
    Refused,
}

/// The body of `register-user`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterUser {
    /// `email` in JSON.
    pub email: String,
    /// `kind` in JSON.
    pub kind: UserRegisteredKind,
}

/// The decisions of the service `user`.
pub trait Handlers: Send + Sync + 'static {
    /// Whether `register-user` accepts a request.
    ///
    /// # Errors
    /// The client gets a [`Refusal`] as a 4xx response; nothing is stored or published.
    fn register_user(&self, body: &RegisterUser) -> Result<(), Refusal> {
        let _ = body;
        Ok(())
    }
}
