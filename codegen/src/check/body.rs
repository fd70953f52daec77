//! The body of a request that declares none: the fields of its events, and what
//! the created row requires, as far as nothing else supplies them.

use super::candidates::{self, Chosen, Moment, Wanted};
use super::resolver::Resolver;
use super::sources;
use super::step_draft::StepDraft;
use crate::resolved::*;

pub(super) fn derive(resolver: &mut Resolver<'_>) {
    for index in 0..resolver.steps.len() {
        let declared = resolver.decls[index].is_none_or(|decl| decl.body.is_some());
        let step = &resolver.steps[index];
        if declared || step.http.is_none() || step.reads.is_some() {
            continue;
        }
        let body = body(resolver, index);
        resolver.steps[index].body = body;
    }
}

fn body(resolver: &Resolver<'_>, index: usize) -> Vec<BodyField> {
    let step = &resolver.steps[index];
    let mut body: Vec<BodyField> = Vec::new();
    let created = step.creates.as_ref().map(|it| resolver.entity(it.entity).name.to_string());
    // What a row may lack, a caller sets only if the file says so.
    let needed = |wanted: &Wanted| Some(&wanted.owner) != created.as_ref() || !wanted.ty.is_optional();
    let wanted = candidates::wanted(resolver, step).into_iter().filter(needed);
    for wanted in wanted.chain(outcome(resolver, step)) {
        if is_supplied(resolver, step, &wanted) {
            continue;
        }
        match body.iter_mut().find(|field| field.name == wanted.name) {
            // What one of two readers requires must be in the body.
            Some(field) if field.ty.accepts(&wanted.ty) => field.ty = wanted.ty,
            Some(_) => {}
            None => body.push(BodyField { name: wanted.name, ty: wanted.ty, span: wanted.span }),
        }
    }
    body
}

/// A choice among named variants is the caller's.
fn outcome(resolver: &Resolver<'_>, step: &StepDraft) -> Option<Wanted> {
    let emission = step.emissions.iter().find(|it| it.choice == Choice::Handler)?;
    let event = resolver.event(emission.event);
    let outcome = event.outcome.as_ref()?;
    let ty = Type::OutcomeOf(event.id, event.outcome_type()?);
    Some(Wanted { name: outcome.field.clone(), owner: event.name.to_string(), ty, span: outcome.span })
}

fn is_supplied(resolver: &Resolver<'_>, step: &StepDraft, wanted: &Wanted) -> bool {
    let name = wanted.name.as_str();
    if resolver.is_correlation(name) {
        return step.correlation != Some(FieldSource::Body(wanted.name.clone()));
    }
    let set = sources::set(resolver, step.id.0, &wanted.owner, name).is_some();
    // A field of the created row is no source of itself.
    let ranks = candidates::ranks(resolver, step, name, Moment::Create);
    let found = !matches!(candidates::choose(ranks, |ty| wanted.ty.accepts(ty)), Chosen::Nothing);
    let created = step.creates.as_ref().map(|it| resolver.entity(it.entity));
    let own_key = created
        .is_some_and(|it| matches!(it.key, EntityKey::Allocated(_)) && it.key_reference() == wanted.name);
    set || found || own_key
}
