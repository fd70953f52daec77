// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The rows that the service `account` keeps, and the decisions it makes.

use saga_runtime::Uuid;
use serde::{Deserialize, Serialize};

pub use crate::events::{KycChecked, MailboxCreated, ReviewDecided, UserRegistered};
pub use saga_runtime::Rejection;

/// A row of `account_tb`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// Primary key.
    pub id: i64,
    /// `userId` in JSON, `user_id` in the table.
    pub user_id: Uuid,
    /// `email` in JSON, `email` in the table.
    pub email: String,
}

/// The one that came of the messages `open-account` needs one of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum OpenAccountOneOf<'a> {
    /// `UserRegistered.private`.
    UserRegisteredPrivate(&'a UserRegistered),
    /// `KycChecked.approved`.
    KycCheckedApproved(&'a KycChecked),
    /// `ReviewDecided.success`.
    ReviewDecidedSuccess(&'a ReviewDecided),
}

/// The decisions of the service `account`.
pub trait Handlers: Send + Sync + 'static {
    /// Decides `open-account`, on `UserRegistered`, `MailboxCreated` and one of
    /// `UserRegistered.private`, `KycChecked.approved` and `ReviewDecided.success`.
    ///
    /// # Errors
    /// A [`Rejection`] publishes `AccountOpened.failure`; no row is created.
    fn open_account(
        &self,
        user_registered: &UserRegistered,
        mailbox_created: &MailboxCreated,
        one_of: OpenAccountOneOf<'_>,
    ) -> Result<(), Rejection>;
}
