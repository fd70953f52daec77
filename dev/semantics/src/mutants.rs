//! Models that are a little different: a comparison that agrees with one of
//! them as well sees nothing.

use saga_step::flow::{Compensation, Flow, Need, RowUse, Start, Step};

use super::saga::Saga;

/// A change of one step, and its name. None where it would change nothing.
type Change = (&'static str, fn(&Step) -> Option<Step>);

const CHANGES: [Change; 16] = [
    ("owes nothing", |step| {
        (!step.commands.is_empty()).then(|| Step { commands: Vec::new(), ..step.clone() })
    }),
    ("is not closed", |step| {
        (!step.closers.is_empty()).then(|| Step { closers: Vec::new(), ..step.clone() })
    }),
    ("forgets", |step| (step.all.len() > 1).then(|| Step { kept: false, ..step.clone() })),
    ("does not wait for all", |step| {
        (step.all.len() > 1).then(|| Step { all: step.all[..step.all.len() - 1].to_vec(), ..step.clone() })
    }),
    ("says nothing when it fails", |step| {
        step.failure.is_some().then(|| Step { failure: None, rejects: false, ..step.clone() })
    }),
    ("is never rejected", |step| {
        (step.rejects && step.start == Start::Messages).then(|| Step { rejects: false, ..step.clone() })
    }),
    ("publishes nothing", |step| {
        let publishes = step.successes.iter().any(|way| !way.is_empty());
        publishes.then(|| Step { successes: vec![Vec::new()], ..step.clone() })
    }),
    ("takes one variant for another", |step| {
        let mut successes = step.successes.clone();
        successes.rotate_left(1);
        (successes != step.successes).then(|| Step { successes, ..step.clone() })
    }),
    ("waits for no time", |step| step.deadline.then(|| Step { deadline: false, ..step.clone() })),
    ("waits for no request", |step| {
        let asked = step.start == Start::Person && !step.all.is_empty();
        asked.then(|| Step { start: Start::Messages, ..step.clone() })
    }),
    ("waits for no answer", |step| step.calls.then(|| Step { calls: false, ..step.clone() })),
    ("is not compensated", |step| {
        let derived = matches!(step.undo, Compensation::Derived { .. });
        derived.then(|| Step { undo: Compensation::Missing, ..step.clone() })
    }),
    ("takes every branch", |step| {
        let closes = |message: &usize| step.closers.contains(message);
        let branches = |need: &Need| !need.excludes.iter().all(closes);
        let free = |need: &Need| Need { excludes: Vec::new(), ..need.clone() };
        let waits = step.kept && step.all.iter().any(branches);
        waits.then(|| Step { all: step.all.iter().map(free).collect(), ..step.clone() })
    }),
    ("accepts every status", |step| {
        let guards = |used: &RowUse| matches!(used, RowUse::Own { from: Some(_), .. });
        let open = |used: &RowUse| match used.clone() {
            RowUse::Own { entity, to, early, .. } => {
                RowUse::Own { entity, from: None, to, unguarded: true, early }
            }
            shared @ RowUse::Shared { .. } => shared,
        };
        let rows = step.rows.iter().map(open).collect();
        let asked = step.start == Start::Person && step.rows.iter().any(guards);
        asked.then(|| Step { rows, ..step.clone() })
    }),
    ("creates nothing", |step| step.creates.map(|_| Step { creates: None, ..step.clone() })),
    ("moves nothing", |step| {
        let moves = |used: &RowUse| matches!(used, RowUse::Own { to: Some(_), .. });
        let still = |used: &RowUse| match used.clone() {
            RowUse::Own { entity, from, unguarded, early, .. } => {
                RowUse::Own { entity, from, to: None, unguarded, early }
            }
            shared @ RowUse::Shared { .. } => shared,
        };
        let rows = step.rows.iter().map(still).collect();
        step.rows.iter().any(moves).then(|| Step { rows, ..step.clone() })
    }),
];

impl Saga {
    /// Finds every model out in which one step is another. Returns how many there are.
    pub(super) fn tells_mutants(&self) -> usize {
        let flow = &self.model.flow;
        let mut told = 0;
        for (at, step) in flow.steps().iter().enumerate() {
            for (what, change) in CHANGES {
                let Some(changed) = change(step) else { continue };
                let name = format!("a model in which `{}` {what}", self.step_name(at));
                assert!(self.differs(&self.with(at, changed)), "{name} is not told from it");
                told += 1;
            }
        }
        told
    }

    fn with(&self, at: usize, changed: Step) -> Flow {
        let flow = &self.model.flow;
        let mut steps = flow.steps().to_vec();
        steps[at] = changed;
        let services = self.spec.services().len();
        let messages = self.model.messages.len();
        Flow::new(services, messages, steps, flow.entities().to_vec(), flow.external_events().to_vec())
    }
}
