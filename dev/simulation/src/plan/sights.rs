//! What can be seen of one instance from outside, in the services as well as in the flow: where steps stand that
//! keep a row, what was published, the statuses of rows, what was compensated.

use saga_step::Mode;
use saga_step::flow::{Compensated, Compensation, Flow, Start, State};

use super::{Plan, Stuck};

/// What was seen of one instance of the services.
pub(crate) trait Seen {
    /// Where a step stands that keeps a row.
    fn mode(&self, step: usize) -> Mode;
    /// What the row of a step says of its compensation: not done, due, done once, done twice.
    fn compensated(&self, step: usize) -> u64;
    /// How often a message was published.
    fn published(&self, message: usize) -> usize;
    /// The status of the row of an entity, if there is one.
    fn status(&self, entity: usize) -> Option<u8>;
}

/// Everything that can be seen, in order. Each is a byte in an observation.
pub(super) struct Sights {
    sights: Vec<(Sight, usize)>,
}

/// One thing to look at.
#[derive(Clone)]
enum Sight {
    /// The mode of a step with a row.
    Mode(usize),
    /// Whether a step has said that it is done, or that it failed.
    Said { step: usize, successes: Vec<Vec<usize>>, failure: Option<usize> },
    /// The status of a row.
    Status(usize),
    /// Whether a step was compensated because the saga failed.
    Undone(usize),
    /// How often a step was compensated by a command: the message, and who reads it.
    Compensated { step: usize, command: usize, by: usize },
}

const SUCCESS: u8 = 1;
const FAILURE: u8 = 2;
/// What is seen of a service that is not looked at.
const HIDDEN: u8 = u8::MAX;

impl Sights {
    pub(super) fn of(flow: &Flow, messages: usize) -> Self {
        let mut senders = vec![0; messages];
        flow.steps().iter().flat_map(|step| step.sends()).for_each(|message| senders[message] += 1);
        let tells = |message: &usize| {
            flow.steps().iter().filter(|step| step.sends().any(|it| it == *message)).count() == 1
        };
        let mut sights = Vec::new();
        for (step, def) in flow.steps().iter().enumerate() {
            if def.kept {
                sights.push((Sight::Mode(step), def.service));
            }
            let seen = def.successes.iter().all(|way| way.iter().any(tells));
            let telling = |way: &Vec<usize>| way.iter().copied().filter(tells).collect();
            let successes: Vec<Vec<usize>> =
                if seen { def.successes.iter().map(telling).collect() } else { Vec::new() };
            let failure = def.failure.filter(tells);
            if seen || failure.is_some() {
                sights.push((Sight::Said { step, successes, failure }, def.service));
            }
            if matches!(def.undo, Compensation::Derived { .. }) {
                sights.push((Sight::Undone(step), def.service));
            }
            if let (Some(of), Some(need)) = (def.compensates, def.all.first()) {
                let command = need.accepts[0];
                sights.push((Sight::Compensated { step: of, command, by: def.service }, def.service));
            }
        }
        let owner = |entity: &saga_step::flow::Entity| flow.steps()[entity.creators[0]].service;
        let entities = flow.entities().iter().enumerate();
        sights.extend(entities.map(|(entity, def)| (Sight::Status(entity), owner(def))));
        Self { sights }
    }

    /// What is seen of a state of the flow.
    pub(super) fn of_state(&self, flow: &Flow, state: &State, masked: bool) -> Box<[u8]> {
        self.look(flow, masked, |sight| match sight {
            Sight::Mode(step) => flow.mode(state, *step) as u8,
            Sight::Said { step, successes, failure } => match flow.mode(state, *step) {
                Mode::Done if !successes.is_empty() => SUCCESS,
                Mode::Failed if failure.is_some() => FAILURE,
                _ => 0,
            },
            Sight::Status(entity) => flow.status(state, *entity).map_or(0, |status| status + 1),
            Sight::Undone(step) => flow.compensated(state, *step) as u8,
            Sight::Compensated { step, .. } => match flow.compensated(state, *step) {
                Compensated::Not | Compensated::Due => 0,
                Compensated::Once => 1,
                Compensated::Twice => 2,
            },
        })
    }

    /// What is seen of an instance of the services, of which messages are stuck.
    pub(super) fn of_instance(&self, flow: &Flow, seen: &dyn Seen, stuck: &Stuck, masked: bool) -> Box<[u8]> {
        self.look(flow, masked, |sight| match sight {
            Sight::Mode(step) => seen.mode(*step) as u8,
            Sight::Said { successes, failure, .. } => {
                let all = |way: &Vec<usize>| way.iter().all(|message| seen.published(*message) > 0);
                match (successes.iter().any(all), failure.is_some_and(|it| seen.published(it) > 0)) {
                    (false, false) => 0,
                    (done, failed) => u8::from(done) * SUCCESS + u8::from(failed) * FAILURE,
                }
            }
            Sight::Status(entity) => seen.status(*entity).map_or(0, |status| status + 1),
            Sight::Undone(step) => u8::try_from(seen.compensated(*step)).unwrap_or(u8::MAX),
            Sight::Compensated { command, by, .. } if stuck.contains(&(*command, *by)) => 0,
            Sight::Compensated { command, .. } => u8::try_from(seen.published(*command)).unwrap_or(u8::MAX),
        })
    }

    /// A look at everything, except at the services that are asked to begin an instance if it is `masked`.
    fn look(&self, flow: &Flow, masked: bool, mut see: impl FnMut(&Sight) -> u8) -> Box<[u8]> {
        let begins = |service| {
            let at = flow.steps().iter().filter(|step| step.service == service);
            at.into_iter().any(|step| step.start == Start::Beginning)
        };
        let hidden = |service: usize| masked && begins(service);
        self.sights.iter().map(|(sight, of)| if hidden(*of) { HIDDEN } else { see(sight) }).collect()
    }
}

impl Plan {
    /// An observation in words, next to the one that it is nearest to: what differs.
    pub(super) fn tell(&self, seen: &[u8], expected: &[u8]) -> String {
        let pairs = self.sights.sights.iter().zip(seen.iter().zip(expected));
        let differs = pairs.filter(|(_, (seen, expected))| seen != expected);
        let told = differs.map(|((sight, _), (seen, expected))| {
            format!(
                "{} is {}, not {}",
                self.subject(sight),
                self.value(sight, *seen),
                self.value(sight, *expected)
            )
        });
        told.collect::<Vec<_>>().join(", ")
    }

    fn subject(&self, sight: &Sight) -> String {
        match sight {
            Sight::Mode(step) => format!("the row of {}", self.step_name(*step)),
            Sight::Said { step, .. } => format!("what {} says", self.step_name(*step)),
            Sight::Status(entity) => format!("the {}", self.spec.entity(self.model.entities[*entity]).name),
            Sight::Undone(step) | Sight::Compensated { step, .. } => {
                format!("the compensation of {}", self.step_name(*step))
            }
        }
    }

    fn value(&self, sight: &Sight, value: u8) -> String {
        let usual = match (sight, value) {
            (Sight::Mode(_), value) => Mode::ALL.get(usize::from(value)).map(|mode| mode.as_str().to_owned()),
            (Sight::Status(_) | Sight::Said { .. }, 0) => Some("nothing".to_owned()),
            (Sight::Said { .. }, SUCCESS) => Some("success".to_owned()),
            (Sight::Said { .. }, FAILURE) => Some("failure".to_owned()),
            (Sight::Said { .. }, _) => Some("both".to_owned()),
            (Sight::Status(entity), value) => {
                let status = self.spec.entity(self.model.entities[*entity]).status.as_ref();
                let named = status.and_then(|status| status.all().nth(usize::from(value) - 1));
                Some(named.map_or_else(|| "there".to_owned(), |named| named.as_str().to_owned()))
            }
            (Sight::Undone(_), state) => {
                ["missing", "due", "done", "done twice"].get(usize::from(state)).map(|it| (*it).to_owned())
            }
            (Sight::Compensated { .. }, times) => Some(format!("done {times} times")),
        };
        usual.unwrap_or_else(|| value.to_string())
    }
}
