// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `loan`.

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `LoanAsked`, on topic `loan-asked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoanAsked {
    /// Correlation key.
    pub loan_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
}

impl Event for LoanAsked {
    type Correlation = i64;
    const NAME: &'static str = "LoanAsked";
    const TOPIC: &'static str = "loan-asked";
    const READERS: &'static str = "home risk";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }
}

/// The event `RiskRated`, on topic `risk-rated`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskRated {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for RiskRated {
    type Correlation = i64;
    const NAME: &'static str = "RiskRated";
    const TOPIC: &'static str = "risk-rated";
    const READERS: &'static str = "desk";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `HomeRated`, on topic `home-rated`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeRated {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for HomeRated {
    type Correlation = i64;
    const NAME: &'static str = "HomeRated";
    const TOPIC: &'static str = "home-rated";
    const READERS: &'static str = "desk";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `RiskNoted`, on topic `risk-noted`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskNoted {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for RiskNoted {
    type Correlation = i64;
    const NAME: &'static str = "RiskNoted";
    const TOPIC: &'static str = "risk-noted";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `HomeNoted`, on topic `home-noted`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HomeNoted {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for HomeNoted {
    type Correlation = i64;
    const NAME: &'static str = "HomeNoted";
    const TOPIC: &'static str = "home-noted";
    const READERS: &'static str = "bank";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `LoanDecided`, on topic `loan-decided`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoanDecided {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for LoanDecided {
    type Correlation = i64;
    const NAME: &'static str = "LoanDecided";
    const TOPIC: &'static str = "loan-decided";
    const READERS: &'static str = "desk";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}

/// The event `DenialFiled`, on topic `denial-filed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DenialFiled {
    /// Correlation key.
    pub loan_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for DenialFiled {
    type Correlation = i64;
    const NAME: &'static str = "DenialFiled";
    const TOPIC: &'static str = "denial-filed";
    const READERS: &'static str = "archive";

    fn correlation(&self) -> &i64 {
        &self.loan_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
