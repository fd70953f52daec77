// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The types that messages and rows of the saga `insurance` share.

use std::fmt;

use saga_runtime::Date;
use serde::{Deserialize, Serialize};

/// `Cover` of the specification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cover {
    /// `basic`
    #[default]
    #[serde(rename = "basic")]
    Basic,
    /// `full`
    #[serde(rename = "full")]
    Full,
}

impl Cover {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["basic", "full"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `Address` of the specification.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// `street` in JSON.
    pub street: String,
    /// `zip` in JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
}

/// `Person` of the specification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// `name` in JSON.
    pub name: String,
    /// `born` in JSON.
    #[serde(with = "saga_runtime::exact")]
    pub born: Date,
    /// `home` in JSON.
    pub home: Address,
}

impl Default for Person {
    fn default() -> Self {
        Self { name: Default::default(), born: Date::constant(1970, 1, 1), home: Default::default() }
    }
}
