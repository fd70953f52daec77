// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `invoice`.

use std::fmt;

use saga_runtime::{Event, Outcome, Timestamp};
use serde::{Deserialize, Serialize};

/// The event `InvoiceSent`, on topic `invoice-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceSent {
    /// Correlation key.
    pub invoice_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
}

impl Event for InvoiceSent {
    type Correlation = i64;
    const NAME: &'static str = "InvoiceSent";
    const TOPIC: &'static str = "invoice-sent";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.invoice_id
    }
}

/// The event `BankSettled`, on topic `bank.settlements`. An external producer
/// publishes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BankSettled {
    /// Correlation key.
    #[serde(rename = "invoice_ref")]
    pub invoice_id: i64,
    /// `settled_at` on the wire.
    #[serde(rename = "settled_at", with = "saga_runtime::exact")]
    pub settled_at: Timestamp,
    /// `paid_cents` on the wire.
    #[serde(rename = "paid_cents")]
    pub paid: i64,
    /// `state` on the wire: the variant.
    pub state: BankSettledState,
}

impl Event for BankSettled {
    type Correlation = i64;
    const NAME: &'static str = "BankSettled";
    const TOPIC: &'static str = "bank.settlements";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.invoice_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.state != BankSettledState::Bounced))
    }

    fn variant(&self) -> usize {
        self.state as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}

/// The variants of [`BankSettled`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BankSettledState {
    /// `SETTLED`
    #[default]
    #[serde(rename = "SETTLED")]
    Settled,
    /// `BOUNCED`
    #[serde(rename = "BOUNCED")]
    Bounced,
}

impl BankSettledState {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["SETTLED", "BOUNCED"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "SETTLED",
            Self::Bounced => "BOUNCED",
        }
    }
}

impl fmt::Display for BankSettledState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `InvoicePaid`, on topic `invoice-paid`. External consumers read it
/// too, so its form is a contract with them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoicePaid {
    /// Correlation key.
    pub invoice_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for InvoicePaid {
    type Correlation = i64;
    const NAME: &'static str = "InvoicePaid";
    const TOPIC: &'static str = "invoice-paid";
    const READERS: &'static str = "invoice";

    fn correlation(&self) -> &i64 {
        &self.invoice_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
