//! What a batch of messages does to the loaded rows, and what it publishes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::breaks;
use crate::context::{Context, Fault, OncePairs, Outgoing};
use crate::core::admit::Admission;
use crate::core::sequence::{Cause, Partitions, Sender, Sequence};
use crate::record::Record;
use crate::service::Service;
use crate::store::Outbox;

/// A message of a batch, read.
#[derive(Debug)]
pub struct Item<'r, I> {
    /// What it says.
    pub input: I,
    /// The message.
    pub record: &'r Record,
    /// Which partition of the batch it belongs to.
    pub part: usize,
    /// The offset that brought it up.
    pub due_to: i64,
    /// Whether it came without our headers.
    pub foreign: bool,
}

/// A message that cannot be handled: its partition ends before it, for now.
#[derive(Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The partition, by its place in the batch.
    pub part: usize,
    /// The offset before which the partition has to end.
    pub offset: i64,
    /// Why.
    pub fault: Fault,
}

/// Reads the admitted messages of all partitions of a batch.
///
/// # Errors
/// [`Stuck`] at the first that is not what its topic promises.
pub fn decode<'r, S: Service>(admissions: &[Admission<'r>]) -> Result<Vec<Item<'r, S::Input>>, Stuck> {
    let admitted =
        admissions.iter().enumerate().flat_map(|(part, a)| a.inputs.iter().map(move |input| (part, input)));
    admitted
        .filter(|(_, admitted)| !breaks::off("undecodable") || decodes::<S>(admitted.record))
        .map(|(part, admitted)| {
            let record = admitted.record;
            let input = S::decode(record.origin.topic, record.value()).map_err(|error| Stuck {
                part,
                offset: admitted.due_to,
                fault: Fault::Undecodable(error.to_string()),
            })?;
            Ok(Item { input, record, part, due_to: admitted.due_to, foreign: admitted.foreign })
        })
        .collect()
}

fn decodes<S: Service>(record: &Record) -> bool {
    S::decode(record.origin.topic, record.value()).is_ok()
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
/// correlation that no foreign message had run before.
///
/// # Errors
/// [`Stuck`] at the first message that cannot be handled. The rows are spoilt then.
pub fn apply<S: Service>(
    service: &S,
    items: &[Item<'_, S::Input>],
    rows: &mut S::Rows,
    fresh: BTreeSet<(&'static str, String)>,
) -> Result<Outgoing, Stuck> {
    let mut out = Outgoing { fresh, ..Outgoing::default() };
    for (at, item) in items.iter().enumerate() {
        out.foreign = item.foreign;
        out.cause = at;
        let mut context = Context { rows: &mut *rows, out: &mut out };
        // The rows are thrown away after a panic, so nothing half-done is seen.
        let handled = catch_unwind(AssertUnwindSafe(|| service.apply(&item.input, &mut context)))
            .unwrap_or_else(|panic| Err(Fault::Panic(panic_text(panic.as_ref()))));
        let fault = handled.err().or_else(|| out.fault.take());
        let ignored =
            breaks::off("failed-compensation") && matches!(fault, Some(Fault::NothingToCompensate { .. }));
        if let Some(fault) = fault.filter(|_| !ignored) {
            return Err(Stuck { part: item.part, offset: item.due_to, fault });
        }
    }
    Ok(out)
}

/// Numbers what a batch publishes: each emission by the shard of the message that caused it.
///
/// # Errors
/// [`Stuck`] at the first message whose emission no broker would take.
pub fn number<I>(
    out: &Outgoing,
    items: &[Item<'_, I>],
    sequences: &mut [Sequence],
    sender: Sender<'_>,
    partitions: &Partitions,
) -> Result<Outbox, Stuck> {
    let mut outbox = Outbox::default();
    for emission in &out.emissions {
        let item = &items[emission.cause];
        let cause = Cause { id: item.record.header("ce_id"), trace: item.record.header("traceparent") };
        sequences[item.part]
            .push(emission, &out.bytes, sender, cause, partitions, &mut outbox)
            .map_err(|fault| Stuck { part: item.part, offset: item.due_to, fault })?;
    }
    Ok(outbox)
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
