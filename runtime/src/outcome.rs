//! What handling a message or a request can end in, other than success.

/// A business "no": the step publishes its failing variant.
///
/// Not for infrastructure: a handler that cannot reach something does not
/// reject, it fails, and is retried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Why, in words for a log or an event's `reason` field.
    pub reason: String,
}

impl Rejection {
    /// A rejection for `reason`.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }

    /// The rejection of a step whose row does not exist.
    pub fn not_found() -> Self {
        Self::because("not-found")
    }
}

/// A request's "no": nothing is stored, nothing is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A field is out of range: answered with status 400.
    Invalid {
        /// The field, as it is named on the wire.
        field: String,
        /// What it must be.
        reason: String,
    },
    /// The row that the request is about does not exist: answered with status 404.
    NotFound {
        /// The entity, or what else is not there.
        entity: &'static str,
        /// Its key as text.
        key: String,
    },
    /// The request does not fit what the service knows now, and may fit later: answered with status 409.
    Conflict {
        /// What stands against it.
        reason: String,
    },
    /// The request is well formed, and the service says no: answered with status 422.
    Rejected(Rejection),
}

impl Refusal {
    /// A refusal because `field` is out of range.
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), reason: reason.into() }
    }

    /// A refusal because of what the service knows now, such as a status.
    pub fn conflict(reason: impl Into<String>) -> Self {
        Self::Conflict { reason: reason.into() }
    }

    /// A refusal for a business `reason`.
    pub fn because(reason: impl Into<String>) -> Self {
        Self::Rejected(Rejection::because(reason))
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// A message that cannot be handled, through no decision of the business: it is
/// parked with its reason and retried. It is never skipped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A compensation has nothing to compensate on.
    #[error("compensation `{step}` finds no {entity} {key}")]
    NothingToCompensate {
        /// The compensation.
        step: &'static str,
        /// The entity.
        entity: &'static str,
        /// The key that was looked for.
        key: String,
    },
    /// A step that has no failing variant cannot go on: its row is missing, or its key is taken.
    #[error("a step without a failure event was rejected: {}", .0.reason)]
    Rejected(Rejection),
    /// A step was to do what its messages, or its flow, do not allow for: a defect of the runtime.
    #[error("`{step}` cannot run here: its messages are not what its flow says")]
    Unexpected {
        /// The step.
        step: &'static str,
    },
    /// The request that the step waited for is refused; no message is.
    #[error("the request is refused")]
    Refused(Refusal),
    /// The handler panicked.
    #[error("the handler panicked: {0}")]
    Panic(String),
    /// A statement of the handler failed, or it gave up.
    #[error("the handler's SQL failed: {0}")]
    Sql(String),
    /// The body is not what its topic promises.
    #[error("{0}")]
    Undecodable(String),
    /// An emission is larger than the broker takes.
    #[error("a {event} of {size} bytes exceeds the message limit of {limit} bytes")]
    TooLarge {
        /// The event.
        event: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The handler takes longer than a transaction may stay open.
    #[error("the handler of {step} took {millis} ms; a transaction may take {limit} ms")]
    TooSlow {
        /// The step, or what stands for it.
        step: &'static str,
        /// How long it took, in milliseconds.
        millis: u128,
        /// How long it may take.
        limit: u128,
    },
    /// The message is one of many that one message released, and there was no time for it.
    #[error("the transaction had no time left for it")]
    NoTime,
    /// It needs a row that another transaction holds locked.
    #[error("waits for {0}")]
    Locked(String),
    /// It cannot be stored, and its step cannot fail before the other messages it needs are there.
    #[error("it cannot be stored, and its step needs other messages before it can fail")]
    Unfinished,
    /// A message or a row that the database refuses, or that cannot be written as JSON.
    #[error("cannot be stored: {0}")]
    Unstorable(String),
}

/// Why a message is parked, or dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureInfo {
    /// In a word: `panic`, `undecodable`, …
    pub reason: &'static str,
    /// In full; bounded, and without what a database does not store.
    pub error: String,
    /// How often the message was tried.
    pub attempts: i32,
}

/// The longest description of a fault that is stored, in bytes.
const LONGEST_ERROR: usize = 2_000;

impl Fault {
    /// What is stored with a message that was tried so often.
    pub(crate) fn info(&self, attempts: i32) -> FailureInfo {
        let attempts = if self.is_patient() { attempts - 1 } else { attempts };
        // PostgreSQL stores no NUL.
        let mut error = self.to_string().replace('\0', "\u{fffd}");
        error.truncate(error.floor_char_boundary(LONGEST_ERROR));
        FailureInfo { reason: self.reason(), error, attempts }
    }

    /// Whether it is no fault of the message, so that waiting counts as no attempt.
    pub(crate) fn is_patient(&self) -> bool {
        matches!(self, Self::Locked(_) | Self::NoTime)
    }

    /// Its kind in a word.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::NothingToCompensate { .. } => "nothing-to-compensate",
            Self::Rejected(_) => "rejected",
            Self::Refused(_) => "refused",
            Self::Unexpected { .. } => "unexpected",
            Self::Panic(_) => "panic",
            Self::Sql(_) => "sql",
            Self::Undecodable(_) => "undecodable",
            Self::TooLarge { .. } => "too-large",
            Self::TooSlow { .. } => "too-slow",
            Self::NoTime => "no-time",
            Self::Locked(_) => "locked",
            Self::Unfinished => "unfinished",
            Self::Unstorable(_) => "unstorable",
        }
    }
}
