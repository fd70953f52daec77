//! Where every field that a step writes comes from.

use super::draft::{Draft, unknown};
use super::offers::{self, Chosen, Moment};
use super::{literal, types};
use crate::checked::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::FieldName;
use crate::source::Span;
use crate::spec::{SetValue, Word};

pub(super) fn resolve(draft: &mut Draft<'_>) {
    for index in 0..draft.steps.len() {
        if draft.decls[index].is_none() {
            continue;
        }
        unused_set(draft, index);
        creation(draft, index);
        for emission in 0..draft.steps[index].emissions.len() {
            emit(draft, index, emission);
        }
        let decision = decision(&draft.steps[index]);
        draft.steps[index].decision = decision;
    }
}

/// A field to be written, and where to point if it has no source.
struct Target {
    name: FieldName,
    ty: Type,
    /// Where the field is declared.
    declared: Span,
    /// `emits` or `creates` of the step.
    at: Span,
    owner: String,
    on_failure: Option<Literal>,
}

impl Target {
    fn of_event(event: &Event, field: &EventField, at: Span) -> Self {
        Self {
            name: field.name.clone(),
            ty: field.ty.clone(),
            declared: field.span,
            at,
            owner: event.name.to_string(),
            on_failure: field.on_failure.clone(),
        }
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
    if let Some((word, SetValue::Path(path))) = set(draft, index, name) {
        let step = &draft.steps[index];
        return match offers::at_path(draft, step, &path.value) {
            Ok(offer) if decides(draft, event, &offer.ty) => Choice::Source(offer.source),
            Ok(offer) => {
                wrong_outcome(draft, event, &offer, word.span);
                Choice::Handler
            }
            Err(_) => {
                bad_path(draft, path.span, &path.value);
                Choice::Handler
            }
        };
    }
    let ranks = offers::ranks(draft, &draft.steps[index], name, Moment::Create);
    match offers::choose(ranks, |ty| decides(draft, event, ty)) {
        Chosen::One(offer) => Choice::Source(offer.source),
        Chosen::Several(offers) => {
            several(draft, name, event.name.as_str(), &offers, span);
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
                    no_failing_source(draft, index, event, variant, &target, cause);
                }
                FieldSource::Absent
            });
            fields.push(SourcedField { field: field.name.clone(), source });
        }
        cases.push(FailureCase { cause, fields });
    }
    (!cases.is_empty()).then_some(Failure { event: event.id, variant, cases })
}

/// The source of a field when the step runs.
fn at_run(draft: &mut Draft<'_>, index: usize, target: &Target, moment: Moment) -> FieldSource {
    if let Some(source) = from_set(draft, index, target) {
        return source;
    }
    if let Some(literal) = &target.on_failure {
        return FieldSource::OnFailure(literal.clone());
    }
    let ranks = offers::ranks(draft, &draft.steps[index], target.name.as_str(), moment);
    match offers::choose(ranks, |ty| target.ty.accepts(ty)) {
        Chosen::One(offer) => offer.source,
        Chosen::Several(offers) => {
            several(draft, target.name.as_str(), &target.owner, &offers, target.at);
            FieldSource::Absent
        }
        Chosen::WrongType(offer) if !quiet(draft, index) => {
            wrong_type(draft, target, &offer, target.at);
            FieldSource::Absent
        }
        Chosen::WrongType(_) | Chosen::Nothing if target.ty.is_optional() => FieldSource::Absent,
        Chosen::WrongType(_) | Chosen::Nothing => FieldSource::Handler,
    }
}

/// The source of a field of the failing variant; none if there is none.
fn at_failure(draft: &mut Draft<'_>, index: usize, target: &Target, cause: Cause) -> Option<FieldSource> {
    if let Some(source) = set_at_failure(draft, index, target, cause) {
        return Some(source);
    }
    if let Some(literal) = &target.on_failure {
        return Some(FieldSource::OnFailure(literal.clone()));
    }
    let moment = Moment::Fail(cause);
    let ranks = offers::ranks(draft, &draft.steps[index], target.name.as_str(), moment);
    match offers::choose(ranks, |ty| target.ty.accepts(ty)) {
        Chosen::One(offer) => Some(offer.source),
        Chosen::Several(offers) => {
            several(draft, target.name.as_str(), &target.owner, &offers, target.at);
            Some(FieldSource::Absent)
        }
        Chosen::WrongType(_) | Chosen::Nothing if target.ty.is_optional() => Some(FieldSource::Absent),
        Chosen::WrongType(_) | Chosen::Nothing if quiet(draft, index) => Some(FieldSource::Absent),
        Chosen::WrongType(_) | Chosen::Nothing => None,
    }
}

/// Whether a part of a step was not understood, so that a missing source may
/// be no fault of the file.
fn quiet(draft: &Draft<'_>, index: usize) -> bool {
    let step = &draft.steps[index];
    let events = step.triggers.iter().map(|trigger| trigger.event);
    let mut entities = step.rows.iter().map(|row| row.entity).chain(step.creates.iter().map(|it| it.entity));
    let written = draft.decls[index].map_or(0, |decl| decl.on.len() + decl.any.len() + decl.entity.len());
    draft.is_quiet(step.id)
        || step.triggers.len() + step.rows.len() < written
        || events.into_iter().any(|id| draft.broken_events.contains(&id))
        || entities.any(|id| draft.broken_entities.contains(&id))
}

fn set<'s>(draft: &Draft<'s>, index: usize, name: &str) -> Option<&'s (Word, SetValue)> {
    let decl = draft.decls[index]?;
    decl.set.iter().find(|(word, _)| word.value == name)
}

fn from_set(draft: &mut Draft<'_>, index: usize, target: &Target) -> Option<FieldSource> {
    let (_, value) = set(draft, index, target.name.as_str())?;
    match value {
        SetValue::Literal(node) => match literal::read(node, &target.ty, &draft.types) {
            Ok(literal) => Some(FieldSource::Literal(literal)),
            Err(expected) => {
                let message = format!("this does not fit the type of `{}`", target.name);
                let found = draft.error(Code::BadLiteral, node.span, message);
                found
                    .label(format!("expected {expected}"))
                    .also(target.declared, "the field")
                    .help("write such a value, or a path: `Trigger.field`, `Entity.field`");
                Some(FieldSource::Absent)
            }
        },
        SetValue::Path(path) => match offers::at_path(draft, &draft.steps[index], &path.value) {
            Ok(offer) if target.ty.accepts(&offer.ty) => Some(offer.source),
            Ok(offer) => {
                wrong_type(draft, target, &offer, path.span);
                Some(FieldSource::Absent)
            }
            Err(_) => {
                if !quiet(draft, index) {
                    bad_path(draft, path.span, &path.value);
                }
                Some(FieldSource::Absent)
            }
        },
    }
}

/// `set` holds in the failing variant too, if what it names is there then.
fn set_at_failure(draft: &mut Draft<'_>, index: usize, target: &Target, cause: Cause) -> Option<FieldSource> {
    let source = from_set(draft, index, target)?;
    let step = &draft.steps[index];
    let there = match &source {
        FieldSource::Trigger(trigger, _) => match cause {
            Cause::Rejected | Cause::Chosen => true,
            Cause::Closed(closer) => {
                matches!(&step.closers[closer], Closer::FailedTrigger(failed, _) if failed == trigger)
            }
        },
        FieldSource::EntityKey(_) | FieldSource::EntityField(..) => cause == Cause::Chosen,
        _ => true,
    };
    there.then_some(source)
}

fn unused_set(draft: &mut Draft<'_>, index: usize) {
    let Some(decl) = draft.decls[index] else {
        return;
    };
    let step = &draft.steps[index];
    if quiet(draft, index) || decl.set.is_empty() {
        return;
    }
    let mut names: Vec<String> = offers::wanted(draft, step).iter().map(|it| it.name.to_string()).collect();
    let outcomes = step.emissions.iter().filter_map(|it| draft.event(it.event).outcome.as_ref());
    names.extend(outcomes.map(|outcome| outcome.field.to_string()));
    for (word, _) in &decl.set {
        if !names.contains(&word.value) {
            let (mut found, _) = unknown(word, "field", names.iter().map(String::as_str), "fields");
            found.message = format!("`{}` writes no field `{}`", decl.name.value, word.value);
            draft.out.push(found);
        }
    }
}

fn several(draft: &mut Draft<'_>, name: &str, owner: &str, offers: &[offers::Offer], span: Span) {
    let from: Vec<&str> = offers.iter().map(|offer| offer.from.as_str()).collect();
    let first = from.first().map_or("", |it| it.trim_matches('`'));
    let message = format!("`{name}` of `{owner}` has two sources");
    let found = draft.error(Code::Source, span, message);
    found
        .label(format!("{} offer it", from.join(" and ")))
        .help(format!("say which: `set: {{ {name}: {first} }}`"));
}

fn wrong_type(draft: &mut Draft<'_>, target: &Target, offer: &offers::Offer, span: Span) {
    let wanted = types::show(draft, &target.ty);
    let ty = types::show(draft, &offer.ty);
    let message = format!("`{}` of `{}` has a source of another type", target.name, target.owner);
    let found = draft.error(Code::Source, span, message);
    found
        .label(format!("expected {wanted}, {} is {ty}", offer.from))
        .also(target.declared, "the field")
        .help("make both one type, rename one, or name another source under `set`");
}

fn bad_path(draft: &mut Draft<'_>, span: Span, path: &[String]) {
    let message = format!("`{}` leads to no field", path.join("."));
    let found = draft.error(Code::UnknownName, span, message);
    found.label("neither a trigger's nor a row's field").help(
        "write `Trigger.field` for an event of `on` or `any`, or `Entity.field` for a row of this step",
    );
}

fn no_failing_source(
    draft: &mut Draft<'_>,
    index: usize,
    event: &Event,
    variant: VariantIndex,
    target: &Target,
    cause: Cause,
) {
    let step = &draft.steps[index];
    let when = match cause {
        Cause::Rejected => "the step is rejected".to_owned(),
        Cause::Chosen => "the failing variant is chosen".to_owned(),
        Cause::Closed(closer) => match &step.closers[closer] {
            Closer::FailedTrigger(trigger, _) => {
                format!("`{}` fails", draft.event(step.triggers[trigger.0].event).name)
            }
            Closer::Unless(found) => format!("`{}` comes", draft.event(found.event).name),
            Closer::Deadline(..) => "the deadline passes".to_owned(),
        },
    };
    let variant = &event.variant(variant).name;
    let ty = types::show(draft, &target.ty);
    let name = &target.name;
    let message = format!("`{name}` of `{}.{variant}` has no source when {when}", event.name);
    let found = Diagnostic::error(Code::FailingSource, target.at, message);
    draft.out.push(found.label("no handler is asked then").also(target.declared, "the field").help(format!(
        "give it a value: `{name}: {{ type: {ty}, on_failure: … }}`, or make it optional: `{name}: {ty}?`"
    )));
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
