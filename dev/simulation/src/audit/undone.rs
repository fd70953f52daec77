//! Whether a compensation gives back what its step took, to the last piece.
//!
//! It is about the numbers in rows: what a handler adds to one, its compensation must take away. Handlers run more often
//! than their transactions are committed, so it is enough that one attempt of each fits the other.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::Decimal;

use super::Evidence;
use crate::saga::Saga;
use crate::team::Origin;
use crate::twice::{At, place};

type Changes = BTreeMap<At, Decimal>;

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let steps: BTreeSet<_> = evidence.effects.keys().map(|(step, _, key)| (*step, key)).collect();
    let mut findings = Vec::new();
    for (step, key) in steps {
        let attempts =
            |undoes| evidence.effects.get(&(step, undoes, key.clone())).map_or(&[][..], Vec::as_slice);
        let (done, undone) = (attempts(false), attempts(true));
        let pairs = done.iter().flat_map(|done| undone.iter().map(move |undone| (done, undone)));
        let left: Vec<_> = pairs.map(|(done, undone)| remains(saga, step, done, undone)).collect();
        if left.iter().any(Vec::is_empty) || saga.team.origin(key, evidence) == Origin::Stray {
            continue;
        }
        if let Some(left) = left.last() {
            findings.push(format!(
                "instance {key}: what the compensation of {step} gives back is not what {step} took: {}. If that is \
                 meant, say so in `Team::may_remain`",
                left.join(", ")
            ));
        }
    }
    findings
}

/// What a step and its compensation leave together, in words.
fn remains(saga: &Saga, step: &'static str, done: &Changes, undone: &Changes) -> Vec<String> {
    let by = |changes: &Changes, at: &At| changes.get(at).copied().unwrap_or_default();
    let places: BTreeSet<&At> = done.keys().chain(undone.keys()).collect();
    let counts = places.into_iter().filter(|(table, _, column)| {
        !saga.plan.writes(step, table, column) && !saga.team.may_remain(step, column)
    });
    let both = counts.map(|at| (at, by(done, at), by(undone, at)));
    let unequal = both.filter(|(_, done, undone)| *done != -*undone);
    unequal
        .map(|(at, done, undone)| {
            let place = place(at);
            if undone.is_zero() {
                format!("{place} was changed by {done}, and that was never undone")
            } else if done.is_zero() {
                format!("{place} was not changed, and then by {undone}")
            } else {
                format!("{place} was changed by {done}, and then by {undone}")
            }
        })
        .collect()
}
