//! The source of one field, and what to say if it has none, or two.

use super::draft::{Draft, unknown};
use super::offers::{self, Chosen, Moment};
use super::{literal, types};
use crate::checked::*;
use crate::diagnostic::{Code, Diagnostic};
use crate::names::FieldName;
use crate::source::Span;
use crate::spec::{SetValue, Word};

/// A field to be written, and where to point if it has no source.
pub(super) struct Target {
    pub name: FieldName,
    pub ty: Type,
    /// Where the field is declared.
    pub declared: Span,
    /// `emits` or `creates` of the step.
    pub at: Span,
    pub owner: String,
    pub on_failure: Option<Literal>,
}

impl Target {
    pub fn of_event(event: &Event, field: &EventField, at: Span) -> Self {
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

/// The source of a field when the step runs.
pub(super) fn at_run(draft: &mut Draft<'_>, index: usize, target: &Target, moment: Moment) -> FieldSource {
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
pub(super) fn at_failure(
    draft: &mut Draft<'_>,
    index: usize,
    target: &Target,
    cause: Cause,
) -> Option<FieldSource> {
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
pub(super) fn quiet(draft: &Draft<'_>, index: usize) -> bool {
    let step = &draft.steps[index];
    let events = step.triggers.iter().map(|trigger| trigger.event);
    let mut entities = step.rows.iter().map(|row| row.entity).chain(step.creates.iter().map(|it| it.entity));
    let written = draft.decls[index].map_or(0, |decl| decl.on.len() + decl.any.len() + decl.entity.len());
    draft.is_quiet(step.id)
        || step.triggers.len() + step.rows.len() < written
        || events.into_iter().any(|id| draft.broken_events.contains(&id))
        || entities.any(|id| draft.broken_entities.contains(&id))
}

pub(super) fn set<'s>(draft: &Draft<'s>, index: usize, name: &str) -> Option<&'s (Word, SetValue)> {
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

pub(super) fn unused_set(draft: &mut Draft<'_>, index: usize) {
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

pub(super) fn several(draft: &mut Draft<'_>, name: &str, owner: &str, offers: &[offers::Offer], span: Span) {
    let from: Vec<&str> = offers.iter().map(|offer| offer.from.as_str()).collect();
    let first = from.first().map_or("", |it| it.trim_matches('`'));
    let message = format!("`{name}` of `{owner}` has two sources");
    let found = draft.error(Code::Source, span, message);
    found
        .label(format!("{} offer it", from.join(" and ")))
        .help(format!("say which: `set: {{ {name}: {first} }}`"));
}

pub(super) fn wrong_type(draft: &mut Draft<'_>, target: &Target, offer: &offers::Offer, span: Span) {
    let wanted = types::show(draft, &target.ty);
    let ty = types::show(draft, &offer.ty);
    let message = format!("`{}` of `{}` has a source of another type", target.name, target.owner);
    let found = draft.error(Code::Source, span, message);
    found
        .label(format!("expected {wanted}, {} is {ty}", offer.from))
        .also(target.declared, "the field")
        .help("make both one type, rename one, or name another source under `set`");
}

pub(super) fn bad_path(draft: &mut Draft<'_>, span: Span, path: &[String]) {
    let message = format!("`{}` leads to no field", path.join("."));
    let found = draft.error(Code::UnknownName, span, message);
    found.label("neither a trigger's nor a row's field").help(
        "write `Trigger.field` for an event of `on` or `any`, or `Entity.field` for a row of this step",
    );
}

pub(super) fn no_failing_source(
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
