//! The invariants, one function each, over what was read.

mod counters;
mod effects;
mod instance;
mod numbers;
mod orders;
mod outbox;
mod poison;
mod seen;
mod sequence;
mod stock;
mod waiting;

use super::evidence::Evidence;
use super::invariant::Invariant;
use super::report::{Finding, Report};
use super::story;

use instance::Instances;

/// Says what does not hold.
pub(super) fn check(evidence: &Evidence) -> Report {
    let instances = Instances::of(evidence);
    let findings = vec![
        stock::check(evidence, &instances),
        orders::check(evidence, &instances),
        effects::check(evidence, &instances),
        outbox::check(evidence),
        sequence::check(evidence),
        numbers::check(evidence),
        counters::check(evidence),
        waiting::check(evidence, &instances),
        seen::check(evidence),
    ];
    let first_wrong = findings.iter().find_map(Finding::first_order);
    Report { story: first_wrong.map(|order| story::tell(evidence, order)), findings }
}
