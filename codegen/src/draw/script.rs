//! What a picture of one run shows, whatever it is drawn with.

use std::collections::HashSet;

use super::chart::{Line, Tone, named, route, span, tone};
use crate::checked::*;
use crate::names::Value;
use crate::prove::story::{Cause, Deed, Message, Moment, Story};

/// A run of a saga, from top to bottom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// The saga.
    pub saga: String,
    /// Who takes part.
    pub actors: Vec<Actor>,
    /// What happens.
    pub beats: Vec<Beat>,
    /// How the rows stand in the end; empty if there are none with a status.
    pub end: String,
    /// What is wrong with that.
    pub violation: String,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name.
    pub name: String,
    /// Whether it is none of the file's services.
    pub outside: bool,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// Something comes from one to another.
    Comes {
        /// The place of the one.
        from: usize,
        /// The place of the other.
        to: usize,
        /// What.
        text: String,
        /// What kind of thing.
        what: What,
    },
    /// What somebody does about it.
    Does {
        /// The place of the one who does.
        at: usize,
        /// What.
        lines: Vec<Line>,
    },
}

/// A kind of thing that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A message.
    Message,
    /// One that tells of a failure.
    Failure,
    /// A command.
    Command,
    /// A request of a person.
    Request,
    /// A time that is over, or the answer to a call.
    Other,
}

/// The people who act.
const SOMEBODY: &str = "somebody";
/// Everything else outside: time, other systems.
const OUTSIDE: &str = "outside";

impl Script {
    /// What a story shows, and what is wrong with its end.
    pub fn of(spec: &CheckedSpec, story: &Story, violation: &str) -> Self {
        let script = Self {
            saga: spec.sagas()[0].name.to_string(),
            actors: Vec::new(),
            beats: Vec::new(),
            end: end(spec, story),
            violation: violation.replace('`', ""),
        };
        let mut writer = Writer { spec, story, worth: worth(spec, story), script };
        for place in 0..story.moments.len() {
            writer.tell(place);
        }
        let mut script = writer.script;
        script.put_in_order(spec);
        script
    }

    /// The place of an actor, who enters now if not before.
    fn actor(&mut self, name: &str, outside: bool) -> usize {
        let there = self.actors.iter().position(|actor| actor.name == name && actor.outside == outside);
        there.unwrap_or_else(|| {
            self.actors.push(Actor { name: name.to_owned(), outside });
            self.actors.len() - 1
        })
    }

    /// People first, then services in file order, then what else is outside.
    fn put_in_order(&mut self, spec: &CheckedSpec) {
        let services: Vec<&str> = spec.services().iter().map(|service| service.name.as_str()).collect();
        let rank = |actor: &Actor| match actor.outside {
            true if actor.name == SOMEBODY => 0,
            true => services.len() + 1,
            false => 1 + services.iter().position(|name| *name == actor.name).unwrap_or(0),
        };
        let mut order: Vec<usize> = (0..self.actors.len()).collect();
        order.sort_by_key(|place| rank(&self.actors[*place]));
        let mut places = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, old)| places[*old] = new);
        for beat in &mut self.beats {
            match beat {
                Beat::Comes { from, to, .. } => (*from, *to) = (places[*from], places[*to]),
                Beat::Does { at, .. } => *at = places[*at],
            }
        }
        self.actors = order.iter().map(|old| self.actors[*old].clone()).collect();
    }
}

/// How the rows stand in the end: `Order CANCELLED, Rental HELD`.
fn end(spec: &CheckedSpec, story: &Story) -> String {
    let rows = story.moments.last().map_or(&[][..], |moment| &moment.rows);
    let rows = rows.iter().filter_map(|(entity, status)| Some((spec.entity(*entity), status.as_ref()?)));
    let rows: Vec<String> = rows.map(|(entity, status)| format!("{} {status}", entity.name)).collect();
    rows.join(", ")
}

/// Whether a moment is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worth {
    /// Nothing came of it.
    Nothing,
    /// A step keeps the message, and waits for others.
    Waits(StepId),
    /// Something came of it.
    Deeds,
}

fn worth(spec: &CheckedSpec, story: &Story) -> Vec<Worth> {
    let mut ended: HashSet<StepId> = HashSet::new();
    let mut worth = Vec::new();
    for moment in &story.moments {
        worth.push(match moment.cause {
            Cause::Message(message) if moment.deeds.is_empty() => {
                waiting(spec, moment, message, &ended).map_or(Worth::Nothing, |step| Worth::Waits(step.id))
            }
            _ => Worth::Deeds,
        });
        ended.extend(moment.deeds.iter().filter_map(ends));
    }
    worth
}

/// The step that a deed is the end of.
fn ends(deed: &Deed) -> Option<StepId> {
    match deed {
        Deed::Succeeded(step)
        | Deed::Rejected(step)
        | Deed::GaveUp(step)
        | Deed::Closed(step)
        | Deed::Passed(step) => Some(*step),
        Deed::Called(_) | Deed::Barred(_) | Deed::Compensated(_) | Deed::Row(..) | Deed::Sent(_) => None,
    }
}

/// A step at the service of a moment that needs this message and others.
fn waiting<'s>(
    spec: &'s CheckedSpec,
    moment: &Moment,
    (event, variant): Message,
    ended: &HashSet<StepId>,
) -> Option<&'s Step> {
    let needs = |trigger: &Trigger| {
        let good = variant.is_none() || variant != spec.event(event).failing();
        trigger.event == event && trigger.variant.map_or(good, |wanted| variant == Some(wanted))
    };
    let undoes = |step: &Step| matches!(step.kind, StepKind::Compensation(_));
    let mut steps = spec.steps_of(moment.service?);
    steps.find(|step| !undoes(step) && !ended.contains(&step.id) && step.triggers.iter().any(needs))
}

struct Writer<'a> {
    spec: &'a CheckedSpec,
    story: &'a Story,
    worth: Vec<Worth>,
    script: Script,
}

impl Writer<'_> {
    fn tell(&mut self, place: usize) {
        if self.worth[place] == Worth::Nothing {
            return;
        }
        let moment = &self.story.moments[place];
        let at = self.at(moment);
        self.comes(place, at);
        let mut lines: Vec<Line> = Vec::new();
        lines.extend(never(self.spec, moment.cause));
        lines.extend(moment.deeds.iter().filter_map(|deed| self.deed(place, deed)));
        if let Worth::Waits(step) = self.worth[place] {
            lines.push(plain(format!("{} waits", self.spec.step(step).name)));
        }
        if !lines.is_empty() {
            self.script.beats.push(Beat::Does { at, lines });
        }
        for deed in &moment.deeds {
            if let Deed::Called(step) = deed {
                let to = self.script.actor(OUTSIDE, true);
                let text = format!("the call of {}", self.spec.step(*step).name);
                self.script.beats.push(Beat::Comes { from: at, to, text, what: What::Other });
            }
        }
    }

    /// Who a moment belongs to.
    fn at(&mut self, moment: &Moment) -> usize {
        match (moment.service, moment.cause) {
            (Some(service), _) => self.script.actor(self.spec.service(service).name.as_str(), false),
            (None, Cause::NeverRequest(_)) => self.script.actor(SOMEBODY, true),
            (None, _) => self.script.actor(OUTSIDE, true),
        }
    }

    /// Shows what a moment begins with.
    fn comes(&mut self, place: usize, to: usize) {
        let moment = &self.story.moments[place];
        let (from, text, what) = match moment.cause {
            Cause::Begin(step) | Cause::Request(step) => {
                let step = self.spec.step(step);
                let text = route(step).unwrap_or_else(|| step.name.to_string());
                (self.script.actor(SOMEBODY, true), text, What::Request)
            }
            Cause::Message(message) => {
                (self.sender(place, message), named(self.spec, message), self.kind(message))
            }
            Cause::Deadline(step) => {
                let after = self.spec.step(step).deadline().map_or_else(String::new, span);
                (self.script.actor(OUTSIDE, true), format!("{after} are over"), What::Other)
            }
            Cause::Answer(_) => (self.script.actor(OUTSIDE, true), "the answer".to_owned(), What::Other),
            Cause::NeverRequest(_) | Cause::Outside(_) | Cause::NeverOutside(_) => return,
        };
        self.script.beats.push(Beat::Comes { from, to, text, what });
    }

    /// Who published a message last, before that moment.
    fn sender(&mut self, place: usize, message: Message) -> usize {
        let story = self.story;
        let sent = |moment: &&Moment| moment.deeds.contains(&Deed::Sent(message));
        match story.moments[..place].iter().rev().find(sent) {
            Some(moment) => self.at(moment),
            None => self.script.actor(OUTSIDE, true),
        }
    }

    fn kind(&self, (event, variant): Message) -> What {
        let event = self.spec.event(event);
        match variant.is_some() && variant == event.failing() {
            true => What::Failure,
            false if event.is_command() => What::Command,
            false => What::Message,
        }
    }

    fn deed(&self, place: usize, deed: &Deed) -> Option<Line> {
        let name = |step: &StepId| &self.spec.step(*step).name;
        let bad = |text: String| Line { text, tone: Tone::Failed };
        Some(match deed {
            Deed::Succeeded(step) => plain(format!("{} runs", name(step))),
            Deed::Rejected(step) => bad(format!("{} is rejected", name(step))),
            Deed::Called(step) => plain(format!("{} calls", name(step))),
            Deed::GaveUp(step) => bad(format!("{} gives up: nobody knows if it acted", name(step))),
            Deed::Closed(step) => bad(format!("{} fails without running", name(step))),
            Deed::Passed(step) => plain(format!("{} will not run", name(step))),
            Deed::Barred(step) => plain(format!("{} must not run any more", name(step))),
            Deed::Compensated(step) => Line { text: undoes(self.spec, *step), tone: Tone::Undo },
            Deed::Row(entity, status) => row(self.spec.entity(*entity), status.as_ref()?),
            Deed::Sent(message) if self.is_seen(place, *message) => return None,
            Deed::Sent(message) => plain(format!("publishes {}", named(self.spec, *message))),
        })
    }

    /// Whether a message that is sent now is shown when it comes.
    fn is_seen(&self, place: usize, message: Message) -> bool {
        let mut later = self.story.moments.iter().zip(&self.worth).skip(place + 1);
        later.any(|(moment, worth)| *worth != Worth::Nothing && moment.cause == Cause::Message(message))
    }
}

fn plain(text: String) -> Line {
    Line { text, tone: Tone::Plain }
}

/// What does not happen, where that is what happens.
fn never(spec: &CheckedSpec, cause: Cause) -> Option<Line> {
    match cause {
        Cause::NeverRequest(step) => Some(plain(format!("never asks for {}", spec.step(step).name))),
        Cause::NeverOutside(event) => Some(plain(format!("{} never comes", spec.event(event).name))),
        _ => None,
    }
}

fn row(entity: &Entity, status: &Value) -> Line {
    Line { text: format!("{} → {status}", entity.name), tone: tone(entity, status.as_str()) }
}

fn undoes(spec: &CheckedSpec, step: StepId) -> String {
    let of = &spec.step(step).name;
    match spec.compensation_of(step).map(|it| &it.kind) {
        Some(CompensationKind::Derived { step, .. } | CompensationKind::Command { step, .. }) => {
            format!("{} undoes {of}", spec.step(*step).name)
        }
        Some(CompensationKind::Nothing) | None => format!("{of} is undone"),
    }
}
