//! A few instances, act by act, in the model and in the services.

use std::collections::{BTreeMap, VecDeque};

use saga_step::flow::{Act, Flow, Note, State};

use super::place::Sent;
use super::script::Says;
use super::{AnyPlace, Saga, Script, Tally};

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
pub(crate) struct Instance {
    pub(super) state: State,
    pub(super) correlation: Option<String>,
    /// What is on its way, by message and service.
    pub(super) flights: BTreeMap<(usize, usize), VecDeque<Sent>>,
    /// How many rows of each entity were created.
    pub(super) created: BTreeMap<usize, usize>,
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
        let done = self.repeat(at, next, says, tally).and_then(|()| self.compare(at));
        tally.acts += 1;
        tally.saw(&self.instances[at].state);
        done.map_err(|difference| format!("{difference}, after{}", self.way))
    }

    /// The same, but what stands afterwards is not compared: that was done before.
    pub(crate) fn repeat(
        &mut self,
        at: usize,
        next: Next,
        says: Says,
        tally: &mut Tally,
    ) -> Result<(), String> {
        self.way += &format!("\n  {at}: {}", self.tell(next));
        self.script.begin(says.clone());
        let sent = self.perform(at, next, &says)?;
        tally.messages += sent.len();
        let notes = match next {
            Next::Act(act) => self.follow(at, act, &says)?,
            Next::Unheard(..) => Vec::new(),
        };
        self.keep(at, &notes, tally);
        self.compare_deeds(&notes, &sent, &self.script.asked())?;
        self.send(at, sent)
    }

    /// The model does the same, with the choices that the handlers made. It must have them.
    fn follow(&mut self, at: usize, act: Act, says: &Says) -> Result<Vec<Note>, String> {
        let instance = &mut self.instances[at];
        let said = |step| says.get(self.saga.step_name(step)).copied();
        let decided = |note: &Note| match *note {
            Note::Succeeded(step, way) => said(step).is_none_or(|said| said == Some(way)),
            Note::Rejected(step) => said(step) == Some(None),
            _ => true,
        };
        let mut choices = Choices::default();
        while choices.go_on() {
            let (mut state, mut notes) = (instance.state.clone(), Vec::new());
            self.flow.perform(&mut state, act, &mut |of| choices.choose(of), &mut notes);
            if notes.iter().all(decided) {
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
                _ => continue,
            };
            *tally.notes.entry(name).or_default() += 1;
            self.way += &format!("; {} {name}", self.saga.step_name(step));
            let creates = self.flow.steps()[step].creates.filter(|_| name == "ran");
            creates.into_iter().for_each(|it| *self.instances[at].created.entry(it).or_default() += 1);
        }
    }

    /// The service does it.
    fn perform(&mut self, at: usize, next: Next, says: &Says) -> Result<Vec<Sent>, String> {
        let (message, service) = match next {
            Next::Act(act @ Act::Begin(_)) => {
                let service = self.flow.service_of(act).ok_or("nobody begins")?;
                let (correlation, sent) = self.places[service].begin(at)?;
                self.instances[at].correlation = Some(correlation);
                return Ok(sent);
            }
            Next::Act(Act::Receive(channel)) => {
                let channel = &self.flow.channels()[channel];
                (channel.message, channel.service)
            }
            Next::Act(act @ (Act::Request(step) | Act::Deadline(step))) => {
                let correlation = self.instances[at].correlation.clone().ok_or("it has not begun")?;
                let place = &mut self.places[self.flow.steps()[step].service];
                if act == Act::Deadline(step) {
                    return place.passes(step, &correlation);
                }
                let name = self.saga.step_name(step);
                let says = says.get(name).is_none_or(Option::is_some);
                return place.ask(name, &correlation, says).map_err(|refused| format!("{refused:?}"));
            }
            // Nothing happens at a service.
            Next::Act(Act::NeverRequest(_)) => return Ok(Vec::new()),
            Next::Act(other) => return Err(format!("{other:?} is not generated")),
            Next::Unheard(message, service) => (message, service),
        };
        let flight = self.instances[at].flights.get_mut(&(message, service));
        let received = flight.and_then(VecDeque::pop_front).ok_or("no such message is on its way")?;
        self.places[service].receive(&received)
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
