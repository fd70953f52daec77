//! One instance of a saga, from its first request to its end.
//!
//! A [`Flow`] is the saga as the file describes it, with indices for names and
//! without values: a decision is a choice between outcomes. A [`State`] is the
//! state of one instance at all services. An [`Act`] is one transaction at one
//! service, triggered by one message, request, timer or answer;
//! [`Flow::perform`] performs it.
//!
//! Services share nothing but messages, so acts at different services commute.

mod act;
mod build;
mod instance;
mod outcome;
mod perform;
mod reach;
mod receivers;
mod rows;
mod standing;
mod state;
mod world;

pub use act::Act;
pub use perform::{Choose, Note, Passed};
pub use standing::Standing;
pub use state::{Compensated, State};
pub use world::{Answered, Cause, Decided, Found, View, World};

pub use crate::Phase;
use receivers::Receiver;
use state::Layout;

/// The transition system of one saga: which acts are possible in a state, and
/// what each of them does.
///
/// It exists so that the semantics is written once. The checker explores every
/// state it can reach, and `dev/semantics` makes each of its transitions in
/// the generated services, too. Steps, entities, messages and services are
/// indices; the checker keeps the names behind them.
///
/// What must hold:
///
/// - It is pure. A transition depends on the state, the act and the choices
///   passed to [`Flow::perform`], and on nothing else. Otherwise a path could not
///   be replayed, and a counterexample would not be one.
/// - Each act is one transaction at one service: it touches only that service's
///   steps and rows, and the messages in flight. The partial-order reduction
///   relies on acts at different services being independent; if they were not,
///   it would miss ends.
/// - Equal states continue equally, so a [`State`] keeps nothing that no longer
///   matters. Otherwise the state space would grow without need.
/// - Decisions about a step and a row go through [`arrive`](crate::arrive),
///   [`saga_failed`](crate::saga_failed) and [`guard`](crate::guard()), as they do
///   in the runtime. A rule that is written here a second time would be proved
///   without being what runs.
///
/// `docs/proof.md` describes what is in a state, what is left out, and why that
/// is sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    steps: Vec<Step>,
    entities: Vec<Entity>,
    external_events: Vec<ExternalEvent>,
    /// The pairs of a message and a service that consumes it.
    channels: Vec<Channel>,
    /// The channels of each message.
    channels_of: Vec<Vec<usize>>,
    /// The steps at each service that may have to wait for a row.
    early_at: Vec<Vec<usize>>,
    layout: Layout,
}

/// One message as consumed by one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The index of the message.
    pub message: usize,
    /// The index of the service.
    pub service: usize,
    receivers: Vec<Receiver>,
    reach: Vec<usize>,
}

impl Channel {
    /// The steps that the message reaches there.
    pub fn steps(&self) -> impl Iterator<Item = usize> {
        self.receivers.iter().map(|it| it.step)
    }

    /// Those of them that it starts or closes, rather than show that they will not run.
    pub fn steps_run(&self) -> impl Iterator<Item = usize> {
        self.receivers.iter().filter(|it| it.runs()).map(|it| it.step)
    }
}

/// An event of an external producer. At most one of its messages arrives in an
/// instance, at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalEvent {
    /// One message for each variant.
    pub messages: Vec<usize>,
}

/// One step of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is called.
    pub name: String,
    /// The service it belongs to.
    pub service: usize,
    /// What makes it run, once its needs have arrived.
    pub start: Start,
    /// The messages it needs all of.
    pub all: Vec<Need>,
    /// The messages it needs one of, if any.
    pub any: Vec<Need>,
    /// The messages that close it.
    pub closers: Vec<usize>,
    /// Whether a deadline closes it.
    pub deadline: bool,
    /// Whether it waits for the answer to a call.
    pub calls: bool,
    /// Whether what it calls works in the transaction that takes its answer: whether it took effect is then
    /// never unknown.
    pub sql: bool,
    /// Whether its mode is stored in a row. Without a row, it runs on every message
    /// that reaches it.
    pub kept: bool,
    /// The rows it loads.
    pub rows: Vec<RowUse>,
    /// The entity of the row it creates, if any.
    pub creates: Option<usize>,
    /// What it publishes for each way to succeed; there is at least one way.
    pub successes: Vec<Vec<usize>>,
    /// Whether it may be rejected when it runs.
    pub rejects: bool,
    /// The message that it publishes when it fails.
    pub failure: Option<usize>,
    /// The compensating commands it sends when it fails.
    pub commands: Vec<Command>,
    /// How its effect is compensated.
    pub undo: Compensation,
    /// The step that it compensates, triggered by a command.
    pub compensates: Option<usize>,
}

impl Step {
    /// Every message it may publish.
    pub fn sends(&self) -> impl Iterator<Item = usize> {
        let commands = self.commands.iter().map(|command| command.message);
        self.successes.iter().flatten().copied().chain(self.failure).chain(commands)
    }
}

/// What makes a step run, once its needs have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing more.
    Messages,
    /// A request, which starts the instance.
    Beginning,
    /// A request that may never come.
    Person,
}

/// A message that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The messages that satisfy it.
    pub accepts: Vec<usize>,
    /// The messages that rule all of those out.
    pub excludes: Vec<usize>,
}

/// A compensating command, sent when a step fails although something it needed
/// succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The index of the success it compensates, in [`Step::all`] and then
    /// [`Step::any`].
    pub need: usize,
    /// The index of the command.
    pub message: usize,
}

/// How the effect of a step is compensated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compensation {
    /// Not at all, and the file does not declare that the effect may remain.
    Missing,
    /// The effect may remain.
    Needless,
    /// The service subscribes to the failure of the saga.
    Derived {
        /// The first of these messages is the failure of the saga.
        failures: Vec<usize>,
    },
    /// Another step sends a command.
    Command,
}

/// A kind of row of which an instance has at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// The phase of each status; the first is that of a new row. An entity without
    /// statuses has a single open one.
    pub statuses: Vec<Phase>,
    /// The steps that create it.
    pub creators: Vec<usize>,
}

/// A row that a step loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowUse {
    /// A row of this instance.
    Own {
        /// The entity of the row.
        entity: usize,
        /// The accepted statuses; none for every status that is not an end.
        from: Option<Vec<u8>>,
        /// The status it is given.
        to: Option<u8>,
        /// Whether every status is accepted, ends included.
        unguarded: bool,
        /// Whether the step may run before the row exists, and then waits for it.
        early: bool,
    },
    /// A row that instances share, in any status.
    Shared {
        /// The phase of each status of its entity.
        statuses: Vec<Phase>,
        /// The accepted statuses; none for every status that is not an end.
        from: Option<Vec<u8>>,
        /// The status it is given.
        to: Option<u8>,
    },
}

impl Flow {
    /// A saga of `services` services and `messages` messages.
    ///
    /// A step without a way to succeed has one that publishes nothing.
    pub fn new(
        services: usize,
        messages: usize,
        mut steps: Vec<Step>,
        entities: Vec<Entity>,
        external_events: Vec<ExternalEvent>,
    ) -> Self {
        for step in steps.iter_mut().filter(|step| step.successes.is_empty()) {
            step.successes.push(Vec::new());
        }
        let channels = receivers::channels(services, messages, &steps, &entities);
        let mut channels_of = vec![Vec::new(); messages];
        for (index, channel) in channels.iter().enumerate() {
            channels_of[channel.message].push(index);
        }
        let mut early_at = vec![Vec::new(); services];
        for (index, step) in steps.iter().enumerate().filter(|(_, it)| it.rows.iter().any(RowUse::is_early)) {
            early_at[step.service].push(index);
        }
        let layout = Layout::new(&steps, entities.len(), external_events.len(), channels.len());
        Self { steps, entities, external_events, channels, channels_of, early_at, layout }
    }

    /// The steps, by index.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The entities, by index.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The messages that each service consumes, by index.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channels that carry a message.
    pub fn channels_of(&self, message: usize) -> &[usize] {
        &self.channels_of[message]
    }

    /// The events of external producers, by index.
    pub fn external_events(&self) -> &[ExternalEvent] {
        &self.external_events
    }

    /// The state of an instance before its first request.
    pub fn unbegun(&self) -> State {
        let mut state = State::empty(&self.layout);
        let begins = |step: &Step| step.start == Start::Beginning;
        if !self.steps.iter().any(begins) {
            state.begin(&self.layout);
        }
        state
    }

    /// The mode of a step.
    pub fn mode(&self, state: &State, step: usize) -> crate::Mode {
        state.mode(&self.layout, step)
    }

    /// Whether the instance has started.
    pub fn begun(&self, state: &State) -> bool {
        state.begun(&self.layout)
    }

    /// Whether the need at this index of [`Step::all`], and then of [`Step::any`],
    /// has arrived.
    pub fn has_arrived(&self, state: &State, step: usize, need: usize) -> bool {
        state.arrived(&self.layout, step, need)
    }

    /// Whether one of [`Step::any`] has arrived.
    pub fn took_alternative(&self, state: &State, step: usize) -> bool {
        let alternatives = 0..self.steps[step].any.len();
        alternatives.into_iter().any(|it| state.alternative_arrived(&self.layout, step, it))
    }

    /// Whether anything a step needs has arrived.
    pub fn waits(&self, state: &State, step: usize) -> bool {
        state.any_arrived(&self.layout, step)
    }

    /// Whether the effect of a step has been compensated.
    pub fn compensated(&self, state: &State, step: usize) -> Compensated {
        state.compensated(&self.layout, step)
    }

    /// Whether a step ran more than once.
    pub fn ran_twice(&self, state: &State, step: usize) -> bool {
        state.twice(&self.layout, step)
    }

    /// Whether the retries of a call were exhausted, so that it may have taken
    /// effect.
    pub fn is_unknown(&self, state: &State, step: usize) -> bool {
        state.unknown(&self.layout, step)
    }

    /// Whether the request of a step could have come, and never does.
    pub fn never_acted(&self, state: &State, step: usize) -> bool {
        state.never(&self.layout, step)
    }

    /// Whether an external event never arrives.
    pub fn never_came(&self, state: &State, external: usize) -> bool {
        state.external(&self.layout, external) == state::NEVER
    }

    /// The status of a row; none if there is no row.
    pub fn status(&self, state: &State, entity: usize) -> Option<u8> {
        state.row(&self.layout, entity)
    }

    /// Whether two steps would end a row in opposite ways.
    pub fn in_conflict(&self, state: &State, entity: usize) -> bool {
        state.conflict(&self.layout, entity)
    }

    /// The number of messages in flight in a channel.
    pub fn in_flight(&self, state: &State, channel: usize) -> u8 {
        state.in_flight(&self.layout, channel)
    }
}
