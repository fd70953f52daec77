//! Every transition that one instance can make.

use std::collections::{HashSet, VecDeque};

use saga_step::flow::{Act, Flow, State};

use super::run::{Choices, Next, Run, word};
use super::saga::Saga;
use super::script::Says;
use super::tally::Tally;

/// Explores the states as the checker does, and makes each transition once in the services as
/// well. Returns how many there are.
///
/// # Errors
/// The first difference, and how it came about.
pub(crate) fn transition(saga: &Saga, flow: &Flow, tally: &mut Tally) -> Result<usize, String> {
    let mut run = Run::new(saga, flow, 1);
    run.compare_places()?;
    let start = flow.unbegun();
    let mut known = HashSet::from([start.clone()]);
    let mut open = VecDeque::from([(start, run.moment())]);
    let mut made = 0;
    while let Some((state, moment)) = open.pop_front() {
        for act in flow.acts().into_iter().filter(|act| flow.can(&state, *act)) {
            for says in outcomes(saga, flow, &state, act) {
                run.go_back(&moment);
                run.happen(0, Next::Act(act), says, tally)?;
                made += 1;
                run.compare_requests(0)?;
                let next = &run.instances[0].state;
                if !known.contains(next) {
                    known.insert(next.clone());
                    open.push_back((run.instances[0].state.clone(), run.moment()));
                }
            }
        }
    }
    Ok(made)
}

/// Everything that can be said to an act.
fn outcomes(saga: &Saga, flow: &Flow, state: &State, act: Act) -> Vec<Says> {
    let (mut outcomes, mut choices) = (Vec::new(), Choices::default());
    while choices.go_on() {
        let (mut state, mut notes) = (state.clone(), Vec::new());
        flow.perform(&mut state, act, &mut |of| choices.choose(of), &mut notes);
        let said = notes.iter().filter_map(|note| word(saga, act, note));
        outcomes.push(said.map(|(name, word)| (name.to_owned(), word)).collect());
    }
    outcomes
}
