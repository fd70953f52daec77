//! What is proved is what runs: the flow that the checker explores and the generated
//! services, driven side by side.
//!
//! A seed decides what happens next among all that can happen in the model: a
//! request, or one message that one service reads; and what the handlers say to
//! it. The service does it, the model does it with the same choices, and
//! everything that both know of is compared: what was published and to whom it is
//! on its way, who was asked, what each step has seen and where it stands, which
//! rows there are and in which statuses.
//!
//! `SEMANTICS_SEEDS=N` tries more seeds, `SEMANTICS_SEED=S` one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

mod chance;
mod compare;
mod every;
mod mutants;
mod place;
mod run;
mod script;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use saga_cli::accepted::Accepted;
use saga_cli::diagnostic::Code;
use saga_cli::lower::lower;
use saga_cli::model::{Ask, AskError, Chosen};
use saga_cli::pipeline::{Terms, accept};
use saga_cli::prove::explore::{Limits, StateSpace};
use saga_cli::prove::model::FlowModel;
use saga_cli::prove::partial_order::Orders;
use saga_cli::resolved::{Resolved, WireValue};
use saga_cli::source::Source;
use saga_step::flow::{Flow, State};

pub use place::{AnyPlace, MakeRequest, Place, Refused, Sent, Waiting};
pub use script::Script;

use chance::Chance;

/// How many seeds a plain run tries.
const SEEDS: u64 = 1_000;

/// The services of a saga, in the order of its file, on empty databases.
pub type Services = fn(&Script) -> Vec<Box<dyn AnyPlace>>;

/// A saga as the checker sees it, and as it runs.
pub struct Saga {
    spec: Resolved,
    model: FlowModel,
    services: Services,
    /// The steps whose handlers are asked when they run.
    asked: BTreeSet<String>,
    /// Those of them whose handlers may say no.
    deciders: BTreeSet<String>,
    /// The handlers that compensate steps when the saga fails.
    undoes: BTreeMap<String, String>,
    /// In how many ways each step may succeed whose handler says so or no.
    ways: BTreeMap<String, usize>,
    /// Each message's topic, and its value of the field that tells variants apart.
    wires: Vec<(String, Option<(String, serde_json::Value)>)>,
}

/// What was tried.
#[derive(Debug, Default)]
pub struct Tally {
    instances: usize,
    acts: usize,
    messages: usize,
    states: HashSet<Box<[u8]>>,
    notes: BTreeMap<&'static str, usize>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instances, acts, messages, states, notes } = self;
        let states = states.len() + 1;
        write!(f, "{instances} instances, {acts} acts, {messages} messages, {states} states")?;
        notes.iter().try_for_each(|(name, count)| write!(f, ", {count} {name}"))
    }
}

impl Tally {
    fn saw(&mut self, state: &State) {
        if !self.states.contains(state.as_bytes()) {
            self.states.insert(state.as_bytes().into());
        }
    }
}

impl Saga {
    /// Reads the file at a path in the repository.
    pub fn new(path: &str, services: Services) -> Self {
        let accepted = accepted(path);
        let mut asked = BTreeSet::new();
        let (mut deciders, mut undoes, mut ways) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        let variants = |ask: &Ask| ask.answer.as_ref().map_or(0, |answer| answer.variants.len());
        for service in lower(&accepted).services {
            for step in service.steps {
                let name = step.name.as_str().to_owned();
                if let Some(undo) = step.undo.as_ref().filter(|undo| undo.ask.apart.is_none()) {
                    undoes.insert(name.clone(), undo.name.as_str().to_owned());
                }
                let Some(ask) = &step.run.ask else { continue };
                asked.insert(name.clone());
                // A handler of a request may refuse it, and the step still waits then.
                let said = step.run.chosen.as_ref().is_some_and(Chosen::by_field);
                let decides = ask.error == Some(AskError::Rejection) || said;
                deciders.extend(decides.then(|| name.clone()));
                if ask.error.is_some() || variants(ask) > 0 {
                    ways.insert(name, variants(ask).max(1));
                }
            }
            let chosen = service.requests.iter().filter(|request| variants(&request.ask) > 0);
            ways.extend(chosen.map(|it| (it.name.as_str().to_owned(), variants(&it.ask))));
        }
        let spec = accepted.into_resolved();
        let model = FlowModel::of(&spec);
        let wires = model.messages.iter().map(|(event, variant)| {
            let event = spec.event(*event);
            let outcome = event.outcome.as_ref().zip(*variant).map(|(outcome, variant)| {
                let value = match &outcome.variants[variant.0].wire {
                    WireValue::Bool(value) => (*value).into(),
                    WireValue::Text(value) => value.as_str().into(),
                };
                (outcome.field.as_str().to_owned(), value)
            });
            (event.topic.as_str().to_owned(), outcome)
        });
        let wires = wires.collect();
        Self { spec, model, services, asked, deciders, undoes, ways, wires }
    }

    /// Makes every transition of one instance, tries several at once by chance, and looks whether a
    /// model that is a little different is told from it.
    pub fn agrees(&self) {
        let (name, flow) = (&self.spec.sagas()[0].name, &self.model.flow);
        if std::env::var_os("SEMANTICS_SEED").is_none() {
            self.makes_every_transition();
            say(&format!("{name}: {} models with one change are told from it", self.tells_mutants()));
        }
        let (start, mut tally) = (Instant::now(), Tally::default());
        for seed in seeds() {
            if let Err(difference) = Chance::new(seed).live(self, flow, &mut tally) {
                panic!("seed {seed}: {difference}\nagain: SEMANTICS_SEED={seed}");
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        say(&format!("{name}: by chance, {tally} in {seconds:.1} s"));
    }

    fn makes_every_transition(&self) {
        let (start, mut tally) = (Instant::now(), Tally::default());
        let flow = &self.model.flow;
        let made =
            every::transition(self, flow, &mut tally).unwrap_or_else(|difference| panic!("{difference}"));
        let space =
            StateSpace::explore(flow, Orders::Every, Limits::default(), &mut |_| ()).expect("not too large");
        // All begin in the one that nothing has begun.
        assert_eq!(tally.states.len() + 1, space.states());
        assert_eq!(made, space.transitions);
        let seconds = start.elapsed().as_secs_f64();
        let (name, states) = (&self.spec.sagas()[0].name, space.states());
        say(&format!("{name}: all {made} transitions between {states} states in {seconds:.1} s"));
    }

    /// Which message it is that came on a topic.
    fn message(&self, topic: &str, body: &[u8]) -> Option<usize> {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        self.wires.iter().position(|(of, outcome)| {
            of == topic && outcome.as_ref().is_none_or(|(field, value)| body.get(field) == Some(value))
        })
    }

    /// A message, as it is written.
    fn message_name(&self, message: usize) -> String {
        let (event, variant) = self.model.messages[message];
        let event = self.spec.event(event);
        let variant = variant.map(|variant| format!(".{}", event.variant(variant).name));
        format!("{}{}", event.name, variant.unwrap_or_default())
    }

    fn step_name(&self, step: usize) -> &str {
        self.spec.step(self.model.steps[step]).name.as_str()
    }

    /// Whether some seed lives differently with another flow.
    fn differs(&self, flow: &Flow) -> bool {
        let mut tally = Tally::default();
        (1..=SEEDS).any(|seed| Chance::new(seed).live(self, flow, &mut tally).is_err())
    }

    /// Message names, sorted.
    fn names(&self, messages: impl Iterator<Item = usize>) -> Vec<String> {
        let mut names: Vec<String> = messages.map(|message| self.message_name(message)).collect();
        names.sort();
        names
    }

    /// The steps with a row, by service.
    fn kept(&self, flow: &Flow, service: usize) -> BTreeSet<String> {
        let kept = flow.steps().iter().enumerate().filter(|(_, step)| step.kept && step.service == service);
        kept.map(|(step, _)| self.step_name(step).to_owned()).collect()
    }
}

/// The flow of the file at a path in the repository, as the proof explores it.
pub fn proved(path: &str) -> Flow {
    FlowModel::of(&accepted(path).into_resolved()).flow
}

/// What is compared is compared whatever the proof says of it.
fn accepted(path: &str) -> Accepted {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    let source = Source::read(&path).expect("the file");
    let terms = Terms { certificate: "", allow: &[Code::TooManyStates], limits: Limits::up_to(Some(1)) };
    accept(&source, &terms).accepted.expect("a specification without errors")
}

fn seeds() -> Box<dyn Iterator<Item = u64>> {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    match number("SEMANTICS_SEED") {
        Some(seed) => Box::new(std::iter::once(seed)),
        None => Box::new(1..=number("SEMANTICS_SEEDS").unwrap_or(SEEDS)),
    }
}

/// Says something that a passing test says, too.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
