//! Exploring acts in one order finds what exploring them in every order finds,
//! and every finding is real.
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod flows;
mod sizes;
mod specs;

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use saga_cli::check::Checked;
use saga_cli::pipeline::check;
use saga_cli::prove::Exploration;
use saga_cli::prove::explore::{Limits, StateSpace, replay};
use saga_cli::prove::model::FlowModel;
use saga_cli::prove::partial_order::Orders;
use saga_cli::prove::properties::Properties;
use saga_cli::resolved::Resolved;
use saga_cli::source::Source;
use saga_step::flow::{Act, Flow, Note};

/// Larger flows are left out: exploring one without reduction would take seconds.
const LIMITS: Limits = Limits { states: 60_000, bytes: usize::MAX, ..Limits::DEFAULT };

/// What an exploration found: its ends, and what happened at least once.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    ends: BTreeSet<Vec<u8>>,
    notes: BTreeSet<String>,
}

fn explored(flow: &Flow, orders: Orders) -> Option<(StateSpace, Outcome)> {
    let mut seen: HashSet<Note> = HashSet::new();
    let space = StateSpace::explore(flow, orders, LIMITS, &mut |happened| seen.extend(happened)).ok()?;
    let notes = seen.iter().map(|note| format!("{note:?}")).collect();
    let ends = space.ends.iter().map(|end| space.bytes_of(*end as usize).to_vec()).collect();
    Some((space, Outcome { ends, notes }))
}

fn compare(flow: &Flow) -> Result<(usize, usize), TestCaseError> {
    let Some((every, all)) = explored(flow, Orders::Every) else {
        return Err(TestCaseError::reject("too large"));
    };
    let (one, reduced) = explored(flow, Orders::One).expect("it is no larger");
    let lost: Vec<_> = all.ends.difference(&reduced.ends).collect();
    prop_assert!(lost.is_empty(), "{} of {} ends are lost\n{:#?}", lost.len(), all.ends.len(), flow.steps());
    prop_assert_eq!(&reduced.ends, &all.ends);
    let lost: Vec<_> = all.notes.difference(&reduced.notes).collect();
    prop_assert!(lost.is_empty(), "{lost:?} never happen\n{:#?}", flow.steps());
    Ok((one.states(), every.states()))
}

/// A command that is owed late races with what else moves the row.
#[test]
fn a_command_that_is_still_owed_is_waited_for() {
    let (one, every) = compare(&flows::late_command()).expect("both explorations find the same");
    assert!(one <= every);
}

/// Each finding is a run that the flow really takes: it ends, and badly.
fn findings_are_so(spec: &Resolved) -> Result<usize, TestCaseError> {
    let found = Exploration::of(spec, Orders::One, LIMITS).expect("it is no larger");
    let flow = &found.model.flow;
    let properties = Properties::new(spec, &found.model);
    for (violation, end) in &found.violations {
        let mut state = flow.unbegun();
        for (act, choices) in found.space.path_to(*end) {
            prop_assert!(flow.can(&state, act), "{violation:?}: {act:?} cannot happen");
            replay(flow, &mut state, act, &choices, &mut Vec::new());
        }
        prop_assert_eq!(state.as_bytes(), found.space.bytes_of(*end as usize));
        let next: Vec<Act> = flow.acts().into_iter().filter(|act| flow.can(&state, *act)).collect();
        prop_assert!(next.is_empty(), "{violation:?}: {next:?} can still happen");
        prop_assert!(properties.violations(&state).contains(violation), "{violation:?} is not so");
    }
    Ok(found.violations.len())
}

#[test]
fn random_files_end_alike_and_findings_are_so() {
    let (good, bad, violations) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let outcome = runner().run(&specs::saga(), |saga| {
        let text = saga.text();
        let Checked { resolved: spec, found } = check(&Source::new("saga.yaml", text.as_str()));
        let spec = spec.filter(|_| !found.has_errors());
        let spec = spec.ok_or_else(|| TestCaseError::reject(format!("{found:?}\n{text}")))?;
        compare(&FlowModel::of(&spec).flow).map_err(|error| match error {
            TestCaseError::Fail(why) => TestCaseError::fail(format!("{why}\n{text}")),
            reject => reject,
        })?;
        let count = findings_are_so(&spec)?;
        violations.set(violations.get() + count);
        let kind = if count == 0 { &good } else { &bad };
        kind.set(kind.get() + 1);
        Ok(())
    });
    println!("{} files are good, {} are bad: {} findings", good.get(), bad.get(), violations.get());
    outcome.unwrap_or_else(|found| panic!("{found}"));
    assert!(good.get() > 0 && bad.get() > 0, "files of both kinds are tried");
}

#[test]
fn random_flows_end_alike_in_one_order_and_in_every_order() {
    let states = Cell::new((0, 0));
    let outcome = runner().run(&flows::raw(), |raw| {
        let (one, every) = compare(&flows::flow(&raw))?;
        let (ones, everys) = states.get();
        states.set((ones + one, everys + every));
        Ok(())
    });
    let (one, every) = states.get();
    println!("{} flows: {one} states in one order, {every} in every order", cases());
    outcome.unwrap_or_else(|found| panic!("{found}"));
}

/// `REDUCTION_CASES=50000 cargo test --release --test reduction` tries more.
fn cases() -> u32 {
    std::env::var("REDUCTION_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(500)
}

fn runner() -> TestRunner {
    let cases = cases();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(ProptestConfig { max_global_rejects: 10 * cases, ..config })
}
