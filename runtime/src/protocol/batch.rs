//! What a batch of messages does to the loaded rows, and what it publishes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::context::{Exhausted, IdempotencyClaims, Outgoing};
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;
use crate::record::Record;
use crate::service::Service;

/// A message of a batch, read.
#[derive(Debug)]
pub struct Item<'r, I> {
    /// What it says.
    pub input: I,
    /// The message.
    pub record: Cow<'r, Record>,
    /// Which of the batch's shards it belongs to.
    pub shard: usize,
    /// Whether it runs each step once per saga instance: an external producer sent it without a number, or
    /// a step that reads its topic had another trigger before.
    pub unsequenced: bool,
    /// The steps that have failed on it too often to be asked again.
    pub exhausted: Exhausted,
}

/// A message that cannot be handled.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure {
    /// The message, by its place in the batch.
    pub item: usize,
    /// Why.
    pub fault: Fault,
    /// The step whose decision was being asked, if it was one.
    pub step: Option<&'static str>,
}

/// How long the handlers of a batch take. The lane measures it: nothing here reads a clock.
pub trait Watch {
    /// A message is about to be handled.
    fn begins(&mut self, record: &Record) {
        let _ = record;
    }

    /// A message was handled, and `step` is the one that ran for it, if one did.
    fn handled(&mut self, step: Option<&'static str>) -> Pace;
}

/// What the time that handlers took means for their batch.
#[derive(Debug, PartialEq, Eq)]
pub enum Pace {
    /// It goes on.
    InTime,
    /// The batch has taken long enough: no further message of it is handled.
    Outlasted,
    /// This message alone takes longer than a transaction may.
    TooSlow(Fault),
}

/// Handlers are not timed.
impl Watch for () {
    fn handled(&mut self, _: Option<&'static str>) -> Pace {
        Pace::InTime
    }
}

/// Why a batch was not decided. Its rows are of no more use.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Undecided {
    /// Every message that cannot be handled.
    pub failures: Vec<Failure>,
    /// So many messages were handled when the time was up, if it was.
    pub outlasted: Option<usize>,
}

/// Names the step rows a batch needs, and returns what its unsequenced messages claim.
pub fn lock_steps<S: Service>(
    service: &S,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
) -> BTreeSet<(&'static str, String)> {
    let mut claims = IdempotencyClaims::default();
    for item in items {
        claims.unsequenced = item.unsequenced;
        service.lock_steps(&item.input, rows, &mut claims);
    }
    claims.claimed
}

/// Handles the messages of a batch in order, and adds what they publish and report to `out`. `fresh` are
/// the pairs of step and correlation that no unsequenced message had run before. `watch` may end it early.
///
/// # Errors
/// [`Undecided`] names every message that cannot be handled. The rows are spoilt by the first of them, so
/// another may have failed only for that: it loses nothing by being tried again later.
pub fn apply<S: Service>(
    service: &S,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
    fresh: BTreeSet<(&'static str, String)>,
    out: &mut Outgoing,
    watch: &mut impl Watch,
) -> Result<(), Undecided> {
    out.fresh = fresh;
    let mut undecided = Undecided::default();
    for (at, item) in items.iter().enumerate() {
        (out.unsequenced, out.exhausted, out.cause) = (item.unsequenced, item.exhausted, at);
        out.ran = None;
        watch.begins(&item.record);
        // The rows are thrown away after a panic, so nothing half-done is seen.
        let handled = catch_unwind(AssertUnwindSafe(|| {
            mutation::delay_handler();
            service.apply(&item.input, rows, out)
        }));
        let handled = handled.unwrap_or_else(|panic| Err(Fault::Panic(panic_text(panic.as_ref()))));
        let step = out.asked.take();
        let mut fault = handled.err().or_else(|| out.fault.take());
        let pace = watch.handled(out.ran);
        if let Pace::TooSlow(slow) = pace {
            fault.get_or_insert(slow);
        } else if pace == Pace::Outlasted && at + 1 < items.len() {
            undecided.outlasted = Some(at + 1);
        }
        let ignored = mutation::active(Mutation::FailedCompensation)
            && matches!(fault, Some(Fault::NothingToCompensate { .. }));
        if let Some(fault) = fault.filter(|_| !ignored) {
            undecided.failures.push(Failure { item: at, fault, step });
        }
        if undecided.outlasted.is_some() {
            break;
        }
    }
    if undecided == Undecided::default() { Ok(()) } else { Err(undecided) }
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
