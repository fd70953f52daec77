// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `claim`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `ClaimOpened`, on topic `claim-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimOpened {
    /// Correlation key.
    pub claim_id: i64,
    /// `accountId` on the wire.
    pub account_id: i32,
    /// `amount` on the wire.
    pub amount: i64,
}

impl Event for ClaimOpened {
    type Correlation = i64;
    const NAME: &'static str = "ClaimOpened";
    const TOPIC: &'static str = "claim-opened";
    const READERS: &'static str = "archive desk";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }
}

/// The event `ClaimChecked`, on topic `claim-checked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimChecked {
    /// Correlation key.
    pub claim_id: i64,
    /// `accountId` on the wire.
    pub account_id: i32,
    /// `amount` on the wire.
    pub amount: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ClaimChecked {
    type Correlation = i64;
    const NAME: &'static str = "ClaimChecked";
    const TOPIC: &'static str = "claim-checked";
    const READERS: &'static str = "desk";

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

/// The event `ClaimPriced`, on topic `claim-priced`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimPriced {
    /// Correlation key.
    pub claim_id: i64,
    /// `accountId` on the wire.
    pub account_id: i32,
    /// `price` on the wire; `0` in the variant `failure`.
    pub price: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ClaimPriced {
    type Correlation = i64;
    const NAME: &'static str = "ClaimPriced";
    const TOPIC: &'static str = "claim-priced";
    const READERS: &'static str = "bank desk";

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

/// The event `MoneyReserved`, on topic `money-reserved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoneyReserved {
    /// Correlation key.
    pub claim_id: i64,
    /// `accountId` on the wire.
    pub account_id: i32,
    /// `price` on the wire.
    pub price: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for MoneyReserved {
    type Correlation = i64;
    const NAME: &'static str = "MoneyReserved";
    const TOPIC: &'static str = "money-reserved";
    const READERS: &'static str = "desk till";

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
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for ClaimPaid {
    type Correlation = i64;
    const NAME: &'static str = "ClaimPaid";
    const TOPIC: &'static str = "claim-paid";
    const READERS: &'static str = "desk";

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

/// The command `ReleaseMoneyCommand`, on topic `release-money-command`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseMoneyCommand {
    /// Correlation key.
    pub claim_id: i64,
    /// `accountId` on the wire.
    pub account_id: i32,
    /// `price` on the wire.
    pub price: i64,
}

impl Event for ReleaseMoneyCommand {
    type Correlation = i64;
    const NAME: &'static str = "ReleaseMoneyCommand";
    const TOPIC: &'static str = "release-money-command";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.claim_id
    }
}
