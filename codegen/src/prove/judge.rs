//! What is wrong with an end.

use std::collections::HashSet;

use saga_step::flow::{Compensated, Compensation, Note, RowUse, State};
use saga_step::{Mode, Phase};

use super::model::FlowModel;
use crate::checked::{CheckedSpec, HandlerKind, Step};

/// Something that must not be, at an end of the saga. Steps, entities and
/// needs by their places in the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flaw {
    /// The row rests in a status that is no end.
    Rests {
        /// The entity.
        entity: usize,
    },
    /// One row is done, and another failed.
    Mixed {
        /// The entity that is done.
        done: usize,
        /// The entity that failed.
        failed: usize,
    },
    /// The step waits for a message that does not come: the first of those it
    /// needs all of, or none for those it needs one of.
    Waits {
        /// The step.
        step: usize,
        /// The place of the need.
        need: Option<usize>,
    },
    /// The step acted, the saga failed, and nothing is said of the effect.
    Uncompensated {
        /// The step.
        step: usize,
    },
    /// The step acted, the saga failed, and its compensation did not run.
    NotUndone {
        /// The step.
        step: usize,
    },
    /// The step's effect was compensated, and the saga is done.
    UndoneThoughDone {
        /// The step.
        step: usize,
    },
    /// The step ran twice.
    Twice {
        /// The step.
        step: usize,
    },
    /// The step's effect was compensated twice.
    UndoneTwice {
        /// The step.
        step: usize,
    },
    /// The row was told both to be done and to fail.
    TwoDeciders {
        /// The entity.
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

/// Judges ends.
pub struct Judge<'m> {
    model: &'m FlowModel,
    /// Whether each step has an effect that outlives a failed saga.
    acts: Vec<bool>,
}

impl<'m> Judge<'m> {
    /// A judge of the ends of this flow.
    pub fn new(spec: &CheckedSpec, model: &'m FlowModel) -> Self {
        let acts = model.steps.iter().map(|step| leaves_an_effect(spec, spec.step(*step)));
        let acts = acts.zip(after_failure(spec, model)).map(|(acts, after)| acts && !after).collect();
        Self { model, acts }
    }

    /// How an end is.
    pub fn ending(&self, state: &State) -> Ending {
        match (self.first(state, Phase::Done), self.first(state, Phase::Failed)) {
            (Some(_), None) => Ending::Done,
            (None, Some(_)) => Ending::Failed,
            _ => Ending::Neither,
        }
    }

    /// The first row in a status of that kind.
    fn first(&self, state: &State, phase: Phase) -> Option<usize> {
        let flow = &self.model.flow;
        (0..flow.entities().len()).find(|entity| {
            flow.status(state, *entity).is_some_and(|status| flow.phase(*entity, status) == phase)
        })
    }

    /// Everything that is wrong with an end.
    pub fn flaws(&self, state: &State) -> Vec<Flaw> {
        let flow = &self.model.flow;
        let mut flaws = Vec::new();
        for entity in 0..flow.entities().len() {
            let open = |status| flow.phase(entity, status) == Phase::Open;
            let has_ends = flow.entities()[entity].statuses.iter().any(|phase| *phase != Phase::Open);
            if has_ends && flow.status(state, entity).is_some_and(open) {
                flaws.push(Flaw::Rests { entity });
            }
            if flow.in_conflict(state, entity) {
                flaws.push(Flaw::TwoDeciders { entity });
            }
        }
        if let (Some(done), Some(failed)) = (self.first(state, Phase::Done), self.first(state, Phase::Failed))
        {
            flaws.push(Flaw::Mixed { done, failed });
        }
        for step in 0..flow.steps().len() {
            self.judge_step(state, step, &mut flaws);
        }
        flaws
    }

    fn judge_step(&self, state: &State, step: usize, flaws: &mut Vec<Flaw>) {
        let flow = &self.model.flow;
        let def = &flow.steps()[step];
        let mode = flow.mode(state, step);
        if let Some(need) = self.missing(state, step) {
            flaws.push(Flaw::Waits { step, need });
        }
        if flow.ran_twice(state, step) && def.compensates.is_none() {
            flaws.push(Flaw::Twice { step });
        }
        let compensated = flow.compensated(state, step);
        if compensated == Compensated::Twice {
            flaws.push(Flaw::UndoneTwice { step });
        }
        let acted = mode == Mode::Done || flow.is_unknown(state, step);
        match (self.ending(state), &def.undo) {
            (Ending::Failed, Compensation::Missing) if acted && self.acts[step] => {
                flaws.push(Flaw::Uncompensated { step });
            }
            (Ending::Failed, Compensation::Derived { .. } | Compensation::Command)
                if acted && compensated < Compensated::Once =>
            {
                flaws.push(Flaw::NotUndone { step });
            }
            (Ending::Done, Compensation::Derived { .. } | Compensation::Command)
                if mode == Mode::Done && compensated >= Compensated::Once =>
            {
                flaws.push(Flaw::UndoneThoughDone { step });
            }
            _ => {}
        }
    }

    /// What a waiting step lacks. People are free not to act: a step that
    /// lacks nothing else does not wait in vain.
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

/// Whether a step leaves something behind that a failed saga has to undo. A
/// row that can fail says itself that it came to nothing.
fn leaves_an_effect(spec: &CheckedSpec, step: &Step) -> bool {
    if matches!(step.kind, crate::checked::StepKind::Compensation(_)) {
        return false;
    }
    let can_fail = |entity| spec.entity(entity).status.as_ref().is_some_and(|it| !it.failed.is_empty());
    let created = step.creates.as_ref().is_some_and(|creation| !can_fail(creation.entity));
    let changed = step.rows.iter().any(|row| !can_fail(row.entity));
    created || changed || step.handler != HandlerKind::State
}

/// The steps that run only when the saga has failed, and because of it: what
/// they do is done about the failure.
fn after_failure(spec: &CheckedSpec, model: &FlowModel) -> Vec<bool> {
    let flow = &model.flow;
    let mut after_messages: Vec<bool> =
        (0..model.messages.len()).map(|it| tells_of_failure(spec, model, it)).collect();
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

/// Whether a message comes only when the saga fails. Beside a failure, a step
/// that ends a row may need what comes in every run.
fn tells_of_failure(spec: &CheckedSpec, model: &FlowModel, message: usize) -> bool {
    let flow = &model.flow;
    let (event, variant) = model.messages[message];
    let says_so = variant.is_some() && variant == spec.event(event).failing();
    let fails = |used: &RowUse| match used {
        RowUse::Own { entity, to: Some(to), .. } => flow.phase(*entity, *to) == Phase::Failed,
        RowUse::Own { .. } | RowUse::Shared => false,
    };
    flow.steps().iter().filter(|step| step.rows.iter().any(fails)).any(|step| {
        let needed = step.all.iter().chain(&step.any).any(|need| need.accepts.contains(&message));
        let alone = step.all.len() + usize::from(!step.any.is_empty()) == 1;
        needed && (alone || says_so)
    })
}

/// What happened at least once, in some run.
#[derive(Debug, Default)]
pub struct Reached(HashSet<Note>);

impl Reached {
    /// Takes down what happened in an act.
    pub fn saw(&mut self, notes: &[Note]) {
        self.0.extend(notes);
    }

    /// Whether that ever happened.
    pub fn has(&self, note: Note) -> bool {
        self.0.contains(&note)
    }
}
