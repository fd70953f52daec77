// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `mailbox` keeps, and the decisions it makes.

use saga_runtime::Uuid;
use serde::{Deserialize, Serialize};

pub use crate::events::{MailboxCreated, UserRegistered};
pub use saga_runtime::Rejection;

/// A row of `mailbox_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mailbox {
    /// Primary key.
    pub user_id: Uuid,
    /// `email` in JSON, `email` in the table.
    pub email: String,
}

/// The decisions of the service `mailbox`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `create-mailbox`, on `UserRegistered`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `MailboxCreated.failure`; no row is created.
    fn create_mailbox(&self, user_registered: &UserRegistered) -> Result<(), Rejection>;

    /// Carries out `delete-mailbox`, which compensates `create-mailbox`.
    fn delete_mailbox(
        &self,
        mailbox: &mut Mailbox,
        user_registered: &UserRegistered,
        mailbox_created: &MailboxCreated,
    );
}
