//! One sentence for what a step does, as its function's documentation.

use crate::lower::event::what;
use crate::resolved::{Choice, Decision, EventId, Lookup, Resolved, Step, StepKind};

/// What a step does, after its name: "on `OrderCreated`, publishes …".
pub(super) fn of(spec: &Resolved, step: &Step) -> String {
    let when = match step.triggers.as_slice() {
        [] => String::new(),
        [trigger] => format!("on `{}`, ", what(spec, trigger.event, trigger.variant)),
        _ => "everything is there, so ".to_owned(),
    };
    format!("{when}{}", listed(&deeds(spec, step)))
}

/// "`A`", "`A` and `B`", "`A`, `B` and `C`".
pub(crate) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// "an" before a vowel.
pub(crate) fn article(name: &str) -> &'static str {
    if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" }
}

fn deeds(spec: &Resolved, step: &Step) -> Vec<String> {
    let mut deeds = Vec::new();
    if let StepKind::Compensation(id) = step.kind {
        deeds.push(format!("compensates `{}`", spec.step(spec.compensation(id).of).name));
    }
    let compensates = !deeds.is_empty();
    for used in &step.rows {
        let entity = &spec.entity(used.entity).name;
        let which = if matches!(used.lookup, Lookup::Keys(_)) { "each" } else { "the" };
        let changes = step.decision == Decision::Required || !used.set.is_empty();
        match &used.to {
            Some(to) => deeds.push(format!("moves {which} `{entity}` to `{to}`")),
            None if used.missing.is_some() => deeds.push(format!("changes or creates the `{entity}`")),
            None if changes && !compensates => deeds.push(format!("changes {which} `{entity}`")),
            None => {}
        }
    }
    if let Some(creation) = &step.creates {
        let entity = spec.entity(creation.entity).name.as_str();
        deeds.push(format!("creates {} `{entity}`", article(entity)));
    }
    let published: Vec<String> =
        step.emissions.iter().map(|it| published(spec, it.event, &it.choice)).collect();
    if !published.is_empty() {
        deeds.push(format!("publishes {}", listed(&published)));
    }
    if deeds.is_empty() {
        deeds.push("asks the handler".to_owned());
    }
    deeds
}

fn published(spec: &Resolved, event: EventId, choice: &Choice) -> String {
    let variant = match choice {
        Choice::Fixed(variant) => Some(*variant),
        Choice::Plain | Choice::Source(_) | Choice::Handler => None,
    };
    format!("`{}`", what(spec, event, variant))
}
