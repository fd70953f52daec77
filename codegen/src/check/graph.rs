//! The graph of steps and events: what is published and not heard, heard and
//! not published, and what goes in a circle.

use std::collections::HashSet;

use super::draft::Draft;
use crate::checked::*;
use crate::diagnostic::{Code, Diagnostic};

pub(super) fn check(draft: &mut Draft<'_>) {
    let flow = Flow::of(draft);
    // What is missing may be in a part that was not understood.
    if draft.broken_steps.is_empty() && flow.whole {
        nobody_publishes(draft, &flow);
        nobody_hears(draft, &flow);
        command_consumers(draft, &flow);
    }
    no_failed_status(draft, &flow);
    cycles(draft);
    same_row(draft);
}

/// An event, or one variant of it.
type Message = (EventId, Option<VariantIndex>);

/// Who sends and who hears what.
struct Flow {
    published: HashSet<Message>,
    heard: HashSet<Message>,
    /// Whether every reference of every step resolved.
    whole: bool,
}

impl Flow {
    fn of(draft: &Draft<'_>) -> Self {
        let mut flow = Self { published: HashSet::new(), heard: HashSet::new(), whole: true };
        for step in &draft.steps {
            flow.published.extend(sends(draft, step));
            flow.heard.extend(hears(draft, step));
        }
        for event in &draft.events {
            if event.external == External::Publishes {
                flow.published.extend(messages(event));
            }
            if event.external == External::Subscribes {
                flow.heard.extend(messages(event));
            }
        }
        for (step, decl) in draft.steps.iter().zip(&draft.decls) {
            let Some(decl) = decl else {
                continue;
            };
            let closers = step.closers.iter().filter(|it| matches!(it, Closer::Unless(_)));
            let found = step.triggers.len() + step.emissions.len() + closers.count();
            let written = decl.on.len() + decl.any.len() + decl.emits.len() + decl.unless.len();
            flow.whole &= found == written;
        }
        let declared = draft.spec.compensations.len();
        flow.whole &= draft.compensations.len() == declared;
        flow
    }
}

fn messages(event: &Event) -> impl Iterator<Item = Message> {
    let id = event.id;
    event.variants().into_iter().map(move |variant| (id, variant))
}

/// What a step may publish.
fn sends(draft: &Draft<'_>, step: &Step) -> Vec<Message> {
    let mut sent = Vec::new();
    for emission in &step.emissions {
        let event = draft.event(emission.event);
        match &emission.choice {
            Choice::Fixed(variant) => sent.push((event.id, Some(*variant))),
            Choice::Plain => sent.push((event.id, None)),
            Choice::Source(_) | Choice::Handler => sent.extend(messages(event)),
        }
    }
    let failure = step.failure.as_ref();
    sent.extend(failure.map(|failure| (failure.event, Some(failure.variant))));
    sent.extend(step.commands.iter().map(|it| (it.command, None)));
    sent
}

/// What a step waits for, or is closed by.
fn hears(draft: &Draft<'_>, step: &Step) -> Vec<Message> {
    let triggers = step.triggers.iter().map(|it| (it.event, it.variant));
    let unless = step.closers.iter().filter_map(|closer| match closer {
        Closer::Unless(found) => Some((found.event, found.variant)),
        Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
    });
    let all = triggers.chain(unless);
    all.flat_map(|(event, variant)| match variant {
        Some(_) => vec![(event, variant)],
        None => messages(draft.event(event)).collect(),
    })
    .collect()
}

fn show(draft: &Draft<'_>, (event, variant): Message) -> String {
    let event = draft.event(event);
    match variant {
        None => event.name.to_string(),
        Some(variant) => format!("{}.{}", event.name, event.variant(variant).name),
    }
}

fn nobody_publishes(draft: &mut Draft<'_>, flow: &Flow) {
    let mut found = Vec::new();
    for step in &draft.steps {
        let compensates = matches!(step.kind, StepKind::Compensation(_));
        if compensates {
            continue;
        }
        let triggers = step.triggers.iter().map(|it| (it.event, it.variant, it.span));
        let unless = step.closers.iter().filter_map(|closer| match closer {
            Closer::Unless(it) => Some((it.event, it.variant, it.span)),
            Closer::FailedTrigger(..) | Closer::Deadline(..) => None,
        });
        for (id, variant, span) in triggers.chain(unless) {
            let event = draft.event(id);
            let published = match variant {
                Some(_) => flow.published.contains(&(id, variant)),
                None => messages(event).any(|message| flow.published.contains(&message)),
            };
            if published || draft.broken_events.contains(&id) {
                continue;
            }
            let name = show(draft, (id, variant));
            let message = format!("`{}` waits for `{name}`, which nobody publishes", step.name);
            found.push(
                Diagnostic::error(Code::NobodyPublishes, span, message)
                    .label("never comes")
                    .also(event.span, "declared here")
                    .help(format!(
                        "let a step emit it: `emits: {name}`, or declare the event `external: publishes`"
                    )),
            );
        }
    }
    draft.out.extend(found);
}

fn nobody_hears(draft: &mut Draft<'_>, flow: &Flow) {
    let mut found = Vec::new();
    for event in &draft.events {
        if event.is_command() {
            continue;
        }
        let sent = messages(event).filter(|message| flow.published.contains(message));
        let unheard: Vec<Message> = sent.filter(|message| !flow.heard.contains(message)).collect();
        let failing = unheard.iter().find(|(_, variant)| variant.is_some() && *variant == event.failing());
        if let Some(failing) = failing {
            let name = show(draft, *failing);
            let message = format!("nobody hears `{name}`");
            found.push(
                Diagnostic::error(Code::NobodyHears, event.span, message)
                    .label("a failure of this is lost")
                    .help(format!("let the step that waits for the success name the whole event, `on: {}`, or let one handle the failure, `on: {name}`", event.name)),
            );
        }
        let rest: Vec<Message> = unheard.iter().filter(|it| Some(*it) != failing).copied().collect();
        let whole = messages(event).all(|message| unheard.contains(&message));
        if let (Some(first), false) = (rest.first(), failing.is_some() && whole) {
            let name = if whole { event.name.to_string() } else { show(draft, *first) };
            found.push(
                Diagnostic::warning(Code::NobodyHears, event.span, format!("nobody hears `{name}`"))
                    .label("published, and read by no step")
                    .help("declare it `external: subscribes` if others read it, or remove it"),
            );
        }
        let mentioned = messages(event).any(|it| flow.published.contains(&it) || flow.heard.contains(&it));
        if !mentioned {
            found.push(
                Diagnostic::warning(Code::NobodyHears, event.span, format!("nobody uses `{}`", event.name))
                    .label("neither published nor read")
                    .help("remove it, or let a step emit it"),
            );
        }
    }
    draft.out.extend(found);
}

fn command_consumers(draft: &mut Draft<'_>, flow: &Flow) {
    let mut found = Vec::new();
    for event in draft.events.iter().filter(|event| event.is_command()) {
        let reads = |step: &&Step| hears(draft, step).iter().any(|(id, _)| *id == event.id);
        let consumers: Vec<&Step> = draft.steps.iter().filter(reads).collect();
        let outside = event.external == External::Subscribes;
        if consumers.len() + usize::from(outside) == 1 {
            continue;
        }
        let mut diagnostic = match consumers.as_slice() {
            [] => {
                let sent = messages(event).any(|it| flow.published.contains(&it));
                let how = if sent { "is sent, and nobody obeys it" } else { "has no consumer" };
                let message = format!("the command `{}` {how}", event.name);
                Diagnostic::error(Code::CommandConsumers, event.span, message)
                    .label("expected exactly one consumer")
            }
            _ => {
                let message = format!(
                    "the command `{}` has {} consumers",
                    event.name,
                    consumers.len() + usize::from(outside)
                );
                Diagnostic::error(Code::CommandConsumers, event.span, message).label("expected exactly one")
            }
        };
        for step in &consumers {
            diagnostic = diagnostic.also(step.span, "a consumer");
        }
        found.push(diagnostic.help(format!(
            "let one step read it: `on: {}`; a fact for several readers is an event, without `Command`",
            event.name
        )));
    }
    draft.out.extend(found);
}

fn no_failed_status(draft: &mut Draft<'_>, flow: &Flow) {
    let failed = |entity: &Entity| entity.status.as_ref().is_some_and(|it| !it.failed.is_empty());
    let unread = !draft.broken_entities.is_empty();
    if unread || draft.entities.iter().any(failed) {
        return;
    }
    let fails = |event: &&Event| {
        let failing = event.failing();
        failing.is_some() && flow.published.contains(&(event.id, failing))
    };
    let Some(event) = draft.events.iter().find(fails) else {
        return;
    };
    let (name, span) = (event.name.clone(), event.span);
    let message = format!("`{name}` can fail, but nothing says what a failed saga is");
    let found = draft.error(Code::NoFailedStatus, span, message);
    found
        .label("no entity has a `failed` status")
        .help("give the entity that stands for the saga `status: { start: PENDING, done: DONE, failed: FAILED }`, and a step that moves it there");
}

/// The steps that a step reaches by what it publishes.
fn reached(draft: &Draft<'_>) -> Vec<Vec<usize>> {
    let heard: Vec<HashSet<Message>> =
        draft.steps.iter().map(|step| hears(draft, step).into_iter().collect()).collect();
    let next = |step: &Step| {
        let sent = sends(draft, step);
        let hears = |index: &usize| sent.iter().any(|message| heard[*index].contains(message));
        (0..draft.steps.len()).filter(hears).collect()
    };
    draft.steps.iter().map(next).collect()
}

/// Reports each circle once, at its first step.
fn cycles(draft: &mut Draft<'_>) {
    let next = reached(draft);
    let mut reported: HashSet<usize> = HashSet::new();
    for start in 0..draft.steps.len() {
        let broken = draft.is_quiet(StepId(start));
        if reported.contains(&start) || broken {
            continue;
        }
        let Some(circle) = way_back(&next, start) else {
            continue;
        };
        reported.extend(&circle);
        let names = circle.iter().chain([&start]).map(|step| draft.steps[*step].name.as_str());
        let way = names.collect::<Vec<_>>().join(" → ");
        let (span, name) = (draft.steps[start].span, draft.steps[start].name.clone());
        let found = draft.error(Code::Cycle, span, format!("`{name}` is reached by what it publishes"));
        found
            .label(format!("goes round: {way}"))
            .help("rounds are not possible yet: write each as a step of its own, with its own event");
    }
}

/// The shortest way from a step back to itself.
fn way_back(next: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut before = vec![None; next.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(step) = queue.pop_front() {
        for &to in &next[step] {
            if to == start {
                let mut way = vec![step];
                while let Some(earlier) = before[*way.last()?] {
                    way.push(earlier);
                }
                way.reverse();
                return Some(way);
            }
            if before[to].is_none() {
                before[to] = Some(step);
                queue.push_back(to);
            }
        }
    }
    None
}

/// Two steps of a service that create, or compensate, one row in one run.
fn same_row(draft: &mut Draft<'_>) {
    let mut found = Vec::new();
    for (index, one) in draft.steps.iter().enumerate() {
        for other in &draft.steps[index + 1..] {
            if one.service != other.service || exclusive(draft, one, other) {
                continue;
            }
            if let Some((entity, doing)) = shared_row(draft, one, other) {
                let name = &draft.entity(entity).name;
                let message = format!("`{}` and `{}` {doing} the same `{name}`", one.name, other.name);
                found.push(
                    Diagnostic::error(Code::SameRow, other.span, message)
                        .label("both can run in one instance of the saga")
                        .also(one.span, "the other")
                        .help("let them need different variants of one event, merge them, or give each an entity of its own"),
                );
            }
        }
    }
    draft.out.extend(found);
}

fn shared_row(draft: &Draft<'_>, one: &Step, other: &Step) -> Option<(EntityId, &'static str)> {
    let starts = |step: &Step| step.triggers.is_empty();
    let created = one.creates.as_ref().zip(other.creates.as_ref());
    if let Some((creation, second)) = created
        && creation.entity == second.entity
        && !(starts(one) && starts(other))
    {
        let entity = draft.entity(creation.entity);
        let same_key = creation.key.is_some() && creation.key == second.key;
        if entity.status.is_some() || same_key {
            return Some((entity.id, "create"));
        }
    }
    let compensated = |step: &Step| {
        let of = |it: &&Compensation| it.of == step.id && !matches!(it.kind, CompensationKind::Nothing);
        draft.compensations.iter().any(|it| of(&it))
    };
    if !compensated(one) || !compensated(other) {
        return None;
    }
    let pairs = one.rows.iter().flat_map(|row| other.rows.iter().map(move |second| (row, second)));
    let mut same = pairs.filter(|(row, second)| row.entity == second.entity);
    same.next().map(|(row, _)| (row.entity, "are compensated on"))
}

/// Whether two steps need different variants of one event: at most one of
/// them runs.
fn exclusive(draft: &Draft<'_>, one: &Step, other: &Step) -> bool {
    let accepted = |trigger: &Trigger| -> Vec<Option<VariantIndex>> {
        let event = draft.event(trigger.event);
        match trigger.variant {
            Some(_) => vec![trigger.variant],
            None => {
                let good = |it: &Option<VariantIndex>| it.is_none() || *it != event.failing();
                event.variants().into_iter().filter(good).collect()
            }
        }
    };
    let all =
        |step: &Step| -> Vec<Trigger> { step.needs_all().map(|(_, trigger)| trigger.clone()).collect() };
    let (ours, theirs) = (all(one), all(other));
    ours.iter().any(|trigger| {
        let same = theirs.iter().filter(|it| it.event == trigger.event);
        let mine = accepted(trigger);
        same.into_iter().any(|it| !accepted(it).iter().any(|variant| mine.contains(variant)))
    })
}
