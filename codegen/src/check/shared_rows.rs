//! Two steps of a service that create, or compensate, one row in one run.

use std::collections::HashSet;

use super::findings::graph as findings;
use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::resolved::*;

pub(super) fn check(resolver: &mut Resolver<'_>) {
    let mut found = Vec::new();
    let compensated = compensated(resolver);
    let candidates: Vec<&StepDraft> = resolver
        .steps
        .iter()
        .filter(|step| step.creates.is_some() || compensated.contains(&step.id))
        .collect();
    for (index, other) in candidates.iter().enumerate() {
        let earlier = candidates[..index].iter().filter(|one| one.service == other.service);
        // One finding a step: a third step on the same row is a second one.
        let clash = earlier.into_iter().find_map(|one| {
            let (entity, doing) = shared(resolver, one, other, &compensated)?;
            (!exclusive(resolver, one, other)).then_some((one, entity, doing))
        });
        if let Some((one, entity, doing)) = clash {
            let name = &resolver.entity(entity).name;
            found.push(findings::same_row((&one.name, one.span), (&other.name, other.span), name, doing));
        }
    }
    resolver.out.extend(found);
}

fn compensated(resolver: &Resolver<'_>) -> HashSet<StepId> {
    let acts = |it: &&Compensation| !matches!(it.kind, CompensationKind::Nothing);
    resolver.compensations.iter().filter(acts).map(|it| it.of).collect()
}

fn shared(
    resolver: &Resolver<'_>,
    one: &StepDraft,
    other: &StepDraft,
    compensated: &HashSet<StepId>,
) -> Option<(EntityId, &'static str)> {
    let starts = |step: &StepDraft| step.triggers.is_empty();
    let created = one.creates.as_ref().zip(other.creates.as_ref());
    if let Some((creation, second)) = created
        && creation.entity == second.entity
        && !(starts(one) && starts(other))
    {
        let entity = resolver.entity(creation.entity);
        let same_key = creation.key.is_some() && creation.key == second.key;
        if entity.status.is_some() || same_key {
            return Some((entity.id, "create"));
        }
    }
    if !compensated.contains(&one.id) || !compensated.contains(&other.id) {
        return None;
    }
    let pairs = one.rows.iter().flat_map(|row| other.rows.iter().map(move |second| (row, second)));
    let mut same = pairs.filter(|(row, second)| row.entity == second.entity);
    same.next().map(|(row, _)| (row.entity, "are compensated on"))
}

/// Whether two steps need different variants of one event: at most one of
/// them runs.
fn exclusive(resolver: &Resolver<'_>, one: &StepDraft, other: &StepDraft) -> bool {
    one.needs_all().any(|(_, ours)| {
        let mut same = other.needs_all().filter(|(_, theirs)| theirs.event == ours.event);
        let mine = accepted(resolver, ours);
        same.any(|(_, theirs)| !accepted(resolver, theirs).iter().any(|variant| mine.contains(variant)))
    })
}

/// The variants that a trigger is content with.
fn accepted(resolver: &Resolver<'_>, trigger: &Trigger) -> Vec<Option<VariantIndex>> {
    if trigger.variant.is_some() {
        return vec![trigger.variant];
    }
    let event = resolver.event(trigger.event);
    let good = |it: &Option<VariantIndex>| it.is_none() || *it != event.failing();
    event.variants().into_iter().filter(good).collect()
}
