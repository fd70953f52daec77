// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `return`.

use std::fmt;

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `ReturnOpened`, on topic `return-opened`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReturnOpened {
    /// Correlation key.
    pub return_id: i64,
    /// `orderId` on the wire.
    pub order_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
}

impl Event for ReturnOpened {
    type Correlation = i64;
    const NAME: &'static str = "ReturnOpened";
    const TOPIC: &'static str = "return-opened";
    const READERS: &'static str = "warehouse";

    fn correlation(&self) -> &i64 {
        &self.return_id
    }
}

/// The event `GoodsInspected`, on topic `goods-inspected`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GoodsInspected {
    /// Correlation key.
    pub return_id: i64,
    /// `orderId` on the wire.
    pub order_id: i64,
    /// `amount` on the wire.
    pub amount: i64,
    /// `state` on the wire: the variant.
    pub state: GoodsInspectedState,
}

impl Event for GoodsInspected {
    type Correlation = i64;
    const NAME: &'static str = "GoodsInspected";
    const TOPIC: &'static str = "goods-inspected";
    const READERS: &'static str = "account";

    fn correlation(&self) -> &i64 {
        &self.return_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.state != GoodsInspectedState::Broken))
    }

    fn variant(&self) -> usize {
        self.state as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.state.as_str())
    }
}

/// The variants of [`GoodsInspected`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GoodsInspectedState {
    /// `intact`
    #[default]
    #[serde(rename = "intact")]
    Intact,
    /// `worn`
    #[serde(rename = "worn")]
    Worn,
    /// `broken`
    #[serde(rename = "broken")]
    Broken,
}

impl GoodsInspectedState {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["intact", "worn", "broken"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Worn => "worn",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for GoodsInspectedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `MoneyReturned`, on topic `money-returned`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MoneyReturned {
    /// Correlation key.
    pub return_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for MoneyReturned {
    type Correlation = i64;
    const NAME: &'static str = "MoneyReturned";
    const TOPIC: &'static str = "money-returned";
    const READERS: &'static str = "account return-desk";

    fn correlation(&self) -> &i64 {
        &self.return_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
