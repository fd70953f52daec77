//! What a batch of messages does to the loaded rows, and what it publishes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::context::{Context, Fault, OncePairs, Outgoing, Spent};
use crate::mutation::{self, Mutation};
use crate::protocol::numbering::{Cause, Partitions, Sender, Sequence};
use crate::protocol::records::Outbox;
use crate::record::Record;
use crate::service::Service;
use crate::wire::Trace;

/// A message of a batch, read.
#[derive(Debug)]
pub struct Item<'r, I> {
    /// What it says.
    pub input: I,
    /// The message.
    pub record: &'r Record,
    /// Which partition of the batch it belongs to.
    pub part: usize,
    /// Whether it came without our headers.
    pub foreign: bool,
    /// The steps that have failed on it too often to be asked again.
    pub spent: Spent,
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

/// Names the step rows a batch needs, and the steps that foreign messages want to run.
pub fn want_steps<S: Service>(
    service: &S,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
) -> BTreeSet<(&'static str, String)> {
    let mut once = OncePairs::default();
    for item in items {
        once.foreign = item.foreign;
        service.want_steps(&item.input, rows, &mut once);
    }
    once.wanted
}

/// Handles the messages of a batch in order. `fresh` are the pairs of step and
/// correlation that no foreign message had run before; `traced` says whether notes are wanted
/// that the log does not want.
///
/// # Errors
/// Every message that cannot be handled. The rows are spoilt by the first of them, so another may
/// have failed only for that: it loses nothing by being tried again later.
pub fn apply<S: Service>(
    service: &S,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
    fresh: BTreeSet<(&'static str, String)>,
    traced: bool,
) -> Result<Outgoing, Vec<Failure>> {
    let mut out = Outgoing { fresh, traced, ..Outgoing::default() };
    let mut failures = Vec::new();
    for (at, item) in items.iter().enumerate() {
        (out.foreign, out.spent, out.cause) = (item.foreign, item.spent, at);
        let mut context = Context { rows: &mut *rows, out: &mut out };
        // The rows are thrown away after a panic, so nothing half-done is seen.
        let handled = catch_unwind(AssertUnwindSafe(|| service.apply(&item.input, &mut context)))
            .unwrap_or_else(|panic| Err(Fault::Panic(panic_text(panic.as_ref()))));
        let step = out.asked.take();
        let fault = handled.err().or_else(|| out.fault.take());
        let ignored = mutation::active(Mutation::FailedCompensation)
            && matches!(fault, Some(Fault::NothingToCompensate { .. }));
        if let Some(fault) = fault.filter(|_| !ignored) {
            failures.push(Failure { item: at, fault, step });
        }
    }
    if failures.is_empty() { Ok(out) } else { Err(failures) }
}

/// Numbers what a batch publishes: each emission by the shard of the message that caused it. `follow`
/// makes the span of such a message out of its `traceparent`; the spans are returned, too, by the
/// places of their messages in the batch.
///
/// # Errors
/// [`Failure`] of the first message whose emission no broker would take.
pub fn number<I>(
    out: &Outgoing,
    items: &[Item<'_, I>],
    sequences: &mut [Sequence],
    sender: Sender<'_>,
    partitions: &Partitions,
    mut follow: impl FnMut(Option<&str>) -> Trace,
) -> Result<(Outbox, Vec<(usize, Trace)>), Failure> {
    let mut outbox = Outbox::default();
    let mut traces: Vec<(usize, Trace)> = Vec::new();
    for emission in &out.emissions {
        let item = &items[emission.cause];
        let trace = match traces.last() {
            Some((cause, trace)) if *cause == emission.cause => *trace,
            _ => {
                let trace = follow(item.record.header("traceparent"));
                traces.push((emission.cause, trace));
                trace
            }
        };
        let cause = Cause { id: item.record.header("ce_id"), trace };
        sequences[item.part]
            .push(emission, &out.bytes, sender, cause, partitions, &mut outbox)
            .map_err(|fault| Failure { item: emission.cause, fault, step: None })?;
    }
    Ok((outbox, traces))
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
