// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `claim`.

use std::fmt;

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

use crate::types::Channel;

/// The event `ClaimOpened`, on topic `claim-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimOpened {
    /// Correlation key.
    pub claim_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
    /// `channel` on the wire.
    pub channel: Channel,
    /// `place` on the wire.
    pub place: String,
    /// `kind` on the wire: the variant.
    pub kind: ClaimOpenedKind,
}

impl Event for ClaimOpened {
    type Correlation = i64;
    const NAME: &'static str = "ClaimOpened";
    const TOPIC: &'static str = "claim-opened";
    const READERS: &'static str = "assessors desk payments police";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn variant(&self) -> usize {
        self.kind as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.kind.as_str())
    }
}

/// The variants of [`ClaimOpened`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClaimOpenedKind {
    /// `glass`
    #[default]
    #[serde(rename = "glass")]
    Glass,
    /// `theft`
    #[serde(rename = "theft")]
    Theft,
    /// `fire`
    #[serde(rename = "fire")]
    Fire,
}

impl ClaimOpenedKind {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["glass", "theft", "fire"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Glass => "glass",
            Self::Theft => "theft",
            Self::Fire => "fire",
        }
    }
}

impl fmt::Display for ClaimOpenedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `ClaimAssessed`, on topic `claim-assessed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimAssessed {
    /// Correlation key.
    pub claim_id: i64,
    /// `payout` on the wire; absent in the variant `refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<i64>,
    /// `note` on the wire; `"none"` in the variant `refused`.
    pub note: String,
    /// `branchId` on the wire; `0` in the variant `refused`.
    pub branch_id: i64,
    /// `result` on the wire: the variant.
    pub result: ClaimAssessedResult,
}

impl Event for ClaimAssessed {
    type Correlation = i64;
    const NAME: &'static str = "ClaimAssessed";
    const TOPIC: &'static str = "claim-assessed";
    const READERS: &'static str = "payments";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.result != ClaimAssessedResult::Refused))
    }

    fn variant(&self) -> usize {
        self.result as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.result.as_str())
    }

    fn missing(&self) -> Option<&'static str> {
        if self.result == ClaimAssessedResult::Refused {
            return None;
        }
        if self.payout.is_none() {
            return Some("payout");
        }
        None
    }
}

impl ClaimAssessed {
    /// `payout`, which every variant but `refused` has.
    ///
    /// # Panics
    /// In the variant `refused`.
    pub fn payout(&self) -> i64 {
        self.payout.expect("the variant `refused` has no `payout`")
    }
}

/// The variants of [`ClaimAssessed`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClaimAssessedResult {
    /// `covered`
    #[default]
    #[serde(rename = "covered")]
    Covered,
    /// `refused`
    #[serde(rename = "refused")]
    Refused,
    /// `partly`
    #[serde(rename = "partly")]
    Partly,
    /// `unclear`
    #[serde(rename = "unclear")]
    Unclear,
}

impl ClaimAssessedResult {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["covered", "refused", "partly", "unclear"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Refused => "refused",
            Self::Partly => "partly",
            Self::Unclear => "unclear",
        }
    }
}

impl fmt::Display for ClaimAssessedResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `TheftReported`, on topic `theft-reported`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TheftReported {
    /// Correlation key.
    pub claim_id: i64,
    /// `payout` on the wire; `0` in the variant `success`.
    pub payout: i64,
    /// `branchId` on the wire; `0` in the variant `success`.
    pub branch_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub doubtful: bool,
}

impl Event for TheftReported {
    type Correlation = i64;
    const NAME: &'static str = "TheftReported";
    const TOPIC: &'static str = "theft-reported";
    const READERS: &'static str = "payments";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(!self.doubtful))
    }

    fn variant(&self) -> usize {
        usize::from(!self.doubtful)
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(if self.doubtful { "success" } else { "failure" })
    }
}

/// The event `NoticeSent`, on topic `notice-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeSent {
    /// Correlation key.
    pub claim_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `channel` on the wire: the variant.
    pub channel: NoticeSentChannel,
}

impl Event for NoticeSent {
    type Correlation = i64;
    const NAME: &'static str = "NoticeSent";
    const TOPIC: &'static str = "notice-sent";
    const READERS: &'static str = "payments";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.channel != NoticeSentChannel::Fax))
    }

    fn variant(&self) -> usize {
        self.channel as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.channel.as_str())
    }
}

/// The variants of [`NoticeSent`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NoticeSentChannel {
    /// `mail`
    #[default]
    #[serde(rename = "mail")]
    Mail,
    /// `fax`
    #[serde(rename = "fax")]
    Fax,
    /// `post`
    #[serde(rename = "post")]
    Post,
}

impl NoticeSentChannel {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["mail", "fax", "post"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Fax => "fax",
            Self::Post => "post",
        }
    }
}

impl fmt::Display for NoticeSentChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `ClaimFiled`, on topic `claim-filed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimFiled {
    /// Correlation key.
    pub claim_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ClaimFiled {
    type Correlation = i64;
    const NAME: &'static str = "ClaimFiled";
    const TOPIC: &'static str = "claim-filed";
    const READERS: &'static str = "desk payments";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `ClaimPaid`, on topic `claim-paid`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimPaid {
    /// Correlation key.
    pub claim_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ClaimPaid {
    type Correlation = i64;
    const NAME: &'static str = "ClaimPaid";
    const TOPIC: &'static str = "claim-paid";
    const READERS: &'static str = "archive";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
