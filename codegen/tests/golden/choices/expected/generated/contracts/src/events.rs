// Made by `cargo saga generate` from saga.yaml; edit that file instead.
//! The messages of the saga `visa`.

use std::fmt;

use saga_runtime::{Event, Outcome};
use serde::{Deserialize, Serialize};

/// The event `FormSent`, on topic `form-sent`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormSent {
    /// Correlation key.
    pub visa_id: i64,
    /// `days` on the wire.
    pub days: i32,
    /// `kind` on the wire: the variant.
    pub kind: FormSentKind,
}

impl Event for FormSent {
    type Correlation = i64;
    const NAME: &'static str = "FormSent";
    const TOPIC: &'static str = "form-sent";
    const READERS: &'static str = "consulate labour papers";

    fn correlation(&self) -> &i64 {
        &self.visa_id
    }

    fn variant(&self) -> usize {
        self.kind as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.kind.as_str())
    }
}

/// The variants of [`FormSent`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FormSentKind {
    /// `tourist`
    #[default]
    #[serde(rename = "tourist")]
    Tourist,
    /// `worker`
    #[serde(rename = "worker")]
    Worker,
    /// `student`
    #[serde(rename = "student")]
    Student,
}

impl FormSentKind {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["tourist", "worker", "student"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tourist => "tourist",
            Self::Worker => "worker",
            Self::Student => "student",
        }
    }
}

impl fmt::Display for FormSentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `PapersChecked`, on topic `papers-checked`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PapersChecked {
    /// Correlation key.
    pub visa_id: i64,
    /// `result` on the wire: the variant.
    pub result: PapersCheckedResult,
}

impl Event for PapersChecked {
    type Correlation = i64;
    const NAME: &'static str = "PapersChecked";
    const TOPIC: &'static str = "papers-checked";
    const READERS: &'static str = "consulate";

    fn correlation(&self) -> &i64 {
        &self.visa_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.result != PapersCheckedResult::Forged))
    }

    fn variant(&self) -> usize {
        self.result as usize
    }

    fn variant_name(&self) -> Option<&'static str> {
        Some(self.result.as_str())
    }
}

/// The variants of [`PapersChecked`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PapersCheckedResult {
    /// `complete`
    #[default]
    #[serde(rename = "complete")]
    Complete,
    /// `forged`
    #[serde(rename = "forged")]
    Forged,
    /// `missing`
    #[serde(rename = "missing")]
    Missing,
}

impl PapersCheckedResult {
    /// Every value, as it is stored and sent.
    pub const VALUES: &'static [&'static str] = &["complete", "forged", "missing"];

    /// The value as it is stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Forged => "forged",
            Self::Missing => "missing",
        }
    }
}

impl fmt::Display for PapersCheckedResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The event `JobConfirmed`, on topic `job-confirmed`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobConfirmed {
    /// Correlation key.
    pub visa_id: i64,
    /// `true` for the variant `success`, `false` for `failure`.
    pub doubtful: bool,
}

impl Event for JobConfirmed {
    type Correlation = i64;
    const NAME: &'static str = "JobConfirmed";
    const TOPIC: &'static str = "job-confirmed";
    const READERS: &'static str = "consulate";

    fn correlation(&self) -> &i64 {
        &self.visa_id
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

/// The event `VisaIssued`, on topic `visa-issued`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VisaIssued {
    /// Correlation key.
    pub visa_id: i64,
    /// `reason` on the wire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `true` for the variant `success`, `false` for `failure`.
    pub success: bool,
}

impl Event for VisaIssued {
    type Correlation = i64;
    const NAME: &'static str = "VisaIssued";
    const TOPIC: &'static str = "visa-issued";
    const READERS: &'static str = "embassy";

    fn correlation(&self) -> &i64 {
        &self.visa_id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }

    fn variant(&self) -> usize {
        usize::from(!self.success)
    }
}
