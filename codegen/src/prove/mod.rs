//! Proves that every run of a saga ends well, by exploring all of them.

pub mod certificate;
pub mod explore;
pub mod model;
pub mod partial_order;
pub mod properties;
pub mod report;
pub mod trace;

use std::collections::BTreeMap;

use saga_step::Mode;
use saga_step::flow::State;

use crate::checked::CheckedSpec;
use crate::diagnostic::{Code, Diagnostic, counted};
use explore::{Limits, Orders, StateSpace, TooLarge};
use model::FlowModel;
use properties::{Ending, Properties, Reached, Violation};

/// What exploring a saga found out.
#[derive(Debug)]
pub struct Exploration {
    /// What was explored.
    pub model: FlowModel,
    /// Every state it can reach.
    pub space: StateSpace,
    /// What is wrong, each with the nearest end that shows it.
    pub violations: BTreeMap<Violation, u32>,
    /// How many ends keep all effects.
    pub done: usize,
    /// How many ends compensate all effects.
    pub failed: usize,
    /// The nearest end that keeps all effects.
    pub a_done_end: Option<u32>,
    /// What happened in some run.
    pub reached: Reached,
    /// For each step, whether it ran in every end that is done, and in none
    /// that failed.
    pub decides: Vec<bool>,
}

impl Exploration {
    /// Explores a saga and judges its ends.
    ///
    /// # Errors
    /// [`TooLarge`] when the limits are reached.
    pub fn of(spec: &CheckedSpec, orders: Orders, limits: Limits) -> Result<Self, TooLarge> {
        let model = FlowModel::of(spec);
        let flow = &model.flow;
        let mut reached = Reached::default();
        let space = StateSpace::explore(flow, orders, limits, &mut |notes| reached.record(notes))?;
        let properties = Properties::new(spec, &model);
        let mut violations = BTreeMap::new();
        let (mut done, mut failed, mut a_done_end) = (0, 0, None);
        let mut decides = vec![true; flow.steps().len()];
        let mut state = flow.unbegun();
        for &end in &space.ends {
            state.copy_from(space.bytes_of(end as usize));
            if !flow.begun(&state) {
                continue;
            }
            for violation in properties.violations(&state) {
                violations.entry(violation).or_insert(end);
            }
            let ending = properties.ending(&state);
            if ending == Ending::Done {
                a_done_end = a_done_end.or(Some(end));
            }
            done += usize::from(ending == Ending::Done);
            failed += usize::from(ending == Ending::Failed);
            rule_out(flow, &state, ending, &mut decides);
        }
        Ok(Self { model, space, violations, done, failed, a_done_end, reached, decides })
    }
}

/// What a proof comes to.
#[derive(Debug)]
pub struct Proved {
    /// What was explored; none if the exploration was given up.
    pub exploration: Option<Exploration>,
    /// Every way in which a run ends badly, and what never happens.
    pub findings: Vec<Diagnostic>,
}

/// Proves that every run ends well, or finds those that do not.
pub fn prove(spec: &CheckedSpec, limits: Limits) -> Proved {
    match Exploration::of(spec, Orders::One, limits) {
        Ok(exploration) => {
            let mut findings = report::findings(spec, &exploration);
            // What is amiss explains what never happens.
            if findings.is_empty() {
                findings = report::unreachable(spec, &exploration);
            }
            Proved { exploration: Some(exploration), findings }
        }
        Err(too_large) => Proved { exploration: None, findings: vec![gave_up(spec, too_large)] },
    }
}

fn gave_up(spec: &CheckedSpec, TooLarge { states, bytes }: TooLarge) -> Diagnostic {
    let memory = match bytes >> 20 {
        0 => String::new(),
        megabytes => format!(" in {megabytes} MiB"),
    };
    let message = format!("the flow was not walked to its end: {states} states{memory}, and more to come");
    let widest = spec.steps().iter().max_by_key(|step| step.triggers.len());
    let found = Diagnostic::error(Code::TooManyStates, spec.sagas()[0].span, message);
    let found = found.label("neither proved nor refuted").help(
        "allow more with `--states`, or let fewer steps run side by side: one after the other they have few orders",
    );
    match widest.filter(|step| step.triggers.len() > 2) {
        Some(step) => {
            let needs = counted(step.triggers.len(), "message");
            found.also(step.span, format!("waits for {needs}, which come in any order"))
        }
        None => found,
    }
}

fn rule_out(flow: &saga_step::flow::Flow, state: &State, ending: Ending, decides: &mut [bool]) {
    for (step, decides) in decides.iter_mut().enumerate() {
        let ran = flow.mode(state, step) == Mode::Done;
        *decides &= match ending {
            Ending::Done => ran,
            Ending::Failed => !ran,
            Ending::Neither => true,
        };
    }
}
