//! What a step works with: its rows, and what it publishes.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Display;

use crate::entity::Status;
use crate::event::{Event, Outcome, write_event};
use crate::mutation::{self, Mutation};
use crate::outcome::{Fault, Rejection};

mod tally;

pub use tally::Tally;

/// Which instance of the saga a step is about, and what brought it up.
pub struct At<'a, I, C> {
    /// The saga instance.
    pub correlation: &'a C,
    /// The same as text: the key of its messages, and of its step rows.
    pub key: &'a str,
    /// The message at hand; none when a deadline has passed or a call was answered.
    pub input: Option<&'a I>,
}

/// What a step works with while it handles one message; `Q` is any request of its service, `A` any answer to one
/// of its calls.
pub struct Context<'a, R, I, C, Q = Infallible, A = Infallible> {
    /// The saga instance.
    pub correlation: &'a C,
    /// The same as text: the key of its messages, and of its step rows.
    pub key: &'a str,
    /// The message at hand; none when a deadline has passed or a call was answered.
    pub input: Option<&'a I>,
    /// The request at hand, which the step waited for.
    pub request: Option<&'a Q>,
    /// The answer at hand; none unless a call of the step was answered.
    pub answered: Option<&'a A>,
    /// The rows the batch has loaded.
    pub rows: &'a mut R,
    /// What it publishes, and what it logs.
    pub out: &'a mut Outgoing,
}

/// What a request works with.
pub struct RequestContext<'a, R> {
    /// The rows the batch has loaded.
    pub rows: &'a mut R,
    /// What it publishes, and what it logs.
    pub out: &'a mut Outgoing,
}

/// What unsequenced messages claim: to be the first that runs a step for a saga instance.
///
/// A message of an external producer carries no number to tell a duplicate by, so a
/// step runs for it once per saga instance.
#[derive(Debug, Default)]
pub struct IdempotencyClaims {
    pub(crate) unsequenced: bool,
    pub(crate) claimed: BTreeSet<(&'static str, String)>,
    /// Room for the key of the instance at hand.
    pub(crate) key: String,
}

impl IdempotencyClaims {
    /// The current message runs `step`, if no other unsequenced one has.
    pub fn claim(&mut self, step: &'static str, correlation: impl ToString) {
        if self.unsequenced {
            self.claimed.insert((step, correlation.to_string()));
        }
    }
}

/// What a batch publishes and reports, in order.
#[derive(Debug, Default)]
pub struct Outgoing {
    pub(crate) bytes: Vec<u8>,
    pub(crate) emissions: Vec<Emission>,
    pub(crate) notes: Vec<Note>,
    pub(crate) tally: Tally,
    /// Whether notes are wanted for a trace, if not for the log.
    pub(crate) traced: bool,
    pub(crate) fault: Option<Fault>,
    /// Whether the current message runs each step once per saga instance: [`crate::protocol::batch::Item`].
    pub(crate) unsequenced: bool,
    /// The pairs that no unsequenced message has run before.
    pub(crate) fresh: BTreeSet<(&'static str, String)>,
    /// The input the current emissions are caused by.
    pub(crate) cause: usize,
    /// The step whose decision is being asked.
    pub(crate) asked: Option<&'static str>,
    /// The step that ran last for the current message.
    pub(crate) ran: Option<&'static str>,
    /// Whose retries are exhausted: their decisions are not asked.
    pub(crate) exhausted: Exhausted,
    /// Room for the key of the instance at hand.
    pub(crate) key: String,
    /// Whether a step is due as soon as this is committed.
    pub(crate) due_now: bool,
}

/// The steps that are no longer asked, because their retries are exhausted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Exhausted {
    /// None.
    #[default]
    None,
    /// This one.
    Step(&'static str),
    /// All, for it is not known which one failed.
    All,
}

/// One message to publish. Ranges point into the bytes of [`Outgoing`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emission {
    /// The event's name.
    pub event: &'static str,
    /// Its topic.
    pub topic: &'static str,
    /// The services that read it.
    pub readers: &'static str,
    /// Its key, the correlation as text.
    pub key: std::ops::Range<usize>,
    /// Its body, as JSON.
    pub value: std::ops::Range<usize>,
    /// The input it is caused by.
    pub cause: usize,
}

/// A line for the log, written once the batch is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// The input it is about.
    pub cause: usize,
    pub step: &'static str,
    pub correlation: String,
    pub what: String,
    pub severity: Severity,
}

/// How loud a [`Note`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Progress,
    Ignored,
    Alarm,
}

impl Outgoing {
    /// What is published so far, in order: the topic, the key and the body of
    /// each message.
    pub fn published(&self) -> impl Iterator<Item = (&'static str, &[u8], &[u8])> {
        let part = |range: &std::ops::Range<usize>| &self.bytes[range.clone()];
        self.emissions.iter().map(move |it| (it.topic, part(&it.key), part(&it.value)))
    }

    /// What keeps the batch from being stored, if anything does.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Publishes `event` on behalf of `step`, in the transaction of the batch.
    pub fn emit<E: Event>(&mut self, step: &'static str, event: &E) {
        use std::io::Write as _;
        let silent = mutation::active(Mutation::SilentFailedDecrease)
            || self.exhausted != Exhausted::None && mutation::active(Mutation::SpentDropped);
        if silent && event.outcome() == Some(Outcome::Failure) {
            return;
        }
        let start = self.bytes.len();
        // Writing into a Vec cannot fail.
        let _ = write!(self.bytes, "{}", event.correlation());
        let key = start..self.bytes.len();
        if let Err(error) = write_event(&mut self.bytes, event) {
            self.fault.get_or_insert(Fault::Unstorable(error.to_string()));
        }
        let value = key.end..self.bytes.len();
        let (topic, readers, cause) = (E::TOPIC, E::READERS, self.cause);
        self.emissions.push(Emission { event: E::NAME, topic, readers, key, value, cause });
        self.note(step, event.correlation(), Severity::Progress, || match event.variant_name() {
            Some(variant) => format!("{}.{variant}", E::NAME),
            None => E::NAME.to_owned(),
        });
    }

    /// Whether `step` may run for the current message: always when it is
    /// numbered, and once per saga instance when an external producer sent it, or
    /// when the step had another trigger before.
    pub(crate) fn first_run(&mut self, step: &'static str, correlation: impl Display) -> bool {
        if !self.unsequenced {
            return true;
        }
        let fresh = self.fresh.remove(&(step, correlation.to_string()));
        if !fresh {
            self.note(step, correlation, Severity::Ignored, || "it has run already".into());
        }
        fresh
    }

    /// Reports a rejection of `step`.
    pub(crate) fn rejected(&mut self, step: &'static str, correlation: impl Display, rejection: &Rejection) {
        if mutation::active(Mutation::RejectionRetry) {
            self.fault = Some(Fault::Panic(rejection.reason.clone()));
        }
        self.tally.rejected(step);
        self.note(step, correlation, Severity::Progress, || format!("rejected: {}", rejection.reason));
    }

    /// Reports that `step` wrote a row and published nothing.
    pub fn done(&mut self, step: &'static str, correlation: impl Display) {
        self.note(step, correlation, Severity::Progress, || "done".into());
    }

    /// Gives the message up: `step` was to do what its messages do not allow for.
    pub fn unexpected(&mut self, step: &'static str) {
        self.fault.get_or_insert(Fault::Unexpected { step });
    }

    /// Reports that `step` moved a row to `status`.
    pub fn moved(&mut self, step: &'static str, correlation: impl Display, status: impl Status) {
        self.tally.reached(status.phase());
        self.note(step, correlation, Severity::Progress, || format!("→ {status}"));
    }

    pub(crate) fn note(
        &mut self,
        step: &'static str,
        correlation: impl Display,
        severity: Severity,
        what: impl FnOnce() -> String,
    ) {
        self.ran.get_or_insert(step);
        let wanted = match severity {
            Severity::Alarm => true,
            Severity::Progress | Severity::Ignored => {
                self.traced || tracing::enabled!(target: "step", tracing::Level::INFO)
            }
        };
        if wanted {
            let cause = self.cause;
            let note = Note { cause, step, correlation: correlation.to_string(), what: what(), severity };
            self.notes.push(note);
        }
    }
}
