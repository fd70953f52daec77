//! Every transition that one instance can make.

use std::collections::{HashSet, VecDeque};

use saga_step::flow::{Act, Flow, Note, State};

use super::run::{Choices, Next, Run};
use super::script::Says;
use super::{Saga, Tally};

/// What was done, and what the handlers said to it.
type Deed = (Act, Says);

/// Explores the states as the checker does, and makes each transition once in the services as
/// well. Returns how many there are.
///
/// # Errors
/// The first difference, and how it came about.
pub(crate) fn transition(saga: &Saga, flow: &Flow, tally: &mut Tally) -> Result<usize, String> {
    let start = flow.unbegun();
    let mut known = HashSet::from([start.clone()]);
    let mut open: VecDeque<(State, Vec<Deed>)> = VecDeque::from([(start, Vec::new())]);
    let mut made = 0;
    while let Some((state, way)) = open.pop_front() {
        for act in flow.acts().into_iter().filter(|act| flow.can(&state, *act)) {
            for says in outcomes(saga, flow, &state, act) {
                let mut run = Run::new(saga, flow, 1);
                for (act, says) in &way {
                    run.repeat(0, Next::Act(*act), says.clone(), &mut Tally::default())?;
                }
                run.happen(0, Next::Act(act), says.clone(), tally)?;
                run.compare_requests(0)?;
                made += 1;
                let next = run.instances.remove(0).state;
                if known.insert(next.clone()) {
                    let way = way.iter().cloned().chain([(act, says)]).collect();
                    open.push_back((next, way));
                }
            }
        }
    }
    Ok(made)
}

/// Everything that the handlers can say to an act.
fn outcomes(saga: &Saga, flow: &Flow, state: &State, act: Act) -> Vec<Says> {
    let (mut outcomes, mut choices) = (Vec::new(), Choices::default());
    while choices.go_on() {
        let (mut state, mut notes) = (state.clone(), Vec::new());
        flow.perform(&mut state, act, &mut |of| choices.choose(of), &mut notes);
        let says = |note: &Note| match *note {
            Note::Succeeded(step, way) => Some((saga.step_name(step).to_owned(), Some(way))),
            Note::Rejected(step) => Some((saga.step_name(step).to_owned(), None)),
            _ => None,
        };
        outcomes.push(notes.iter().filter_map(says).collect());
    }
    outcomes
}
