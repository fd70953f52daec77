// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The types that messages and rows of the saga `claim` share.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `Channel` of the specification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// `post`
    #[default]
    #[serde(rename = "post")]
    Post,
    /// `mail`
    #[serde(rename = "mail")]
    Mail,
    /// `fax`
    #[serde(rename = "fax")]
    Fax,
}

impl Channel {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["post", "mail", "fax"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Mail => "mail",
            Self::Fax => "fax",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
