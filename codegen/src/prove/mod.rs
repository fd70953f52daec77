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
use crate::diagnostic::Diagnostic;
use explore::{Limits, StateSpace, TooLarge};
use model::FlowModel;
use partial_order::Orders;
use properties::{Ending, Properties, Reached, Violation};

/// What exploring a saga found out.
#[derive(Debug)]
pub struct Exploration {
    /// What was explored.
    pub model: FlowModel,
    /// Every state it can reach.
    pub space: StateSpace,
    /// The properties that are violated, each with the nearest end that shows it.
    pub violations: BTreeMap<Violation, u32>,
    /// How many ends are done.
    pub done: usize,
    /// How many ends failed.
    pub failed: usize,
    /// The nearest end that is done.
    pub a_done_end: Option<u32>,
    /// What happens in some run.
    pub reached: Reached,
    /// For each step, whether it ran in every end that is done, and in none
    /// that failed.
    pub decides: Vec<bool>,
}

impl Exploration {
    /// Explores a saga and checks its ends.
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

/// The result of a proof.
#[derive(Debug)]
pub struct Proved {
    /// What was explored; none if the exploration was given up.
    pub exploration: Option<Exploration>,
    /// Every property that some run violates, or else what no run reaches.
    pub findings: Vec<Diagnostic>,
}

/// Proves that every run ends well, or reports those that do not.
pub fn prove(spec: &CheckedSpec, limits: Limits) -> Proved {
    match Exploration::of(spec, Orders::One, limits) {
        Ok(exploration) => {
            let mut findings = report::findings(spec, &exploration);
            // A violation usually explains what is unreachable.
            if findings.is_empty() {
                findings = report::unreachable(spec, &exploration);
            }
            Proved { exploration: Some(exploration), findings }
        }
        Err(too_large) => Proved { exploration: None, findings: vec![report::too_large(spec, too_large)] },
    }
}

/// Rules out the steps that this end shows not to decide how the saga ends.
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
