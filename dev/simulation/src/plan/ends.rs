//! The ends that the proof knows.

use std::collections::HashSet;
use std::sync::Arc;

use saga_cli::prove::explore::{Limits, StateSpace};
use saga_cli::prove::partial_order::Orders;
use saga_step::flow::{Compensation, Flow, Need, Step};

use super::{Plan, Seen, Stuck};

/// What is seen of every end.
pub(crate) struct Ends(HashSet<Box<[u8]>>);

impl Plan {
    /// Whether an instance has come to an end that the proof knows, if these messages are never handled.
    /// With `masked`, at all services but those that are asked to begin an instance.
    ///
    /// # Errors
    /// How it differs from the nearest of them.
    pub(crate) fn ends_well(&self, seen: &dyn Seen, stuck: &Stuck, masked: bool) -> Result<(), String> {
        let ends = self.ends(stuck, masked);
        let seen = self.sights.of_instance(&self.model.flow, seen, stuck, masked);
        if ends.0.contains(&seen) {
            return Ok(());
        }
        // The order of a set is another one in each run; the words are not to be.
        let nearest = ends.0.iter().min_by_key(|end| {
            let differing = end.iter().zip(&seen).filter(|(end, seen)| end != seen).count();
            (differing, Box::clone(end))
        });
        Err(nearest.map_or_else(|| "there is no end".to_owned(), |nearest| self.tell(&seen, nearest)))
    }

    fn ends(&self, stuck: &Stuck, masked: bool) -> Arc<Ends> {
        // Explored under the lock: what others wait for is most likely the same.
        let mut known = self.known.lock().expect("no panic");
        let ends =
            known.entry((stuck.clone(), masked)).or_insert_with(|| Arc::new(self.explore(stuck, masked)));
        Arc::clone(ends)
    }

    fn explore(&self, stuck: &Stuck, masked: bool) -> Ends {
        let flow = self.without(stuck);
        let space =
            StateSpace::explore(&flow, Orders::One, Limits::default(), &mut |_| ()).expect("not too large");
        let mut state = flow.unbegun();
        let mut ends = HashSet::new();
        for end in &space.ends {
            state.copy_from(space.bytes_of(*end as usize));
            if flow.begun(&state) {
                ends.insert(self.sights.of_state(&flow, &state, masked));
            }
        }
        Ends(ends)
    }

    /// The flow in which these messages never reach these services: there they are one that nobody sends.
    fn without(&self, stuck: &Stuck) -> Flow {
        let flow = &self.model.flow;
        let nothing = self.messages();
        let step = |step: &Step| {
            let heard = |message: &usize| match stuck.contains(&(*message, step.service)) {
                true => nothing,
                false => *message,
            };
            let all = |messages: &[usize]| messages.iter().map(heard).collect::<Vec<_>>();
            let need = |need: &Need| Need { accepts: all(&need.accepts), excludes: all(&need.excludes) };
            Step {
                all: step.all.iter().map(need).collect(),
                any: step.any.iter().map(need).collect(),
                closers: all(&step.closers),
                undo: match &step.undo {
                    Compensation::Derived { failures } => Compensation::Derived { failures: all(failures) },
                    other => other.clone(),
                },
                ..step.clone()
            }
        };
        let steps = flow.steps().iter().map(step).collect();
        let services = self.services().len();
        Flow::new(services, nothing + 1, steps, flow.entities().to_vec(), flow.external_events().to_vec())
    }
}
