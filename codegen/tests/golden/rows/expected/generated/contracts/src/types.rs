// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The types that messages and rows of the saga `market` share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `Line` of the specification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// `productId` in JSON.
    pub product_id: i64,
    /// `quantity` in JSON.
    pub quantity: i32,
}

/// `Level` of the specification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// `basic`
    #[default]
    #[serde(rename = "basic")]
    Basic,
    /// `gold`
    #[serde(rename = "gold")]
    Gold,
}

impl Level {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["basic", "gold"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Gold => "gold",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
