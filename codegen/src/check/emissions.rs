//! Where every field that a step writes comes from.

use super::draft::Draft;
use super::offers::{self, Chosen, Moment};
use super::sources::{self, Target, at_failure, at_run};
use super::types;
use crate::checked::*;
use crate::diagnostic::Code;
use crate::names::FieldName;
use crate::source::Span;
use crate::spec::SetValue;

pub(super) fn resolve(draft: &mut Draft<'_>) {
    for index in 0..draft.steps.len() {
        if draft.decls[index].is_none() {
            continue;
        }
        sources::unused_set(draft, index);
        creation(draft, index);
        for emission in 0..draft.steps[index].emissions.len() {
            emit(draft, index, emission);
        }
        let decision = decision(&draft.steps[index]);
        draft.steps[index].decision = decision;
    }
}

fn creation(draft: &mut Draft<'_>, index: usize) {
    let Some(creation) = draft.steps[index].creates.clone() else {
        return;
    };
    if draft.broken_entities.contains(&creation.entity) {
        return;
    }
    let entity = draft.entity(creation.entity).clone();
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
            Some(at_run(draft, index, &target(field, ty, entity.span), Moment::Create))
        }
    };
    let mut fields = Vec::new();
    for field in &entity.fields {
        let source = at_run(draft, index, &target(&field.name, &field.ty, field.span), Moment::Create);
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    draft.steps[index].creates = Some(Creation { key, fields, ..creation });
}

fn emit(draft: &mut Draft<'_>, index: usize, emission: usize) {
    let Emission { event: id, choice, fields: _, span } = draft.steps[index].emissions[emission].clone();
    if draft.broken_events.contains(&id) {
        return;
    }
    let event = draft.event(id).clone();
    let choice = match choice {
        Choice::Handler => decide(draft, index, &event, span),
        other => other,
    };
    let fails = matches!(choice, Choice::Fixed(variant) if Some(variant) == event.failing());
    let mut fields = Vec::new();
    for field in &event.fields {
        let mut target = Target::of_event(&event, field, span);
        target.on_failure = target.on_failure.filter(|_| fails);
        let source = at_run(draft, index, &target, Moment::Run);
        fields.push(SourcedField { field: field.name.clone(), source });
    }
    let whole = draft.steps[index].emissions[emission].choice == Choice::Handler;
    if let (Some(variant), true) = (event.failing(), whole) {
        let failure = failure(draft, index, &event, variant, &choice, span);
        draft.steps[index].failure = failure;
    }
    let emission = &mut draft.steps[index].emissions[emission];
    emission.choice = choice;
    emission.fields = fields;
}

/// What decides the variant of a whole event: a field of the outcome's name
/// that is there already, else the handler. A request that its hook accepts
/// has succeeded, so there is nothing to decide about a boolean.
fn decide(draft: &mut Draft<'_>, index: usize, event: &Event, span: Span) -> Choice {
    let Some(outcome) = &event.outcome else {
        return Choice::Plain;
    };
    let name = outcome.field.as_str();
    if let Some((word, SetValue::Path(path))) = sources::set(draft, index, name) {
        let step = &draft.steps[index];
        return match offers::at_path(draft, step, &path.value) {
            Ok(offer) if decides(draft, event, &offer.ty) => Choice::Source(offer.source),
            Ok(offer) => {
                wrong_outcome(draft, event, &offer, word.span);
                Choice::Handler
            }
            Err(_) => {
                sources::bad_path(draft, path.span, &path.value);
                Choice::Handler
            }
        };
    }
    let ranks = offers::ranks(draft, &draft.steps[index], name, Moment::Create);
    match offers::choose(ranks, |ty| decides(draft, event, ty)) {
        Chosen::One(offer) => Choice::Source(offer.source),
        Chosen::Several(offers) => {
            sources::several(draft, name, event.name.as_str(), &offers, span);
            Choice::Handler
        }
        Chosen::WrongType(offer) => {
            wrong_outcome(draft, event, &offer, span);
            Choice::Handler
        }
        Chosen::Nothing => {
            let boolean = outcome.kind == OutcomeKind::Boolean;
            let good = (0..outcome.variants.len()).map(VariantIndex).find(|it| Some(*it) != outcome.failing);
            match good {
                Some(good) if boolean && draft.steps[index].is_request() => Choice::Fixed(good),
                _ => Choice::Handler,
            }
        }
    }
}

/// Whether a value of a type tells the variants of an event apart.
fn decides(draft: &Draft<'_>, event: &Event, ty: &Type) -> bool {
    let Some(outcome) = &event.outcome else {
        return false;
    };
    match (outcome.kind, ty) {
        (OutcomeKind::Boolean, Type::Bool) => true,
        (OutcomeKind::Values, Type::OutcomeOf(id)) => *id == event.id,
        (OutcomeKind::Values, Type::Declared(id)) => match &draft.types[id.0].shape {
            TypeShape::Enum(values) => values
                .iter()
                .all(|value| outcome.variants.iter().any(|variant| variant.name == value.as_str())),
            TypeShape::Record(_) => false,
        },
        _ => false,
    }
}

fn wrong_outcome(draft: &mut Draft<'_>, event: &Event, offer: &offers::Offer, span: Span) {
    let name = event.outcome.as_ref().map_or("", |outcome| outcome.field.as_str());
    let ty = types::show(draft, &offer.ty);
    let boolean = event.outcome.as_ref().is_some_and(|it| it.kind == OutcomeKind::Boolean);
    let wanted = if boolean { "bool" } else { "an enum of the outcome's values" };
    let declared = event.span;
    let message = format!("`{name}` cannot decide the outcome of `{}`", event.name);
    let found = draft.error(Code::Source, span, message);
    found
        .label(format!("expected {wanted}, {} is {ty}", offer.from))
        .also(declared, "the event")
        .help("change the type, or call the field or the outcome something else");
}

fn failure(
    draft: &mut Draft<'_>,
    index: usize,
    event: &Event,
    variant: VariantIndex,
    choice: &Choice,
    span: Span,
) -> Option<Failure> {
    let step = &draft.steps[index];
    let mut causes = Vec::new();
    if !step.is_request() {
        causes.push(Cause::Rejected);
    }
    if matches!(choice, Choice::Source(_)) {
        causes.push(Cause::Chosen);
    }
    causes.extend((0..step.closers.len()).map(Cause::Closed));
    let mut cases = Vec::new();
    let mut blamed = Vec::new();
    for cause in causes {
        let mut fields = Vec::new();
        for field in &event.fields {
            let target = Target::of_event(event, field, span);
            let source = at_failure(draft, index, &target, cause).unwrap_or_else(|| {
                if !blamed.contains(&field.name) {
                    blamed.push(field.name.clone());
                    sources::no_failing_source(draft, index, event, variant, &target, cause);
                }
                FieldSource::Absent
            });
            fields.push(SourcedField { field: field.name.clone(), source });
        }
        cases.push(FailureCase { cause, fields });
    }
    (!cases.is_empty()).then_some(Failure { event: event.id, variant, cases })
}

fn decision(step: &Step) -> Decision {
    if step.reads.is_some() {
        return Decision::Wiring;
    }
    let created = step.creates.iter().flat_map(|creation| {
        let fields = creation.fields.iter().map(|field| &field.source);
        fields.chain(&creation.key)
    });
    let emitted = step.emissions.iter().flat_map(|it| it.fields.iter().map(|field| &field.source));
    let unsourced = created.chain(emitted).any(|source| *source == FieldSource::Handler);
    let chosen = step.emissions.iter().any(|it| it.choice == Choice::Handler);
    if unsourced || chosen || step.handler != HandlerKind::State {
        return Decision::Required;
    }
    let writes_rows = step.rows.iter().any(|row| row.to.is_none());
    let silent = step.creates.is_none() && step.emissions.is_empty();
    let idle = silent && step.rows.is_empty();
    match step.is_request() {
        true if writes_rows && silent => Decision::Required,
        true => Decision::Hook,
        false if writes_rows || idle => Decision::Required,
        false => Decision::Wiring,
    }
}
