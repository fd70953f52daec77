//! What must hold at the end of every run, and how it can be violated.

use std::collections::HashSet;

use saga_step::flow::{Compensated, Compensation, Note, RowUse, State};
use saga_step::{Mode, Phase};

use super::model::FlowModel;
use crate::resolved::{HandlerKind, Resolved, Step};

/// A property that an end violates. Steps, entities and needs are indices into
/// the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Violation {
    /// The row stays in a status that is not an end.
    Unfinished {
        /// The entity of the row.
        entity: usize,
    },
    /// One row is done although another failed.
    MixedOutcome {
        /// The entity whose row is done.
        done: usize,
        /// The entity whose row failed.
        failed: usize,
    },
    /// The step waits for a message that never comes: the first missing one of
    /// those it needs all of, or any of those it needs one of.
    WaitsForever {
        /// The step that waits.
        step: usize,
        /// The index of the need; none for those it needs one of.
        need: Option<usize>,
    },
    /// The step acted, the saga failed, and the file declares no compensation.
    Uncompensated {
        /// The step that acted.
        step: usize,
    },
    /// The step acted, the saga failed, and its compensation did not run.
    NotCompensated {
        /// The step that acted.
        step: usize,
    },
    /// The step was compensated although the saga is done.
    CompensatedThoughDone {
        /// The step that acted.
        step: usize,
    },
    /// The step ran twice.
    RunsTwice {
        /// The step that ran.
        step: usize,
    },
    /// The step was compensated twice.
    CompensatedTwice {
        /// The step that acted.
        step: usize,
    },
    /// Two steps would end the row, one as done and one as failed.
    ConflictingEnds {
        /// The entity of the row.
        entity: usize,
    },
}

/// How an instance ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Some row is done, and none failed.
    Done,
    /// Some row failed, and none is done.
    Failed,
    /// Neither, or both.
    Neither,
}

/// Checks the ends of one flow.
pub struct Properties<'m> {
    model: &'m FlowModel,
    /// Whether each step has an effect that outlives a failed saga.
    acts: Vec<bool>,
}

impl<'m> Properties<'m> {
    /// The properties of this flow. Which steps leave an effect depends only on
    /// the file, so it is computed once.
    pub fn new(spec: &Resolved, model: &'m FlowModel) -> Self {
        let acts = model.steps.iter().map(|step| leaves_an_effect(spec, spec.step(*step)));
        let acts = acts.zip(after_failure(spec, model)).map(|(acts, after)| acts && !after).collect();
        Self { model, acts }
    }

    /// Whether the saga is done or failed in this end.
    pub fn ending(&self, state: &State) -> Ending {
        match (self.first(state, Phase::Done), self.first(state, Phase::Failed)) {
            (Some(_), None) => Ending::Done,
            (None, Some(_)) => Ending::Failed,
            _ => Ending::Neither,
        }
    }

    /// The first entity whose row is in such a phase.
    fn first(&self, state: &State, phase: Phase) -> Option<usize> {
        let flow = &self.model.flow;
        (0..flow.entities().len()).find(|entity| {
            flow.status(state, *entity).is_some_and(|status| flow.phase(*entity, status) == phase)
        })
    }

    /// Every property that this end violates.
    pub fn violations(&self, state: &State) -> Vec<Violation> {
        let flow = &self.model.flow;
        let mut violations = Vec::new();
        for entity in 0..flow.entities().len() {
            let open = |status| flow.phase(entity, status) == Phase::Open;
            let has_ends = flow.entities()[entity].statuses.iter().any(|phase| *phase != Phase::Open);
            if has_ends && flow.status(state, entity).is_some_and(open) {
                violations.push(Violation::Unfinished { entity });
            }
            if flow.in_conflict(state, entity) {
                violations.push(Violation::ConflictingEnds { entity });
            }
        }
        if let (Some(done), Some(failed)) = (self.first(state, Phase::Done), self.first(state, Phase::Failed))
        {
            violations.push(Violation::MixedOutcome { done, failed });
        }
        for step in 0..flow.steps().len() {
            self.check_step(state, step, &mut violations);
        }
        violations
    }

    fn check_step(&self, state: &State, step: usize, violations: &mut Vec<Violation>) {
        let flow = &self.model.flow;
        let def = &flow.steps()[step];
        let mode = flow.mode(state, step);
        if let Some(need) = self.missing(state, step) {
            violations.push(Violation::WaitsForever { step, need });
        }
        if flow.ran_twice(state, step) && def.compensates.is_none() {
            violations.push(Violation::RunsTwice { step });
        }
        let compensated = flow.compensated(state, step);
        if compensated == Compensated::Twice {
            violations.push(Violation::CompensatedTwice { step });
        }
        let acted = mode == Mode::Done || flow.is_unknown(state, step);
        match (self.ending(state), &def.undo) {
            (Ending::Failed, Compensation::Missing) if acted && self.acts[step] => {
                violations.push(Violation::Uncompensated { step });
            }
            (Ending::Failed, Compensation::Derived { .. } | Compensation::Command)
                if acted && compensated < Compensated::Once =>
            {
                violations.push(Violation::NotCompensated { step });
            }
            (Ending::Done, Compensation::Derived { .. } | Compensation::Command)
                if mode == Mode::Done && compensated >= Compensated::Once =>
            {
                violations.push(Violation::CompensatedThoughDone { step });
            }
            _ => {}
        }
    }

    /// What a waiting step lacks. A person is free not to act: a step that lacks
    /// nothing else does not wait forever.
    fn missing(&self, state: &State, step: usize) -> Option<Option<usize>> {
        let flow = &self.model.flow;
        let def = &flow.steps()[step];
        let waits = def.kept && flow.mode(state, step) == Mode::Waiting && flow.waits(state, step);
        if !waits {
            return None;
        }
        let lacks = |need: &usize| !flow.has_arrived(state, step, *need);
        let lacking = (0..def.all.len()).find(lacks);
        match lacking {
            None if def.any.is_empty() || flow.took_alternative(state, step) => None,
            lacking => Some(lacking),
        }
    }
}

/// Whether a step leaves an effect that a failed saga has to undo. A row with a
/// failed status needs none: the status says that it no longer counts.
fn leaves_an_effect(spec: &Resolved, step: &Step) -> bool {
    if matches!(step.kind, crate::resolved::StepKind::Compensation(_)) {
        return false;
    }
    let can_fail = |entity| spec.entity(entity).status.as_ref().is_some_and(|it| !it.failed.is_empty());
    let created = step.creates.as_ref().is_some_and(|creation| !can_fail(creation.entity));
    let changed = step.rows.iter().any(|row| !can_fail(row.entity));
    created || changed || step.handler != HandlerKind::State
}

/// The steps that run only because the saga failed: their effects are the
/// reaction to the failure, and need no compensation.
fn after_failure(spec: &Resolved, model: &FlowModel) -> Vec<bool> {
    let flow = &model.flow;
    let mut after_messages: Vec<bool> =
        (0..model.messages.len()).map(|it| implies_failure(spec, model, it)).collect();
    let mut senders = vec![Vec::new(); model.messages.len()];
    for (step, def) in flow.steps().iter().enumerate() {
        def.sends().for_each(|message| senders[message].push(step));
    }
    let mut after = vec![false; flow.steps().len()];
    loop {
        let before = after.clone();
        for (step, def) in flow.steps().iter().enumerate() {
            let late = |need: &saga_step::flow::Need| need.accepts.iter().all(|it| after_messages[*it]);
            after[step] |= def.all.iter().any(late);
        }
        for (after_message, senders) in after_messages.iter_mut().zip(&senders) {
            *after_message |= !senders.is_empty() && senders.iter().all(|step| after[*step]);
        }
        if after == before {
            return after;
        }
    }
}

/// Whether a message implies that the saga failed: a step fails a row on it. If
/// that step needs other messages too, only a failing variant implies it, for
/// the others may come in every run.
fn implies_failure(spec: &Resolved, model: &FlowModel, message: usize) -> bool {
    let flow = &model.flow;
    let (event, variant) = model.messages[message];
    let says_so = variant.is_some() && variant == spec.event(event).failing();
    let fails = |used: &RowUse| match used {
        RowUse::Own { entity, to: Some(to), .. } => flow.phase(*entity, *to) == Phase::Failed,
        RowUse::Own { .. } | RowUse::Shared { .. } => false,
    };
    flow.steps().iter().filter(|step| step.rows.iter().any(fails)).any(|step| {
        let needed = step.all.iter().chain(&step.any).any(|need| need.accepts.contains(&message));
        let alone = step.all.len() + usize::from(!step.any.is_empty()) == 1;
        needed && (alone || says_so)
    })
}

/// What happens in at least one run.
#[derive(Debug, Default)]
pub struct Reached(HashSet<Note>);

impl Reached {
    /// Records what happened in a transition.
    pub fn record(&mut self, notes: &[Note]) {
        self.0.extend(notes);
    }

    /// Whether this ever happened.
    pub fn has(&self, note: Note) -> bool {
        self.0.contains(&note)
    }
}
