// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `wire`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `WireAsked`, on topic `wire-asked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireAsked {
    /// Correlation key.
    pub wire_id: i64,
    /// `accountId` on the wire.
    pub account_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
}

impl Event for WireAsked {
    type Correlation = i64;
    const NAME: &'static str = "WireAsked";
    const TOPIC: &'static str = "wire-asked";
    const READERS: &'static str = "bank book limits";

    fn correlation(&self) -> &i64 {
        &self.wire_id
    }
}

/// The event `LimitReserved`, on topic `limit-reserved`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LimitReserved {
    /// Correlation key.
    pub wire_id: i64,
    /// `left` on the wire; `0` in the variant `failure`.
    pub left: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for LimitReserved {
    type Correlation = i64;
    const NAME: &'static str = "LimitReserved";
    const TOPIC: &'static str = "limit-reserved";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.wire_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `WireSent`, on topic `wire-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireSent {
    /// Correlation key.
    pub wire_id: i64,
    /// `receipt` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
    /// `owner` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for WireSent {
    type Correlation = i64;
    const NAME: &'static str = "WireSent";
    const TOPIC: &'static str = "wire-sent";
    const READERS: &'static str = "bank book";

    fn correlation(&self) -> &i64 {
        &self.wire_id
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
        if self.receipt.is_none() {
            return Some("receipt");
        }
        if self.owner.is_none() {
            return Some("owner");
        }
        None
    }
}

impl WireSent {
    /// `receipt`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn receipt(&self) -> &String {
        self.receipt.as_ref().expect("the variant `failure` has no `receipt`")
    }

    /// `owner`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn owner(&self) -> &String {
        self.owner.as_ref().expect("the variant `failure` has no `owner`")
    }
}

/// The event `WireBooked`, on topic `wire-booked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireBooked {
    /// Correlation key.
    pub wire_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for WireBooked {
    type Correlation = i64;
    const NAME: &'static str = "WireBooked";
    const TOPIC: &'static str = "wire-booked";
    const READERS: &'static str = "bank desk limits";

    fn correlation(&self) -> &i64 {
        &self.wire_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
