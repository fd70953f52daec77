//! One instance of a saga, from its first request to its end.
//!
//! A [`Flow`] is the saga as the file describes it, names replaced by numbers
//! and values left out: a decision is a choice between outcomes. A [`State`] is
//! where one instance stands at all services. An [`Act`] is one transaction at
//! one service, about one message, request, timer or answer; [`Flow::perform`]
//! carries it out.
//!
//! Services share nothing but messages, so acts at different services commute.

mod act;
mod hears;
mod perform;
mod rows;
mod state;

pub use act::Act;
pub use perform::{Choose, Note};
pub use state::{Compensated, State};

use crate::Phase;
use hears::Hears;
use state::Layout;

/// A saga, ready to be carried out. Everything is named by its place in a list.
#[derive(Debug, Clone)]
pub struct Flow {
    steps: Vec<Step>,
    entities: Vec<Entity>,
    external_events: Vec<ExternalEvent>,
    /// Who hears a message at which service: the ways messages take.
    channels: Vec<Channel>,
    /// The channels of each message.
    ways: Vec<Vec<usize>>,
    /// The steps at each service.
    at_service: Vec<Vec<usize>>,
    layout: Layout,
}

/// One message that one service reads.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The message.
    pub message: usize,
    /// The service.
    pub service: usize,
    hears: Vec<Hears>,
}

impl Channel {
    /// The steps that the message reaches there.
    pub fn steps(&self) -> impl Iterator<Item = usize> {
        self.hears.iter().map(|it| it.step)
    }
}

/// An event from outside, as the messages it may be. At most one of them
/// comes in an instance, at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalEvent {
    /// One message a variant.
    pub messages: Vec<usize>,
}

/// One step of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The service that carries it out.
    pub service: usize,
    /// What makes it run, once its needs are there.
    pub start: Start,
    /// The messages it needs all of.
    pub all: Vec<Need>,
    /// The messages it needs one of, if there are any.
    pub any: Vec<Need>,
    /// The messages that close it.
    pub closers: Vec<usize>,
    /// Whether time closes it.
    pub deadline: bool,
    /// Whether it awaits the answer of a call.
    pub calls: bool,
    /// Whether a row remembers where it stands. Without one it runs for every
    /// message that reaches it.
    pub kept: bool,
    /// The rows it loads.
    pub rows: Vec<RowUse>,
    /// The entity it creates a row of.
    pub creates: Option<usize>,
    /// What it publishes, for each way to succeed; there is at least one.
    pub successes: Vec<Vec<usize>>,
    /// Whether it may be rejected when it runs.
    pub rejects: bool,
    /// The message that says it failed.
    pub failure: Option<usize>,
    /// The compensating commands it owes when it fails.
    pub commands: Vec<Command>,
    /// How its effect is compensated.
    pub undo: Compensation,
    /// The step that it compensates, told by a command.
    pub compensates: Option<usize>,
}

impl Step {
    /// Every message it may publish.
    pub fn sends(&self) -> impl Iterator<Item = usize> {
        let commands = self.commands.iter().map(|command| command.message);
        self.successes.iter().flatten().copied().chain(self.failure).chain(commands)
    }
}

/// What makes a step run, once its needs are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing more.
    Messages,
    /// A request, which begins the instance.
    Beginning,
    /// A person, who may never act.
    Person,
}

/// A message that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The messages that will do.
    pub accepts: Vec<usize>,
    /// The messages after which none of those is waited for.
    pub excludes: Vec<usize>,
}

/// A compensating command, owed when a step fails although what it awaited
/// succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The place of the success it undoes, in [`Step::all`] and then [`Step::any`].
    pub need: usize,
    /// The command.
    pub message: usize,
}

/// How the effect of a step is compensated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compensation {
    /// Not at all, and nothing says that it need not be.
    Missing,
    /// The effect may stay.
    Needless,
    /// The service hears by itself that the saga failed, by these messages.
    Derived {
        /// The first of them is the failure of the saga.
        failures: Vec<usize>,
    },
    /// Another step tells it to.
    Command,
}

/// Rows of which an instance has at most one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// What each status means; the first is that of a new row. One open one
    /// stands for an entity without statuses.
    pub statuses: Vec<Phase>,
    /// The steps that create it.
    pub creators: Vec<usize>,
}

/// A row that a step loads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowUse {
    /// The instance's own.
    Own {
        /// The entity.
        entity: usize,
        /// The statuses it must have; none: any that is not an end.
        from: Option<Vec<u8>>,
        /// The status it gets.
        to: Option<u8>,
        /// Whether the row's status does not matter.
        unguarded: bool,
        /// Whether the step may come before the row, and then waits for it.
        early: bool,
    },
    /// One that instances share, whose status is anything.
    Shared,
}

impl Flow {
    /// A saga of `services` services, and messages numbered below `messages`.
    pub fn new(
        services: usize,
        messages: usize,
        steps: Vec<Step>,
        entities: Vec<Entity>,
        external_events: Vec<ExternalEvent>,
    ) -> Self {
        let channels = hears::channels(services, messages, &steps);
        let mut ways = vec![Vec::new(); messages];
        for (index, channel) in channels.iter().enumerate() {
            ways[channel.message].push(index);
        }
        let mut at_service = vec![Vec::new(); services];
        for (index, step) in steps.iter().enumerate() {
            at_service[step.service].push(index);
        }
        let layout = Layout::new(&steps, entities.len(), external_events.len(), channels.len());
        Self { steps, entities, external_events, channels, ways, at_service, layout }
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The entities.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Who hears which message where.
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channels a message goes through.
    pub fn ways(&self, message: usize) -> &[usize] {
        &self.ways[message]
    }

    /// The events from outside.
    pub fn external_events(&self) -> &[ExternalEvent] {
        &self.external_events
    }

    /// An instance that nothing has begun.
    pub fn unbegun(&self) -> State {
        let mut state = State::empty(&self.layout);
        let begins = |step: &Step| step.start == Start::Beginning;
        if !self.steps.iter().any(begins) {
            state.begin(&self.layout);
        }
        state
    }

    /// Where a step stands.
    pub fn mode(&self, state: &State, step: usize) -> crate::Mode {
        state.mode(&self.layout, step)
    }

    /// Whether the instance has begun.
    pub fn begun(&self, state: &State) -> bool {
        state.begun(&self.layout)
    }

    /// Whether the message at this place of [`Step::all`], and then of
    /// [`Step::any`], has arrived.
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

    /// What became of the effect of a step.
    pub fn compensated(&self, state: &State, step: usize) -> Compensated {
        state.compensated(&self.layout, step)
    }

    /// Whether the effect of a step happened more than once.
    pub fn ran_twice(&self, state: &State, step: usize) -> bool {
        state.twice(&self.layout, step)
    }

    /// Whether a call was given up, so that it may have had its effect.
    pub fn is_unknown(&self, state: &State, step: usize) -> bool {
        state.unknown(&self.layout, step)
    }

    /// Whether a person was free to act at a step, and never did.
    pub fn never_acted(&self, state: &State, step: usize) -> bool {
        state.never(&self.layout, step)
    }

    /// Whether an event from outside never came.
    pub fn never_came(&self, state: &State, external: usize) -> bool {
        state.external(&self.layout, external) == state::NEVER
    }

    /// The status of a row; none while there is no row.
    pub fn status(&self, state: &State, entity: usize) -> Option<u8> {
        state.row(&self.layout, entity)
    }

    /// Whether two steps would end a row in different ways.
    pub fn in_conflict(&self, state: &State, entity: usize) -> bool {
        state.conflict(&self.layout, entity)
    }

    /// How many messages are on their way through a channel.
    pub fn in_flight(&self, state: &State, channel: usize) -> u8 {
        state.in_flight(&self.layout, channel)
    }
}
