//! A saga as the checker sees it, and as it runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use saga_cli::accepted::Accepted;
use saga_cli::diagnostic::Code;
use saga_cli::lower::lower;
use saga_cli::model;
use saga_cli::pipeline::{Terms, accept};
use saga_cli::prove::explore::{Limits, StateSpace};
use saga_cli::prove::model::FlowModel;
use saga_cli::prove::partial_order::Orders;
use saga_cli::resolved::{Event, Resolved, VariantIndex, WireValue};
use saga_cli::source::Source;
use saga_step::flow::{Compensation, Flow, Start};
use serde_json::Value;

use super::books::Books;
use super::chance::Chance;
use super::every;
use super::place::AnyPlace;
use super::requests::decided_by;
use super::script::Script;
use super::tally::Tally;

/// How many seeds a plain run tries.
pub(crate) const SEEDS: u64 = 1_000;

/// The services of a saga, in the order of its file, on empty databases.
pub type Services = fn(&Script) -> Vec<Box<dyn AnyPlace>>;

/// A saga as the checker sees it, and as it runs.
pub struct Saga {
    pub(crate) spec: Resolved,
    pub(crate) model: FlowModel,
    pub(crate) services: Services,
    /// The steps whose handlers are asked when they run.
    pub(crate) asked: BTreeSet<String>,
    /// The handlers that compensate steps when the saga fails.
    pub(crate) undoes: BTreeMap<String, String>,
    /// What is left open, by the names of steps and external events.
    pub(crate) open: BTreeMap<String, Open>,
    /// Each message's topic, and its value of the field that tells variants apart.
    pub(crate) wires: Vec<(String, Option<(String, Value)>)>,
    pub(crate) balances: Balances,
}

/// Whether rows are as a team expects them.
pub(crate) type Balances = fn(&Books<'_>) -> Result<(), String>;

/// What a step leaves to its handler, to a client or to another system.
#[derive(Debug)]
pub(crate) struct Open {
    /// In how many ways it may succeed.
    pub ways: usize,
    /// Whether it may be rejected.
    pub rejects: bool,
    /// Whether its call may never be answered.
    pub silence: bool,
}

impl Saga {
    /// Reads a file.
    pub fn new(path: impl AsRef<Path>, services: Services) -> Self {
        let accepted = accepted(path.as_ref());
        let (mut asked, mut undoes) = (BTreeSet::new(), BTreeMap::new());
        for service in lower(&accepted).services {
            for step in service.steps {
                let name = step.name.as_str().to_owned();
                undoes.extend(step.undo.map(|undo| (name.clone(), undo.name.as_str().to_owned())));
                asked.extend(step.run.ask.map(|_| name));
            }
            let chooses = |request: &model::RequestStep| {
                request.ask.answer.as_ref().is_some_and(|answer| !answer.variants.is_empty())
            };
            asked.extend(service.requests.iter().filter(|it| chooses(it)).map(|it| it.name.to_string()));
        }
        let spec = accepted.into_resolved();
        let model = FlowModel::of(&spec);
        let mut saga = Self {
            spec,
            model,
            services,
            asked,
            undoes,
            open: BTreeMap::new(),
            wires: Vec::new(),
            balances: |_| Ok(()),
        };
        saga.open = saga.leaves_open();
        saga.wires = (0..saga.model.messages.len()).map(|message| saga.wire_of(message)).collect();
        saga
    }

    /// One of which `balances` is true as well, after each act.
    #[must_use]
    pub fn balanced(self, balances: fn(&Books<'_>) -> Result<(), String>) -> Self {
        Self { balances, ..self }
    }

    fn leaves_open(&self) -> BTreeMap<String, Open> {
        let mut open = BTreeMap::new();
        for (at, step) in self.model.flow.steps().iter().enumerate() {
            let is_said = decided_by(self.spec.step(self.model.steps[at])).is_some();
            if self.asked.contains(self.step_name(at)) || is_said {
                let unknown = step.calls && !step.sql && step.undo != Compensation::Needless;
                let left = Open {
                    ways: step.successes.len(),
                    rejects: step.rejects,
                    silence: unknown && step.failure.is_some(),
                };
                open.insert(self.step_name(at).to_owned(), left);
            }
        }
        for (event, external) in self.model.external_events.iter().zip(self.model.flow.external_events()) {
            let ways = external.messages.len();
            let name = self.spec.event(*event).name.to_string();
            open.insert(name, Open { ways, rejects: false, silence: false });
        }
        open
    }

    /// Makes every transition of one instance, tries several at once by chance, and looks whether a
    /// model that is a little different is told from it.
    pub fn agrees(&self) {
        let (name, flow) = (&self.spec.sagas()[0].name, &self.model.flow);
        if std::env::var_os("SEMANTICS_SEED").is_none() {
            self.performs_what_is_proved();
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

    /// The engine of the services is the proof's, and so is its input.
    fn performs_what_is_proved(&self) {
        let proved = &self.model.flow;
        for place in (self.services)(&Script::default()) {
            let performed = place.flow();
            assert_eq!(performed.steps(), proved.steps(), "{}", place.name());
            assert_eq!(performed.entities(), proved.entities(), "{}", place.name());
            assert_eq!(performed.external_events(), proved.external_events(), "{}", place.name());
            assert!(performed == proved, "{}: the same steps, and other services or messages", place.name());
        }
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

    fn wire_of(&self, message: usize) -> (String, Option<(String, Value)>) {
        let (event, variant) = self.model.messages[message];
        let event = self.spec.event(event);
        let outcome = event.outcome.as_ref().zip(variant);
        let outcome =
            outcome.map(|(outcome, variant)| (outcome.field.as_str().to_owned(), self.wire(event, variant)));
        (event.topic.as_str().to_owned(), outcome)
    }

    /// A variant, as its field has it on the wire.
    pub(crate) fn wire(&self, event: &Event, variant: VariantIndex) -> Value {
        match &event.variant(variant).wire {
            WireValue::Bool(value) => (*value).into(),
            WireValue::Text(value) => value.as_str().into(),
        }
    }

    /// Which message it is that came on a topic.
    pub(crate) fn message(&self, topic: &str, body: &[u8]) -> Option<usize> {
        let body: Value = serde_json::from_slice(body).ok()?;
        self.wires.iter().position(|(of, outcome)| {
            of == topic && outcome.as_ref().is_none_or(|(field, value)| body.get(field) == Some(value))
        })
    }

    /// A message, as it is written.
    pub(crate) fn message_name(&self, message: usize) -> String {
        let (event, variant) = self.model.messages[message];
        let event = self.spec.event(event);
        let variant = variant.map(|variant| format!(".{}", event.variant(variant).name));
        format!("{}{}", event.name, variant.unwrap_or_default())
    }

    pub(crate) fn step_name(&self, step: usize) -> &str {
        self.spec.step(self.model.steps[step]).name.as_str()
    }

    pub(crate) fn external_name(&self, external: usize) -> &str {
        self.spec.event(self.model.external_events[external]).name.as_str()
    }

    /// Whether the handler of a step is asked when it runs. A request that begins an instance is asked by
    /// nobody but its client.
    pub(crate) fn is_asked(&self, step: usize) -> bool {
        let begins = self.model.flow.steps()[step].start == Start::Beginning;
        !begins && self.asked.contains(self.step_name(step))
    }

    /// Whether some seed lives differently with another flow.
    pub(crate) fn differs(&self, flow: &Flow) -> bool {
        let mut tally = Tally::default();
        (1..=SEEDS).any(|seed| Chance::new(seed).live(self, flow, &mut tally).is_err())
    }

    /// Message names, sorted.
    pub(crate) fn names(&self, messages: impl Iterator<Item = usize>) -> Vec<String> {
        let mut names: Vec<String> = messages.map(|message| self.message_name(message)).collect();
        names.sort();
        names
    }

    /// The steps with a row, by service.
    pub(crate) fn kept(&self, flow: &Flow, service: usize) -> BTreeSet<String> {
        let kept = flow.steps().iter().enumerate().filter(|(_, step)| step.kept && step.service == service);
        kept.map(|(step, _)| self.step_name(step).to_owned()).collect()
    }
}

/// The flow of a file, as the proof explores it.
pub fn proved(path: impl AsRef<Path>) -> Flow {
    FlowModel::of(&accepted(path.as_ref()).into_resolved()).flow
}

/// What is compared is compared whatever the proof says of it.
fn accepted(path: &Path) -> Accepted {
    let source = Source::read(path).expect("the file");
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
