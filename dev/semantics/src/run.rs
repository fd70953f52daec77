//! A few instances, act by act, in the model and in the services.

use std::collections::{BTreeMap, VecDeque};

use saga_runtime::store::MemorySnapshot;
use saga_step::flow::{Act, Flow, Note, State};

use super::place::{AnyPlace, Sent};
use super::requests::Wish;
use super::saga::Saga;
use super::script::{Says, Script, Word};
use super::tally::Tally;

/// Several instances of a saga that share its services.
pub(crate) struct Run<'s> {
    pub(super) saga: &'s Saga,
    pub(super) flow: &'s Flow,
    pub(super) places: Vec<Box<dyn AnyPlace>>,
    pub(super) instances: Vec<Instance>,
    script: Script,
    /// Everything that happened, to explain the outcome.
    way: String,
}

/// One instance, as both sides have it.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(super) state: State,
    pub(super) correlation: Option<String>,
    /// What is on its way, by message and service.
    pub(super) flights: BTreeMap<(usize, usize), VecDeque<Sent>>,
    /// How many rows of each entity were created.
    pub(super) created: BTreeMap<usize, usize>,
    /// How often each step ran, less how often it was compensated.
    pub(super) effects: BTreeMap<usize, i64>,
}

/// Where a run of one instance was, to go on from there.
#[derive(Clone)]
pub(crate) struct Moment {
    places: Vec<MemorySnapshot>,
    instance: Instance,
    way: String,
}

/// What happens next to an instance.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    Act(Act),
    /// A service reads a message that is nothing to any of its steps.
    Unheard(usize, usize),
}

impl<'s> Run<'s> {
    pub(crate) fn new(saga: &'s Saga, flow: &'s Flow, instances: usize) -> Self {
        let script = Script::default();
        let places = (saga.services)(&script);
        let unbegun = || Instance {
            state: flow.unbegun(),
            correlation: None,
            flights: BTreeMap::new(),
            created: BTreeMap::new(),
            effects: BTreeMap::new(),
        };
        let instances = (0..instances).map(|_| unbegun()).collect();
        Self { saga, flow, places, instances, script, way: String::new() }
    }

    /// Everything that can happen next.
    pub(crate) fn enabled(&self, acts: &[Act]) -> Vec<(usize, Next)> {
        let mut enabled = Vec::new();
        for (at, instance) in self.instances.iter().enumerate() {
            let can = acts.iter().filter(|act| self.flow.can(&instance.state, **act));
            enabled.extend(can.map(|act| (at, Next::Act(*act))));
            let unheard = instance.flights.iter().filter(|((message, service), flight)| {
                !flight.is_empty() && !self.is_heard(*message, *service)
            });
            enabled.extend(unheard.map(|((message, service), _)| (at, Next::Unheard(*message, *service))));
        }
        enabled
    }

    /// Where the only instance is.
    pub(crate) fn moment(&self) -> Moment {
        let places = self.places.iter().map(|place| place.snapshot()).collect();
        Moment { places, instance: self.instances[0].clone(), way: self.way.clone() }
    }

    /// Goes back to where it was.
    pub(crate) fn go_back(&mut self, moment: &Moment) {
        for (place, snapshot) in self.places.iter_mut().zip(&moment.places) {
            place.restore(snapshot);
        }
        self.instances[0].clone_from(&moment.instance);
        self.way.clone_from(&moment.way);
    }

    fn is_heard(&self, message: usize, service: usize) -> bool {
        self.flow.channels_of(message).iter().any(|channel| self.flow.channels()[*channel].service == service)
    }

    /// Something happens to an instance, on both sides, and everything is compared.
    ///
    /// # Errors
    /// The first difference, and how it came about.
    pub(crate) fn happen(
        &mut self,
        at: usize,
        next: Next,
        says: Says,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let done = self.perform(at, next, &says, tally).and_then(|()| self.compare(at));
        tally.acts += 1;
        tally.saw(&self.instances[at].state);
        done.map_err(|difference| format!("{difference}, after{}", self.way))
    }

    /// It happens; what stands afterwards is not compared yet.
    fn perform(&mut self, at: usize, next: Next, says: &Says, tally: &mut Tally) -> Result<(), String> {
        self.way += &format!("\n  {at}: {}", self.tell(next));
        self.script.begin(says.clone());
        let sent = self.serve(at, next, says)?;
        tally.messages += sent.len();
        let notes = match next {
            Next::Act(act) => self.follow(at, act, says)?,
            Next::Unheard(..) => Vec::new(),
        };
        self.keep(at, &notes, tally);
        self.compare_deeds(&notes, &sent, &self.script.asked())?;
        self.send(at, sent)
    }

    /// The model does the same, with the choices that the handlers made. It must have them.
    fn follow(&mut self, at: usize, act: Act, says: &Says) -> Result<Vec<Note>, String> {
        let instance = &mut self.instances[at];
        let fits = |note: &Note| {
            word(self.saga, act, note).is_none_or(|(name, word)| match says.get(name) {
                Some(said) => *said == word,
                // It is up to nothing that is asked.
                None => matches!(word, Word::Way(_)),
            })
        };
        let mut choices = Choices::default();
        while choices.go_on() {
            let (mut state, mut notes) = (instance.state.clone(), Vec::new());
            self.flow.perform(&mut state, act, &mut |of| choices.choose(of), &mut notes);
            if notes.iter().all(fits) {
                instance.state = state;
                return Ok(notes);
            }
        }
        Err(format!("the model cannot do what the handlers say: {says:?}"))
    }

    fn keep(&mut self, at: usize, notes: &[Note], tally: &mut Tally) {
        for note in notes {
            let (name, step) = match *note {
                Note::Succeeded(step, _) => ("ran", step),
                Note::Rejected(step) => ("rejected", step),
                Note::Closed(step) => ("closed", step),
                Note::Passed(step, _) => ("passed", step),
                Note::Compensated(step) => ("compensated", step),
                Note::Called(step) => ("called", step),
                Note::GaveUp(step) => ("unanswered", step),
                _ => continue,
            };
            *tally.notes.entry(name).or_default() += 1;
            self.way += &format!("; {} {name}", self.saga.step_name(step));
            let creates = self.flow.steps()[step].creates.filter(|_| name == "ran");
            creates.into_iter().for_each(|it| *self.instances[at].created.entry(it).or_default() += 1);
            let effect = i64::from(name == "ran") - i64::from(name == "compensated");
            *self.instances[at].effects.entry(step).or_default() += effect;
        }
    }

    /// A service does it, or it happens outside of them.
    fn serve(&mut self, at: usize, next: Next, says: &Says) -> Result<Vec<Sent>, String> {
        let service = match next {
            Next::Act(act) => self.flow.service_of(act),
            Next::Unheard(_, service) => Some(service),
        };
        let Some(service) = service else { return self.outside(at, next, says) };
        let sent = self.transact(at, service, next, says)?;
        // A call is compensated by a call, after the transaction.
        if let Some(correlation) = &self.instances[at].correlation {
            self.places[service].undoes(correlation)?;
        }
        Ok(sent)
    }

    fn transact(&mut self, at: usize, service: usize, next: Next, says: &Says) -> Result<Vec<Sent>, String> {
        let message = match next {
            Next::Act(Act::Begin(step)) => {
                let wish = self.wish(step, at, self.said(step, says));
                let (correlation, sent) = self.places[service].begin(at, wish.as_ref())?;
                self.instances[at].correlation = Some(correlation);
                return Ok(sent);
            }
            Next::Act(Act::Request(step)) => {
                let word = self.said(step, says);
                let wish = self.wish(step, at, word);
                let (name, accepts) = (self.saga.step_name(step), word != Some(Word::No));
                let correlation = self.instances[at].correlation.clone().ok_or("it has not begun")?;
                let answered = self.places[service].ask(name, &correlation, accepts, wish.as_ref());
                return answered.map_err(|refused| format!("{refused:?}"));
            }
            Next::Act(Act::Deadline(step)) => {
                let correlation = self.instances[at].correlation.as_ref().ok_or("it has not begun")?;
                return self.places[service].passes(step, correlation);
            }
            Next::Act(Act::Answer(step)) => {
                let correlation = self.instances[at].correlation.as_ref().ok_or("it has not begun")?;
                return self.places[service].calls(step, correlation);
            }
            Next::Act(Act::Receive(channel)) => self.flow.channels()[channel].message,
            Next::Act(other) => return Err(format!("{other:?} happens at no service")),
            Next::Unheard(message, _) => message,
        };
        let flight = self.instances[at].flights.get_mut(&(message, service));
        let received = flight.and_then(VecDeque::pop_front).ok_or("no such message is on its way")?;
        self.places[service].receive(&received)
    }

    /// An external producer publishes something, or never will.
    fn outside(&mut self, at: usize, next: Next, says: &Says) -> Result<Vec<Sent>, String> {
        let Next::Act(Act::Publish(external)) = next else { return Ok(Vec::new()) };
        let Some(Word::Way(which)) = says.get(self.saga.external_name(external)) else {
            return Err("an external producer that says nothing".to_owned());
        };
        let message = self.flow.external_events()[external].messages[*which];
        let topics: Vec<_> = self.places.iter().flat_map(|place| place.topics()).copied().collect();
        let correlation = self.instances[at].correlation.as_ref().ok_or("it has not begun")?;
        let sent = self.saga.published_outside(message, &topics, correlation);
        Ok(vec![sent.ok_or("an external message that no service reads")?])
    }

    fn said(&self, step: usize, says: &Says) -> Option<Word> {
        says.get(self.saga.step_name(step)).copied()
    }

    /// The request of a step for an instance.
    pub(super) fn wish(&self, step: usize, at: usize, word: Option<Word>) -> Option<Wish> {
        let place = &self.places[self.flow.steps()[step].service];
        let keys = |table: &str, column: &str, value: &str| place.keys(table, column, value);
        self.saga.wish(step, word, (self.instances[at].correlation.as_deref(), at), &keys)
    }

    /// What was published is on its way to every service that reads its topic.
    fn send(&mut self, at: usize, sent: Vec<Sent>) -> Result<(), String> {
        for message in sent {
            if Some(&message.key) != self.instances[at].correlation.as_ref() {
                return Err(format!("the key of {message:?} is not {:?}", self.instances[at].correlation));
            }
            let number = self.saga.message(message.topic, &message.body).ok_or("an unknown message")?;
            for (service, place) in self.places.iter().enumerate() {
                if place.topics().contains(&message.topic) {
                    let flight = self.instances[at].flights.entry((number, service)).or_default();
                    flight.push_back(message.clone());
                }
            }
        }
        Ok(())
    }

    fn tell(&self, next: Next) -> String {
        let read = |message, service: usize| {
            format!("{} reads {}", self.places[service].name(), self.saga.message_name(message))
        };
        match next {
            Next::Act(Act::Receive(channel)) => {
                let channel = &self.flow.channels()[channel];
                read(channel.message, channel.service)
            }
            Next::Act(act) => format!("{act:?}"),
            Next::Unheard(message, service) => read(message, service),
        }
    }
}

/// What was said, if that is what a note is about.
pub(crate) fn word<'s>(saga: &'s Saga, act: Act, note: &Note) -> Option<(&'s str, Word)> {
    match *note {
        Note::Succeeded(step, way) => Some((saga.step_name(step), Word::Way(way))),
        Note::Rejected(step) => Some((saga.step_name(step), Word::No)),
        Note::GaveUp(step) => Some((saga.step_name(step), Word::Silence)),
        Note::Sent(message) => {
            let Act::Publish(external) = act else { return None };
            let mut messages = saga.model.flow.external_events()[external].messages.iter();
            let which = messages.position(|it| *it == message)?;
            Some((saga.external_name(external), Word::Way(which)))
        }
        _ => None,
    }
}

/// All ways to choose, one after the other.
#[derive(Default)]
pub(crate) struct Choices {
    /// Each choice, and of how many.
    made: Vec<(usize, usize)>,
    next: usize,
    begun: bool,
}

impl Choices {
    pub(crate) fn choose(&mut self, of: usize) -> usize {
        if self.next == self.made.len() {
            self.made.push((0, of));
        }
        self.next += 1;
        self.made[self.next - 1].0
    }

    /// Goes on to the next way, or the first; false after the last.
    pub(crate) fn go_on(&mut self) -> bool {
        self.next = 0;
        if !std::mem::replace(&mut self.begun, true) {
            return true;
        }
        while let Some((choice, of)) = self.made.last_mut() {
            *choice += 1;
            if choice < of {
                return true;
            }
            self.made.pop();
        }
        false
    }
}
