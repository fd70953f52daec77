//! A few instances, act by act, in the model and in the services.

use std::collections::{BTreeMap, VecDeque};

use step::flow::{Act, Flow, Note, State};

use super::place::Sent;
use super::{AnyPlace, Saga, Script, Tally};

/// Several instances of a saga that share its services.
pub struct Run<'s> {
    pub(super) saga: &'s Saga,
    pub(super) flow: &'s Flow,
    pub(super) places: Vec<Box<dyn AnyPlace>>,
    pub(super) instances: Vec<Instance>,
    acts: Vec<Act>,
    /// In so many of ten decisions a handler says yes.
    lenience: usize,
    script: Script,
    seed: u64,
    rng: Rng,
}

/// One instance, as both sides have it.
pub struct Instance {
    pub(super) state: State,
    pub(super) correlation: Option<String>,
    /// What is on its way, by message and service.
    pub(super) flights: BTreeMap<(usize, usize), VecDeque<Sent>>,
    /// How many rows of each entity were created.
    pub(super) created: BTreeMap<usize, usize>,
}

/// What happens next to an instance.
#[derive(Debug, Clone, Copy)]
enum Next {
    Act(Act),
    /// A service reads a message that is nothing to any of its steps.
    Unheard(usize, usize),
}

impl<'s> Run<'s> {
    pub fn new(saga: &'s Saga, flow: &'s Flow, seed: u64) -> Self {
        let (script, mut rng) = (Script::default(), Rng(seed));
        let instance = || Instance {
            state: flow.unbegun(),
            correlation: None,
            flights: BTreeMap::new(),
            created: BTreeMap::new(),
        };
        let count = 1 + rng.below(3);
        let instances = (0..count).map(|_| instance()).collect();
        let places = (saga.services)(&script);
        let lenience = [5, 7, 9][rng.below(3)];
        Self { saga, flow, places, instances, acts: flow.acts(), lenience, script, seed, rng }
    }

    /// Goes on until nothing can happen any more.
    ///
    /// # Errors
    /// The first difference, and how it came about.
    pub fn live(mut self, tally: &mut Tally) -> Result<(), String> {
        let mut way = String::new();
        self.compare_places().map_err(|difference| format!("{difference}, before anything happened"))?;
        loop {
            let Some((instance, next)) = self.next() else { break };
            way += &format!("\n  {instance}: {}", self.tell(next));
            let compared = self.happen(instance, next, tally, &mut way).and_then(|()| self.compare(instance));
            compared.map_err(|difference| format!("{difference}, after{way}"))?;
            tally.acts += 1;
            tally.saw(&self.instances[instance].state);
        }
        tally.instances += self.instances.len();
        // None of them has changed while another did something.
        (0..self.instances.len()).try_for_each(|at| self.compare(at))
    }

    /// What happens next. Some acts hurry and others linger all the way, or orders in which
    /// something comes late would be rare.
    fn next(&mut self) -> Option<(usize, Next)> {
        let enabled = self.enabled();
        let any = self.rng.below(enabled.len());
        let haste = |(instance, next): &&(usize, Next)| {
            let act = match next {
                Next::Act(act) => self.acts.iter().position(|it| it == act).unwrap_or_default(),
                Next::Unheard(..) => self.acts.len(),
            };
            Rng(self.seed ^ (1 + act * self.instances.len() + instance) as u64).number()
        };
        let next = if self.rng.below(4) > 0 { enabled.iter().max_by_key(haste) } else { enabled.get(any) };
        next.copied()
    }

    fn enabled(&self) -> Vec<(usize, Next)> {
        let mut enabled = Vec::new();
        for (at, instance) in self.instances.iter().enumerate() {
            let can = self.acts.iter().filter(|act| self.flow.can(&instance.state, **act));
            enabled.extend(can.map(|act| (at, Next::Act(*act))));
            let unheard = instance.flights.iter().filter(|((message, service), flight)| {
                !flight.is_empty() && self.channel(*message, *service).is_none()
            });
            enabled.extend(unheard.map(|((message, service), _)| (at, Next::Unheard(*message, *service))));
        }
        enabled
    }

    pub(super) fn channel(&self, message: usize, service: usize) -> Option<usize> {
        let of = |channel: &&usize| self.flow.channels()[**channel].service == service;
        self.flow.ways(message).iter().find(of).copied()
    }

    /// Something happens to an instance, on both sides.
    fn happen(&mut self, at: usize, next: Next, tally: &mut Tally, way: &mut String) -> Result<(), String> {
        let deciders = self.saga.deciders.iter();
        let accepts = deciders.map(|step| (step.clone(), self.rng.below(10) < self.lenience));
        let accepts: Accepts = accepts.collect();
        self.script.begin(accepts.clone());
        let sent = self.perform(at, next)?;
        tally.messages += sent.len();
        let notes = match next {
            Next::Act(act) => self.follow(at, act, &accepts)?,
            Next::Unheard(..) => Vec::new(),
        };
        self.tell_notes(&notes, tally, way);
        self.compare_deeds(&notes, &sent, &self.script.asked())?;
        for note in &notes {
            if let Note::Succeeded(step, _) = note {
                if let Some(entity) = self.flow.steps()[*step].creates {
                    *self.instances[at].created.entry(entity).or_default() += 1;
                }
            }
        }
        self.send(at, sent)
    }

    /// The model does the same, with the choices that the handlers made. It must have them.
    fn follow(&mut self, at: usize, act: Act, accepts: &Accepts) -> Result<Vec<Note>, String> {
        let instance = &mut self.instances[at];
        let decided = |note: &Note| match *note {
            Note::Succeeded(step, _) => accepts.get(self.saga.step_name(step)) != Some(&false),
            Note::Rejected(step) => accepts.get(self.saga.step_name(step)) == Some(&false),
            _ => true,
        };
        let mut choices = Choices::default();
        loop {
            let (mut state, mut notes) = (instance.state.clone(), Vec::new());
            self.flow.perform(&mut state, act, &mut |of| choices.choose(of), &mut notes);
            if notes.iter().all(decided) {
                instance.state = state;
                return Ok(notes);
            }
            if !choices.advance() {
                return Err(format!("the model cannot do what the handlers decided: {accepts:?}"));
            }
        }
    }

    fn tell_notes(&self, notes: &[Note], tally: &mut Tally, way: &mut String) {
        for note in notes {
            let (name, step) = match *note {
                Note::Succeeded(step, _) => ("ran", step),
                Note::Rejected(step) => ("rejected", step),
                Note::Closed(step) => ("closed", step),
                Note::Passed(step) => ("passed", step),
                Note::Compensated(step) => ("compensated", step),
                _ => continue,
            };
            *tally.notes.entry(name).or_default() += 1;
            *way += &format!("; {} {name}", self.saga.step_name(step));
        }
    }

    /// The service does it.
    fn perform(&mut self, at: usize, next: Next) -> Result<Vec<Sent>, String> {
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

/// Which steps are accepted, by name.
type Accepts = BTreeMap<String, bool>;

/// All ways to choose, one after the other.
#[derive(Default)]
struct Choices {
    /// Each choice, and of how many.
    made: Vec<(usize, usize)>,
    next: usize,
}

impl Choices {
    fn choose(&mut self, of: usize) -> usize {
        if self.next == self.made.len() {
            self.made.push((0, of));
        }
        self.next += 1;
        self.made[self.next - 1].0
    }

    /// Goes on to the next way; false after the last.
    fn advance(&mut self) -> bool {
        self.next = 0;
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

/// Numbers that depend on nothing but a seed (SplitMix64).
struct Rng(u64);

impl Rng {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }
}
