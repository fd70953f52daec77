// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `onboarding`.

use std::fmt;

use saga_runtime::{Event, Outcome, Uuid};
use serde::{Deserialize, Serialize};

/// The event `UserRegistered`, on topic `user-registered`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistered {
    /// Correlation key.
    pub user_id: Uuid,
    /// `email` on the wire.
    pub email: String,
    /// `kind` on the wire: the variant.
    pub kind: UserRegisteredKind,
}

impl Event for UserRegistered {
    type Correlation = Uuid;
    const NAME: &'static str = "UserRegistered";
    const TOPIC: &'static str = "user-registered";
    const READERS: &'static str = "account compliance mailbox";

    fn correlation(&self) -> &Uuid {
        &self.user_id
    }

    fn variant(&self) -> usize {
        self.kind as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.kind.as_str())
    }
}

/// The variants of [`UserRegistered`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum UserRegisteredKind {
    /// `private`
    #[default]
    #[serde(rename = "private")]
    Private,
    /// `business`
    #[serde(rename = "business")]
    Business,
}

impl UserRegisteredKind {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["private", "business"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Business => "business",
        }
    }
}

impl fmt::Display for UserRegisteredKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `MailboxCreated`, on topic `mailbox-created`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailboxCreated {
    /// Correlation key.
    pub user_id: Uuid,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for MailboxCreated {
    type Correlation = Uuid;
    const NAME: &'static str = "MailboxCreated";
    const TOPIC: &'static str = "mailbox-created";
    const READERS: &'static str = "account";

    fn correlation(&self) -> &Uuid {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `KycChecked`, on topic `kyc-checked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KycChecked {
    /// Correlation key.
    pub user_id: Uuid,
    /// `score` on the wire; absent in the variant `rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<i32>,
    /// `result` on the wire: the variant.
    pub result: KycCheckedResult,
}

impl Event for KycChecked {
    type Correlation = Uuid;
    const NAME: &'static str = "KycChecked";
    const TOPIC: &'static str = "kyc-checked";
    const READERS: &'static str = "account compliance";

    fn correlation(&self) -> &Uuid {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.result != KycCheckedResult::Rejected))
    }

    fn variant(&self) -> usize {
        self.result as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.result.as_str())
    }

    fn missing(&self) -> Option<&'static str> {
        if self.result == KycCheckedResult::Rejected {
            return None;
        }
        if self.score.is_none() {
            return Some("score");
        }
        None
    }
}

impl KycChecked {
    /// `score`, which every variant but `rejected` has.
    ///
    /// # Panics
    /// In the variant `rejected`.
    pub fn score(&self) -> i32 {
        self.score.expect("the variant `rejected` has no `score`")
    }
}

/// The variants of [`KycChecked`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum KycCheckedResult {
    /// `approved`
    #[default]
    #[serde(rename = "approved")]
    Approved,
    /// `review`
    #[serde(rename = "review")]
    Review,
    /// `rejected`
    #[serde(rename = "rejected")]
    Rejected,
}

impl KycCheckedResult {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["approved", "review", "rejected"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Review => "review",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for KycCheckedResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `ReviewDecided`, on topic `review-decided`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewDecided {
    /// Correlation key.
    pub user_id: Uuid,
    /// `true` for the variant `success`, `false` for `failure`.
    pub approved: bool,
}

impl Event for ReviewDecided {
    type Correlation = Uuid;
    const NAME: &'static str = "ReviewDecided";
    const TOPIC: &'static str = "review-decided";
    const READERS: &'static str = "account";

    fn correlation(&self) -> &Uuid {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.approved))
    }

    fn variant(&self) -> usize {
        usize::from(!self.approved)
    }
}

/// The event `AccountOpened`, on topic `account-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountOpened {
    /// Correlation key.
    pub user_id: Uuid,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for AccountOpened {
    type Correlation = Uuid;
    const NAME: &'static str = "AccountOpened";
    const TOPIC: &'static str = "account-opened";
    const READERS: &'static str = "mailbox user";

    fn correlation(&self) -> &Uuid {
        &self.user_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
