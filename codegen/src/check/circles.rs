//! Events that go in a circle.

use std::collections::{HashMap, HashSet, VecDeque};

use super::draft::Draft;
use super::graph::{Message, hears, sends};
use crate::checked::StepId;
use crate::diagnostic::Code;

/// Reports each circle once, at its first step.
pub(super) fn check(draft: &mut Draft<'_>) {
    let next = reached(draft);
    let mut reported: HashSet<usize> = HashSet::new();
    for start in in_or_between_circles(&next) {
        if reported.contains(&start) || draft.is_quiet(StepId(start)) {
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

/// The steps that each step reaches by what it publishes.
fn reached(draft: &Draft<'_>) -> Vec<Vec<usize>> {
    let mut readers: HashMap<Message, Vec<usize>> = HashMap::new();
    for (index, step) in draft.steps.iter().enumerate() {
        let heard: HashSet<Message> = hears(draft, step).into_iter().collect();
        heard.into_iter().for_each(|message| readers.entry(message).or_default().push(index));
    }
    let mut next = Vec::with_capacity(draft.steps.len());
    for step in &draft.steps {
        let sent = sends(draft, step);
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
fn in_or_between_circles(next: &[Vec<usize>]) -> Vec<usize> {
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
