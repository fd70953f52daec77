//! The walk that tries acts in one order finds what the walk in every order
//! finds, and what it finds is so.

mod flows;

use std::collections::BTreeSet;

use codegen::prove::walk::{Limits, Orders, Walk, walk};
use proptest::prelude::*;
use step::flow::{Flow, Note};

/// Larger flows are left out: the unreduced walk of one would take seconds.
const LIMITS: Limits = Limits { states: 60_000, bytes: usize::MAX };

/// What a walk found: its ends, and what happened at least once.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    ends: BTreeSet<Vec<u8>>,
    notes: BTreeSet<String>,
}

fn walked(flow: &Flow, orders: Orders) -> Option<(Walk, Outcome)> {
    let mut notes: BTreeSet<String> = BTreeSet::new();
    let mut seen: std::collections::HashSet<Note> = std::collections::HashSet::new();
    let walk = walk(flow, orders, LIMITS, &mut |happened| seen.extend(happened)).ok()?;
    notes.extend(seen.iter().map(|note| format!("{note:?}")));
    let ends = walk.ends.iter().map(|end| walk.bytes_of(*end as usize).to_vec()).collect();
    Some((walk, Outcome { ends, notes }))
}

fn compare(flow: &Flow) -> Result<(usize, usize), TestCaseError> {
    let Some((every, all)) = walked(flow, Orders::Every) else {
        return Err(TestCaseError::reject("too large"));
    };
    let (one, reduced) = walked(flow, Orders::One).expect("it is no larger");
    let lost: Vec<_> = all.ends.difference(&reduced.ends).collect();
    prop_assert!(lost.is_empty(), "{} of {} ends are lost\n{:#?}", lost.len(), all.ends.len(), flow.steps());
    prop_assert_eq!(&reduced.ends, &all.ends);
    let lost: Vec<_> = all.notes.difference(&reduced.notes).collect();
    prop_assert!(lost.is_empty(), "{lost:?} never happen\n{:#?}", flow.steps());
    Ok((one.states(), every.states()))
}

fn cases() -> u32 {
    std::env::var("REDUCTION_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(300)
}

#[test]
fn random_flows_end_alike_in_one_order_and_in_every_order() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: cases(),
        max_global_rejects: 4_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let states = std::cell::Cell::new((0, 0));
    let outcome = runner.run(&flows::raw(), |raw| {
        let (one, every) = compare(&flows::flow(&raw))?;
        let (ones, everys) = states.get();
        states.set((ones + one, everys + every));
        Ok(())
    });
    let (one, every) = states.get();
    println!("{} flows: {one} states in one order, {every} in every order", cases());
    if let Err(found) = outcome {
        panic!("{found}");
    }
}
