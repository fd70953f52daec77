// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `payment`.

use saga_runtime::{Decimal, Event, Outcome, Uuid};
use serde::{Deserialize, Serialize};

/// The event `PaymentRequested`, on topic `payment-requested`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRequested {
    /// Correlation key.
    pub payment_id: Uuid,
    /// `accountId` on the wire.
    pub account_id: i64,
    /// `amount` on the wire.
    #[serde(with = "saga_runtime::exact")]
    pub amount: Decimal,
    /// `card` on the wire.
    pub card: String,
    /// `email` on the wire.
    pub email: String,
}

impl Event for PaymentRequested {
    type Correlation = Uuid;
    const NAME: &'static str = "PaymentRequested";
    const TOPIC: &'static str = "payment-requested";
    const READERS: &'static str = "approval gateway ledger mail";

    fn correlation(&self) -> &Uuid {
        &self.payment_id
    }
}

/// The event `ApprovalDecided`, on topic `approval-decided`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApprovalDecided {
    /// Correlation key.
    pub payment_id: Uuid,
    /// `reviewer` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub approved: bool,
}

impl Event for ApprovalDecided {
    type Correlation = Uuid;
    const NAME: &'static str = "ApprovalDecided";
    const TOPIC: &'static str = "approval-decided";
    const READERS: &'static str = "gateway";

    fn correlation(&self) -> &Uuid {
        &self.payment_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.approved))
    }

    fn variant(&self) -> usize {
        usize::from(!self.approved)
    }
}

/// The event `PaymentCaptured`, on topic `payment-captured`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentCaptured {
    /// Correlation key.
    pub payment_id: Uuid,
    /// `captureId` on the wire; absent in the variant `failure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capture_id: Option<String>,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for PaymentCaptured {
    type Correlation = Uuid;
    const NAME: &'static str = "PaymentCaptured";
    const TOPIC: &'static str = "payment-captured";
    const READERS: &'static str = "ledger";

    fn correlation(&self) -> &Uuid {
        &self.payment_id
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
        if self.capture_id.is_none() {
            return Some("captureId");
        }
        None
    }
}

impl PaymentCaptured {
    /// `captureId`, which every variant but `failure` has.
    ///
    /// # Panics
    /// In the variant `failure`.
    pub fn capture_id(&self) -> &String {
        self.capture_id.as_ref().expect("the variant `failure` has no `captureId`")
    }
}

/// The event `EntryBooked`, on topic `entry-booked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryBooked {
    /// Correlation key.
    pub payment_id: Uuid,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for EntryBooked {
    type Correlation = Uuid;
    const NAME: &'static str = "EntryBooked";
    const TOPIC: &'static str = "entry-booked";
    const READERS: &'static str = "gateway mail payment";

    fn correlation(&self) -> &Uuid {
        &self.payment_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
