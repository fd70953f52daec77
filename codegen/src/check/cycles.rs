//! Events that go in a cycle.

use std::collections::{HashMap, HashSet, VecDeque};

use super::findings::graph as findings;
use super::messages::{Message, closes, hears, messages_of, needs, sends};
use super::resolver::Resolver;
use crate::names::StepName;
use crate::resolved::StepId;
use crate::source::Span;

/// Reports each cycle once, at its first step.
pub(super) fn check(resolver: &mut Resolver<'_>) {
    let next = reached(resolver);
    let mut reported: HashSet<usize> = HashSet::new();
    for start in in_or_between_cycles(&next) {
        if reported.contains(&start) || resolver.is_tainted(StepId(start)) {
            continue;
        }
        let Some(cycle) = way_back(&next, start) else {
            continue;
        };
        reported.extend(&cycle);
        let names = cycle.iter().chain([&start]).map(|step| resolver.steps[*step].name.as_str());
        let way = names.collect::<Vec<_>>().join(" → ");
        let edges = cycle.iter().zip(cycle.iter().skip(1).chain([&start]));
        let found = match edges.clone().find_map(|(from, to)| closed_by(resolver, *from, *to)) {
            Some((step, message, span)) => findings::closed_by_itself(&step, &message, &way, span),
            None => findings::cycle(&resolver.steps[start].name, &way, resolver.steps[start].span),
        };
        resolver.report(found);
    }
}

/// What of that which `from` publishes only closes `to`: the name of `to`, what closes it, and where it says so.
fn closed_by(resolver: &Resolver<'_>, from: usize, to: usize) -> Option<(StepName, String, Span)> {
    let (from, to) = (&resolver.steps[from], &resolver.steps[to]);
    let (sent, needed) = (sends(resolver, from), needs(resolver, to));
    if sent.iter().any(|message| needed.contains(message)) {
        return None;
    }
    let mut closers = closes(to);
    let closer = closers.find(|it| messages_of(resolver, it).iter().any(|message| sent.contains(message)))?;
    let event = resolver.event(closer.event);
    let variant = closer.variant.map(|variant| format!(".{}", event.variant(variant).name));
    Some((to.name.clone(), format!("{}{}", event.name, variant.unwrap_or_default()), closer.span))
}

/// The steps that each step reaches by what it publishes.
fn reached(resolver: &Resolver<'_>) -> Vec<Vec<usize>> {
    let mut readers: HashMap<Message, Vec<usize>> = HashMap::new();
    for (index, step) in resolver.steps.iter().enumerate() {
        let heard: HashSet<Message> = hears(resolver, step).into_iter().collect();
        heard.into_iter().for_each(|message| readers.entry(message).or_default().push(index));
    }
    let mut next = Vec::with_capacity(resolver.steps.len());
    for step in &resolver.steps {
        let sent = sends(resolver, step);
        let mut reached: Vec<usize> =
            sent.iter().flat_map(|message| readers.get(message).into_iter().flatten().copied()).collect();
        reached.sort_unstable();
        reached.dedup();
        next.push(reached);
    }
    next
}

/// What is left when steps that nothing reaches are taken away, again and
/// again. In a good file nothing is, and no way back is looked for.
fn in_or_between_cycles(next: &[Vec<usize>]) -> Vec<usize> {
    let mut reaching = vec![0_usize; next.len()];
    next.iter().flatten().for_each(|step| reaching[*step] += 1);
    let mut free: Vec<usize> = (0..next.len()).filter(|step| reaching[*step] == 0).collect();
    while let Some(step) = free.pop() {
        for &to in &next[step] {
            reaching[to] -= 1;
            if reaching[to] == 0 {
                free.push(to);
            }
        }
    }
    (0..next.len()).filter(|step| reaching[*step] > 0).collect()
}

/// The shortest way from a step back to itself.
fn way_back(next: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut before = vec![None; next.len()];
    let mut queue = VecDeque::from([start]);
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
