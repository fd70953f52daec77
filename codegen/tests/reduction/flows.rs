//! Random flows, made without regard to what a file could say.

use proptest::prelude::*;
use saga_step::Phase;
use saga_step::flow::{Command, Compensation, Entity, ExternalEvent, Flow, Need, RowUse, Start, Step};

const SERVICES: usize = 2;
const EXTERNAL_EVENTS: usize = 1;

/// What a flow is made of, before it is made to fit together. Every choice is
/// a number, taken modulo what there is to choose from, so that whatever comes
/// is a flow, and fewer and smaller numbers are a simpler one.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    steps: Vec<RawStep>,
    entities: Vec<(u8, u8)>,
    external: bool,
}

#[derive(Debug, Clone)]
struct RawStep {
    service: u8,
    start: u8,
    needs: Vec<(u8, u8)>,
    alternatives: Vec<(u8, u8)>,
    unless: Option<u8>,
    flags: u16,
    rows: Vec<(u8, u8, u8)>,
    creates: u8,
    undo: u8,
    failures: Vec<u8>,
}

pub(crate) fn raw() -> impl Strategy<Value = Raw> {
    let steps = prop::collection::vec(raw_step(), 2..=6);
    let entities = prop::collection::vec((any::<u8>(), any::<u8>()), 0..=2);
    (steps, entities, any::<bool>()).prop_map(|(steps, entities, external)| Raw { steps, entities, external })
}

fn raw_step() -> impl Strategy<Value = RawStep> {
    let pairs = |most| prop::collection::vec((any::<u8>(), any::<u8>()), 0..=most);
    let waits = (any::<u8>(), any::<u8>(), pairs(2), pairs(2), prop::option::weighted(0.3, any::<u8>()));
    let rows = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..=2);
    let failures = prop::collection::vec(any::<u8>(), 1..=2);
    let does = (any::<u16>(), rows, any::<u8>(), any::<u8>(), failures);
    (waits, does).prop_map(
        |((service, start, needs, alternatives, unless), (flags, rows, creates, undo, failures))| RawStep {
            service,
            start,
            needs,
            alternatives,
            unless,
            flags,
            rows,
            creates,
            undo,
            failures,
        },
    )
}

/// The messages of the step at a place: two ways to succeed, a failure, and
/// the command that compensates it.
const SUCCESS: usize = 0;
const OTHER: usize = 1;
const FAILURE: usize = 2;
const COMMAND: usize = 3;
const EACH: usize = 4;

fn message(step: usize, which: usize) -> usize {
    step * EACH + which
}

pub(crate) fn flow(raw: &Raw) -> Flow {
    let made = Making { raw, outside: raw.steps.len() * EACH };
    let mut steps: Vec<Step> = (0..raw.steps.len()).map(|at| made.step(at)).collect();
    compensate_by_command(&mut steps);
    let entities = (0..raw.entities.len()).map(|entity| made.entity(entity, &steps)).collect();
    remember(&mut steps);
    let external_events =
        raw.external.then(|| ExternalEvent { messages: vec![made.outside, made.outside + 1] });
    Flow::new(
        SERVICES,
        made.outside + 2 * EXTERNAL_EVENTS,
        steps,
        entities,
        external_events.into_iter().collect(),
    )
}

struct Making<'r> {
    raw: &'r Raw,
    outside: usize,
}

impl Making<'_> {
    fn step(&self, at: usize) -> Step {
        let raw = &self.raw.steps[at];
        let flag = |bit: u16| raw.flags & (1 << bit) != 0;
        let service = usize::from(raw.service) % SERVICES;
        let beginning = at == 0;
        let all: Vec<Need> = raw.needs.iter().filter_map(|it| self.need(at, *it)).collect();
        let any: Vec<Need> = raw.alternatives.iter().filter_map(|it| self.need(at, *it)).collect();
        let fails = flag(0) || flag(7);
        let mut closers: Vec<usize> = Vec::new();
        if fails && !beginning {
            closers.extend(raw.unless.and_then(|it| self.earlier(at, it)));
        }
        let waits = !all.is_empty() || !any.is_empty();
        let start = match (beginning, waits && !raw.start.is_multiple_of(5)) {
            (true, _) => Start::Beginning,
            (false, true) => Start::Messages,
            (false, false) => Start::Person,
        };
        let rows = if beginning { Vec::new() } else { self.rows(service, start, &raw.rows) };
        Step {
            name: String::new(),
            service,
            start,
            deadline: fails && waits && flag(1) && !beginning,
            calls: flag(2) && flag(3) && !beginning,
            sql: false,
            kept: flag(4),
            creates: self.created(at, service, raw.creates),
            successes: match flag(5) {
                true => vec![vec![message(at, SUCCESS)], vec![message(at, OTHER)]],
                false => vec![vec![message(at, SUCCESS)]],
            },
            rejects: fails && flag(6),
            failure: fails.then(|| message(at, FAILURE)),
            commands: Vec::new(),
            undo: match raw.undo % 6 {
                0 => Compensation::Missing,
                1 => Compensation::Needless,
                2..=3 => Compensation::Command,
                _ => Compensation::Derived {
                    failures: raw.failures.iter().map(|it| self.any_message(*it)).collect(),
                },
            },
            compensates: None,
            all,
            any,
            closers,
            rows,
        }
    }

    /// What an earlier step, or an external producer, publishes.
    fn earlier(&self, at: usize, which: u8) -> Option<usize> {
        let which = usize::from(which);
        let outside = 2 * usize::from(self.raw.external);
        match which % (at * 5 + outside).max(1) {
            it if it < at * 5 => Some(message(it / 5, [SUCCESS, SUCCESS, SUCCESS, OTHER, FAILURE][it % 5])),
            it if outside > 0 => Some(self.outside + (it - at * 5)),
            _ => None,
        }
    }

    fn need(&self, at: usize, (which, how): (u8, u8)) -> Option<Need> {
        let accepted = self.earlier(at, which)?;
        let others: Vec<usize> = match accepted {
            it if it >= self.outside => vec![self.outside, self.outside + 1],
            it => (0..3).map(|other| it - it % EACH + other).collect(),
        };
        let others: Vec<usize> = others.into_iter().filter(|it| *it != accepted).collect();
        Some(match how % 3 {
            0 => Need { accepts: vec![accepted], excludes: Vec::new() },
            1 => Need { accepts: vec![accepted], excludes: others },
            _ => Need { accepts: vec![accepted, others[0]], excludes: others[1..].to_vec() },
        })
    }

    fn any_message(&self, which: u8) -> usize {
        let which = usize::from(which) % (self.raw.steps.len() * 3);
        message(which / 3, which % 3)
    }

    fn service_of_entity(&self, entity: usize) -> usize {
        usize::from(self.raw.entities[entity].0) % SERVICES
    }

    fn rows(&self, service: usize, start: Start, raw: &[(u8, u8, u8)]) -> Vec<RowUse> {
        let used = |(which, how, to): &(u8, u8, u8)| {
            let entity = usize::from(*which) % (self.raw.entities.len() + 1);
            if entity == self.raw.entities.len() || self.service_of_entity(entity) != service {
                return (how % 4 == 0).then_some(shared());
            }
            Some(RowUse::Own {
                entity,
                from: (how % 3 == 0).then(|| vec![how / 3 % 4]),
                to: (to % 3 > 0).then_some(to / 3 % 4),
                unguarded: how % 7 == 0,
                early: start == Start::Messages && how % 2 == 0,
            })
        };
        raw.iter().filter_map(used).collect()
    }

    /// The first steps at the service of an entity create it.
    fn created(&self, at: usize, service: usize, which: u8) -> Option<usize> {
        let entity = usize::from(which) % (self.raw.entities.len() + 1);
        let fits = entity < self.raw.entities.len() && self.service_of_entity(entity) == service;
        (fits && at < 4).then_some(entity)
    }

    /// One open status at first, and one of each kind.
    fn entity(&self, entity: usize, steps: &[Step]) -> Entity {
        let creators = steps.iter().enumerate().filter(|(_, step)| step.creates == Some(entity));
        Entity {
            statuses: vec![Phase::Open, Phase::Open, Phase::Done, Phase::Failed],
            creators: creators.map(|(at, _)| at).collect(),
        }
    }
}

/// A step that needs the success of a step that a command compensates, and may
/// fail, owes it; a step at the same service obeys. It may move rows, which in
/// a file it cannot.
fn compensate_by_command(steps: &mut Vec<Step>) {
    for of in 0..steps.len() {
        if steps[of].undo != Compensation::Command {
            continue;
        }
        for step in steps.iter_mut().filter(|step| step.failure.is_some()) {
            let needs = step.all.iter().chain(&step.any);
            let awaited = needs.enumerate().find(|(_, need)| need.accepts.contains(&message(of, SUCCESS)));
            let owed = awaited.map(|(need, _)| Command { need, message: message(of, COMMAND) });
            step.commands.extend(owed);
        }
        let rows = steps[of].rows.iter().map(|used| match used.clone() {
            RowUse::Own { entity, from, to, unguarded, .. } => {
                RowUse::Own { entity, from, to, unguarded, early: false }
            }
            RowUse::Shared { .. } => shared(),
        });
        let obeys = Step {
            name: String::new(),
            service: steps[of].service,
            start: Start::Messages,
            all: vec![Need { accepts: vec![message(of, COMMAND)], excludes: Vec::new() }],
            any: Vec::new(),
            closers: Vec::new(),
            deadline: false,
            calls: false,
            sql: false,
            kept: false,
            rows: rows.filter(|used| matches!(used, RowUse::Own { .. })).collect(),
            creates: None,
            successes: vec![Vec::new()],
            rejects: false,
            failure: None,
            commands: Vec::new(),
            undo: Compensation::Missing,
            compensates: Some(of),
        };
        steps.push(obeys);
    }
}

/// A step that was closed owes a command for a success that is on its way. At
/// the service that obeys, another message would move the same row.
pub(crate) fn late_command() -> Flow {
    let [begun, other, taken, failed, command] = [0, 1, 2, 3, 4];
    let need = |message| Need { accepts: vec![message], excludes: Vec::new() };
    let moves =
        |to| vec![RowUse::Own { entity: 0, from: None, to: Some(to), unguarded: false, early: false }];
    let plain = |service, all, successes: Vec<usize>| Step {
        name: String::new(),
        service,
        start: Start::Messages,
        all,
        any: Vec::new(),
        closers: Vec::new(),
        deadline: false,
        calls: false,
        sql: false,
        kept: false,
        rows: Vec::new(),
        creates: None,
        successes: vec![successes],
        rejects: false,
        failure: None,
        commands: Vec::new(),
        undo: Compensation::Missing,
        compensates: None,
    };
    let begin =
        Step { start: Start::Beginning, creates: Some(0), ..plain(1, Vec::new(), vec![begun, other]) };
    let take = Step { undo: Compensation::Command, ..plain(1, vec![need(begun)], vec![taken]) };
    let close = Step {
        closers: vec![other],
        kept: true,
        failure: Some(failed),
        commands: vec![Command { need: 0, message: command }],
        ..plain(2, vec![need(taken)], Vec::new())
    };
    let obey = Step { rows: moves(2), compensates: Some(1), ..plain(1, vec![need(command)], Vec::new()) };
    let end = Step { rows: moves(3), ..plain(1, vec![need(other)], Vec::new()) };
    let entity =
        Entity { statuses: vec![Phase::Open, Phase::Open, Phase::Done, Phase::Failed], creators: vec![0] };
    Flow::new(3, 5, vec![begin, take, close, obey, end], vec![entity], Vec::new())
}

/// Who needs a row of its own has one, as in a file.
fn remember(steps: &mut [Step]) {
    let waits = |used: &RowUse| matches!(used, RowUse::Own { early: true, .. });
    let awaited: Vec<usize> = steps
        .iter()
        .flat_map(|step| &step.rows)
        .filter_map(|used| match used {
            RowUse::Own { entity, early: true, .. } => Some(*entity),
            RowUse::Own { .. } | RowUse::Shared { .. } => None,
        })
        .collect();
    for step in steps {
        step.kept |= step.all.len() + step.any.len() > 1
            || !step.closers.is_empty()
            || step.deadline
            || step.calls
            || step.start == Start::Person
            || matches!(step.undo, Compensation::Derived { .. })
            || step.rows.iter().any(waits)
            || step.creates.is_some_and(|entity| awaited.contains(&entity));
    }
}

/// A row of other instances as well. The exploration chooses whether it fits.
fn shared() -> RowUse {
    RowUse::Shared { statuses: Vec::new(), from: None, to: None }
}
