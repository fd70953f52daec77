//! Proves that every run of a saga ends well, by exploring all of them.

pub mod certificate;
pub mod model;
pub mod properties;
pub mod report;
pub mod trace;

use std::collections::BTreeMap;

pub use saga_explore::{explore, partial_order};
use saga_step::Mode;
use saga_step::flow::State;

use crate::check::Checked;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::resolved::Resolved;
use crate::source::Source;
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
    pub fn of(spec: &Resolved, orders: Orders, limits: Limits) -> Result<Self, TooLarge> {
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

/// A resolved specification, and what the proof of it came to.
#[derive(Debug)]
pub struct Proved {
    /// The specification.
    pub resolved: Resolved,
    /// What stands for its proof.
    pub proof: Proof,
}

/// What stands for the proof of a specification.
#[derive(Debug)]
pub enum Proof {
    /// Its runs, explored now.
    Explored(Box<Exploration>),
    /// A certificate that its runs were explored before.
    Certified(String),
    /// Nothing: there were more states than the limits allow.
    GaveUp,
}

impl Proved {
    /// What was explored, if it was explored now and to its end.
    pub fn exploration(&self) -> Option<&Exploration> {
        match &self.proof {
            Proof::Explored(exploration) => Some(exploration),
            Proof::Certified(_) | Proof::GaveUp => None,
        }
    }

    /// The certificate to keep of the proof, given the rules whose findings
    /// were allowed.
    pub fn certificate(&self, source: &Source, allowed: &[Code]) -> String {
        match &self.proof {
            Proof::Certified(certificate) => certificate.clone(),
            Proof::Explored(_) | Proof::GaveUp => {
                certificate::write(&self.resolved, self.exploration(), source, allowed)
            }
        }
    }
}

/// A file after the checks and the proof.
#[derive(Debug)]
pub struct Examined {
    /// The specification with its proof, if every name in it is resolved. There
    /// may be errors all the same.
    pub proved: Option<Proved>,
    /// Errors and warnings of the checks and of the proof.
    pub found: Diagnostics,
}

impl Examined {
    /// The specification, if every name in it is resolved.
    pub fn resolved(&self) -> Option<&Resolved> {
        self.proved.as_ref().map(|proved| &proved.resolved)
    }

    /// What was explored, if there was anything to explore and it stayed within
    /// the limits.
    pub fn exploration(&self) -> Option<&Exploration> {
        self.proved.as_ref().and_then(Proved::exploration)
    }

    /// The specification with its proof, if no finding is an error.
    pub fn without_errors(&self) -> Option<&Proved> {
        self.proved.as_ref().filter(|_| !self.found.has_errors())
    }
}

/// Proves that every run of a specification ends well, or finds the runs that
/// do not.
pub fn prove(checked: Checked, limits: Limits) -> Examined {
    let Checked { resolved, mut found } = checked;
    let proved = resolved.map(|resolved| {
        let (proof, findings) = explore(&resolved, limits);
        found.extend_by_consequences(findings);
        Proved { resolved, proof }
    });
    Examined { proved, found }
}

/// Takes a certificate that [`holds`](certificate::holds) in place of a proof.
pub fn by_certificate(checked: Checked, certificate: &str) -> Examined {
    let Checked { resolved, found } = checked;
    let proof = Proof::Certified(certificate.to_owned());
    Examined { proved: resolved.map(|resolved| Proved { resolved, proof }), found }
}

fn explore(spec: &Resolved, limits: Limits) -> (Proof, Vec<Diagnostic>) {
    match Exploration::of(spec, Orders::One, limits) {
        Ok(exploration) => {
            let mut findings = report::findings(spec, &exploration);
            // A violation explains what never happens, so it is reported alone.
            if findings.is_empty() {
                findings = report::unreachable(spec, &exploration);
            }
            (Proof::Explored(Box::new(exploration)), findings)
        }
        Err(too_large) => (Proof::GaveUp, vec![report::too_large(spec, too_large)]),
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
