//! What is tried again after a transaction that could not be committed, and in which groups.

use tracing::warn;

use super::Round;
use super::timer::{Timer, Verdict};
use crate::outcome::Fault;
use crate::protocol::batch::Failure;
use crate::service::Service;

/// Puts off the one that fails, and returns those that wait for rows which other transactions hold locked.
/// The others may have failed only for the rows that the first one has spoilt.
pub(super) fn blame<S: Service>(timers: &mut Vec<Timer<S>>, mut failures: Vec<Failure>) -> Vec<Timer<S>> {
    // From the end, so that the places of the others stay what they are.
    failures.sort_unstable_by_key(|failure| failure.item);
    let mut waiting = Vec::new();
    let first = failures.iter().position(|failure| !failure.fault.is_patient());
    for (place, Failure { item, fault, .. }) in failures.into_iter().enumerate().rev() {
        if fault.is_patient() {
            waiting.push(timers.remove(item));
        } else if Some(place) == first {
            let timer = &mut timers[item];
            timer.verdict = timer.verdict.failed(fault);
        }
    }
    waiting
}

/// Halves what the database refuses together, until the one that it refuses is alone.
pub(super) fn halve<S: Service>(
    mut timers: Vec<Timer<S>>,
    reason: String,
    round: &mut Round,
) -> Vec<Vec<Timer<S>>> {
    match timers.as_mut_slice() {
        [only] if !matches!(only.verdict, Verdict::PutOff { .. }) => {
            only.verdict = only.verdict.failed(Fault::Unstorable(reason));
            vec![timers]
        }
        [only] => {
            let (service, step, correlation) = (S::NAME, S::name_of(only.step), &only.key);
            warn!(service, step, correlation, reason, "the database refuses to put off what is due");
            round.left += 1;
            Vec::new()
        }
        _ => {
            let later = timers.split_off(timers.len() / 2);
            vec![later, timers]
        }
    }
}
