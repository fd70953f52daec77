//! Where every field that a step writes comes from.

use super::candidates::{self, Chosen, Moment};
use super::findings::sources as findings;
use super::resolver::Resolver;
use super::sources::{self, Target, at_failure, at_run};
use super::step_draft::{CreationDraft, EmissionDraft, StepDraft};
use super::{paths, row_writes, types};
use crate::names::FieldName;
use crate::resolved::*;
use crate::source::Span;
use crate::spec::{CompensationDeclKind, SetValue};

pub(super) fn resolve(resolver: &mut Resolver<'_>) {
    for index in 0..resolver.steps.len() {
        if resolver.decls[index].is_none() {
            continue;
        }
        sources::check_set(resolver, index);
        creation(resolver, index);
        row_writes::resolve(resolver, index);
        for emission in 0..resolver.steps[index].emissions.len() {
            emit(resolver, index, emission);
        }
    }
}

fn creation(resolver: &mut Resolver<'_>, index: usize) {
    let Some(creation) = resolver.steps[index].creates.clone() else {
        return;
    };
    if resolver.broken_entities.contains(&creation.entity) {
        return;
    }
    let entity = resolver.entity(creation.entity).clone();
    let target = |name: &FieldName, ty: &Type, declared| Target {
        name: name.clone(),
        ty: ty.clone(),
        declared,
        at: creation.span,
        owner: entity.name.to_string(),
        on_failure: None,
    };
    let key = match &entity.key {
        EntityKey::Allocated(_) => None,
        EntityKey::Given { field, ty } => {
            Some(at_run(resolver, index, &target(field, ty, entity.span), Moment::Create))
        }
    };
    let mut fields = Vec::new();
    for field in &entity.fields {
        let source = at_run(resolver, index, &target(&field.name, &field.ty, field.span), Moment::Create);
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    resolver.steps[index].creates = Some(CreationDraft { key, fields: Some(fields), ..creation });
}

fn emit(resolver: &mut Resolver<'_>, index: usize, emission: usize) {
    let EmissionDraft { event: id, choice, fields: _, span } =
        resolver.steps[index].emissions[emission].clone();
    if resolver.broken_events.contains(&id) {
        return;
    }
    let event = resolver.event(id).clone();
    let choice = match choice {
        Choice::Handler => decide(resolver, index, &event, span),
        other => other,
    };
    let fails = matches!(choice, Choice::Fixed(variant) if Some(variant) == event.failing());
    let mut fields = Vec::new();
    for field in &event.fields {
        let mut target = Target::of_event(&event, field, span);
        target.on_failure = target.on_failure.filter(|_| fails);
        let source = at_run(resolver, index, &target, Moment::Run);
        if source == FieldSource::Absent && sources::is_missed(resolver, index, &event, &target) {
            sources::always_absent(resolver, index, &event, &target);
        }
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    let whole = resolver.steps[index].emissions[emission].choice == Choice::Handler;
    if let (Some(variant), true) = (event.failing(), whole) {
        let failure = failure(resolver, index, &event, variant, &choice, span);
        resolver.steps[index].failure = failure;
    }
    let emission = &mut resolver.steps[index].emissions[emission];
    emission.choice = choice;
    emission.fields = Some(fields);
}

/// What decides the variant of a whole event: a field of the outcome's name
/// that is there already, else the handler. A request that its hook accepts
/// has succeeded, so there is nothing to decide about a boolean.
fn decide(resolver: &mut Resolver<'_>, index: usize, event: &Event, span: Span) -> Choice {
    let Some(outcome) = &event.outcome else {
        return Choice::Plain;
    };
    let name = outcome.field.as_str();
    if let Some((word, SetValue::Path(path))) = sources::set(resolver, index, event.name.as_str(), name) {
        let step = &resolver.steps[index];
        return match candidates::at_path(resolver, step, &path.value) {
            Ok(candidate) if decides(resolver, event, &candidate.ty) => Choice::Source(candidate.source),
            Ok(candidate) => {
                wrong_outcome(resolver, event, &candidate, word.span);
                Choice::Handler
            }
            Err(_) => {
                paths::report(resolver, index, &path.value, path.span);
                Choice::Handler
            }
        };
    }
    let ranks = candidates::ranks(resolver, &resolver.steps[index], name, Moment::Create);
    match candidates::choose(ranks, |ty| decides(resolver, event, ty)) {
        Chosen::One(candidate) => Choice::Source(candidate.source),
        Chosen::Several(candidates) => {
            sources::several(resolver, name, event.name.as_str(), &candidates, span);
            Choice::Handler
        }
        Chosen::WrongType(candidate) => {
            wrong_outcome(resolver, event, &candidate, span);
            Choice::Handler
        }
        Chosen::Nothing => {
            let boolean = outcome.kind == OutcomeKind::Boolean;
            let good = (0..outcome.variants.len()).map(VariantIndex).find(|it| Some(*it) != outcome.failing);
            match good {
                Some(good) if boolean && resolver.steps[index].is_request() => Choice::Fixed(good),
                _ => Choice::Handler,
            }
        }
    }
}

/// Whether a value of a type tells the variants of an event apart.
fn decides(resolver: &Resolver<'_>, event: &Event, ty: &Type) -> bool {
    let Some(outcome) = &event.outcome else {
        return false;
    };
    match (outcome.kind, ty) {
        (OutcomeKind::Boolean, Type::Bool) => true,
        (OutcomeKind::Values, Type::OutcomeOf(id, _)) => *id == event.id,
        (OutcomeKind::Values, Type::Declared(declared)) => match &resolver.types[declared.id.0].shape {
            TypeShape::Enum(values) => values
                .iter()
                .all(|value| outcome.variants.iter().any(|variant| variant.name == value.as_str())),
            TypeShape::Record(_) => false,
        },
        _ => false,
    }
}

fn wrong_outcome(resolver: &mut Resolver<'_>, event: &Event, candidate: &candidates::Candidate, span: Span) {
    let name = event.outcome.as_ref().map_or("", |outcome| outcome.field.as_str());
    let ty = types::show(resolver, &candidate.ty);
    let outcome = event.outcome.as_ref().filter(|it| it.kind == OutcomeKind::Values);
    let values = outcome.map(|it| it.variants.iter().map(|it| it.name.as_str()).collect::<Vec<_>>());
    let values = values.map(|it| it.join(", "));
    let found =
        findings::wrong_outcome((&event.name, event.span), name, values, (&candidate.from, &ty), span);
    resolver.report(found);
}

fn failure(
    resolver: &mut Resolver<'_>,
    index: usize,
    event: &Event,
    variant: VariantIndex,
    choice: &Choice,
    span: Span,
) -> Option<Failure> {
    let step = &resolver.steps[index];
    let mut causes = Vec::new();
    if !step.is_request() {
        causes.push(Cause::Rejected);
    }
    if matches!(choice, Choice::Source(_)) {
        causes.push(Cause::Chosen);
    }
    causes.extend((0..step.closers.len()).map(Cause::Closed));
    if hears_of_the_failure(resolver, step) {
        causes.push(Cause::SagaFailed);
    }
    let mut cases = Vec::new();
    let mut blamed = Vec::new();
    for cause in causes {
        let mut fields = Vec::new();
        for field in &event.fields {
            let target = Target::of_event(event, field, span);
            let source = at_failure(resolver, index, &target, cause).unwrap_or_else(|| {
                if !blamed.contains(&field.name) {
                    blamed.push(field.name.clone());
                    sources::no_failing_source(resolver, index, event, variant, &target, cause);
                }
                FieldSource::Absent
            });
            fields.push(SourcedField { field: field.name.clone(), source });
        }
        cases.push(FailureCase { cause, fields });
    }
    (!cases.is_empty()).then_some(Failure { event: event.id, variant, cases })
}

/// Whether the failure of the saga reaches a step by itself: it has a
/// compensation that subscribes to it.
fn hears_of_the_failure(resolver: &Resolver<'_>, step: &StepDraft) -> bool {
    resolver.spec.compensations.iter().any(|compensation| {
        let derived = matches!(compensation.kind, CompensationDeclKind::Derived(_));
        derived && !step.triggers.is_empty() && compensation.of.value == step.name.as_str()
    })
}
