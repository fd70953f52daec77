//! The source of one field, and what to say if it has none, or two.

use super::candidates::{self, Chosen, Moment};
use super::findings::sources as findings;
use super::resolver::Resolver;
use super::{literal, paths, row_writes, types};
use crate::names::FieldName;
use crate::resolved::*;
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
    pub(super) fn of_event(event: &Event, field: &EventField, at: Span) -> Self {
        Self {
            name: field.name.clone(),
            ty: field.ty.clone(),
            declared: field.span,
            at,
            owner: event.name.to_string(),
            on_failure: field.on_failure.clone(),
        }
    }

    /// The field as a finding shows it, its type as a reader writes it.
    fn field<'t>(&'t self, ty: &'t str) -> findings::Field<'t> {
        findings::Field { name: &self.name, owner: &self.owner, ty, declared: self.declared }
    }
}

/// The source of a field when the step runs.
pub(super) fn at_run(
    resolver: &mut Resolver<'_>,
    index: usize,
    target: &Target,
    moment: Moment,
) -> FieldSource {
    if let Some(source) = from_set(resolver, index, target) {
        return source;
    }
    if let Some(literal) = &target.on_failure {
        return FieldSource::OnFailure(literal.clone());
    }
    let ranks = candidates::ranks(resolver, &resolver.steps[index], target.name.as_str(), moment);
    match candidates::choose(ranks, |ty| target.ty.accepts(ty)) {
        Chosen::One(candidate) => candidate.source,
        Chosen::Several(candidates) => {
            several(resolver, target.name.as_str(), &target.owner, &candidates, target.at);
            FieldSource::Absent
        }
        Chosen::WrongType(candidate) if !tainted(resolver, index) => {
            wrong_type(resolver, target, &candidate, target.at);
            FieldSource::Absent
        }
        Chosen::WrongType(_) | Chosen::Nothing if target.ty.is_optional() => FieldSource::Absent,
        Chosen::WrongType(_) | Chosen::Nothing => FieldSource::Handler,
    }
}

/// The source of a field of the failing variant; none if there is none.
pub(super) fn at_failure(
    resolver: &mut Resolver<'_>,
    index: usize,
    target: &Target,
    cause: Cause,
) -> Option<FieldSource> {
    if let Some(source) = set_at_failure(resolver, index, target, cause) {
        return Some(source);
    }
    if let Some(literal) = &target.on_failure {
        return Some(FieldSource::OnFailure(literal.clone()));
    }
    let moment = Moment::Fail(cause);
    let ranks = candidates::ranks(resolver, &resolver.steps[index], target.name.as_str(), moment);
    match candidates::choose(ranks, |ty| target.ty.accepts(ty)) {
        Chosen::One(candidate) => Some(candidate.source),
        Chosen::Several(candidates) => {
            several(resolver, target.name.as_str(), &target.owner, &candidates, target.at);
            Some(FieldSource::Absent)
        }
        Chosen::WrongType(_) | Chosen::Nothing if target.ty.is_optional() => Some(FieldSource::Absent),
        Chosen::WrongType(_) | Chosen::Nothing if tainted(resolver, index) => Some(FieldSource::Absent),
        Chosen::WrongType(_) | Chosen::Nothing => None,
    }
}

/// Whether a part of a step was not understood, so that a missing source may
/// be no fault of the file.
pub(super) fn tainted(resolver: &Resolver<'_>, index: usize) -> bool {
    let step = &resolver.steps[index];
    let events = step.triggers.iter().map(|trigger| trigger.event);
    let mut entities = step.rows.iter().map(|row| row.entity).chain(step.creates.iter().map(|it| it.entity));
    let written =
        resolver.decls[index].map_or(0, |decl| decl.on.len() + decl.any.len() + decl.rows().count());
    resolver.is_tainted(step.id)
        || step.triggers.len() + step.rows.len() < written
        || events.into_iter().any(|id| resolver.broken_events.contains(&id))
        || entities.any(|id| resolver.broken_entities.contains(&id))
}

/// What `set` says of a field: `Owner.field` before `field`.
pub(super) fn set<'s>(
    resolver: &Resolver<'s>,
    index: usize,
    owner: &str,
    name: &str,
) -> Option<&'s (Word, SetValue)> {
    let decl = resolver.decls[index]?;
    let named = |wanted: Option<&str>| decl.set.iter().find(|(word, _)| split(&word.value) == (wanted, name));
    named(Some(owner)).or_else(|| named(None))
}

/// A name under `set`: `field`, or `Owner.field`.
pub(super) fn split(word: &str) -> (Option<&str>, &str) {
    word.split_once('.').map_or((None, word), |(owner, field)| (Some(owner), field))
}

pub(super) fn from_set(resolver: &mut Resolver<'_>, index: usize, target: &Target) -> Option<FieldSource> {
    let (_, value) = set(resolver, index, &target.owner, target.name.as_str())?;
    match value {
        SetValue::Literal(node) => match literal::read(node, &target.ty, &resolver.types) {
            Ok(literal) => Some(FieldSource::Literal(literal)),
            Err(expected) => {
                let ty = types::show(resolver, &target.ty);
                resolver.report(findings::bad_literal(&target.field(&ty), &expected, node.span));
                Some(FieldSource::Absent)
            }
        },
        SetValue::Path(path) => match candidates::at_path(resolver, &resolver.steps[index], &path.value) {
            Ok(candidate) if target.ty.accepts(&candidate.ty) => Some(candidate.source),
            Ok(candidate) => {
                wrong_type(resolver, target, &candidate, path.span);
                Some(FieldSource::Absent)
            }
            Err(_) => {
                if !tainted(resolver, index) {
                    paths::report(resolver, index, &path.value, path.span);
                }
                Some(FieldSource::Absent)
            }
        },
    }
}

/// `set` holds in the failing variant too, if what it names is there then.
fn set_at_failure(
    resolver: &mut Resolver<'_>,
    index: usize,
    target: &Target,
    cause: Cause,
) -> Option<FieldSource> {
    let source = from_set(resolver, index, target)?;
    let step = &resolver.steps[index];
    let there = match &source {
        FieldSource::Trigger(trigger, _) => match cause {
            Cause::Rejected | Cause::Chosen => true,
            _ if step.only_one_is_certain(cause) => step.triggers.len() == 1,
            Cause::Closed(closer) => {
                matches!(&step.closers[closer], Closer::FailedTrigger(failed, _) if failed == trigger)
            }
            Cause::SagaFailed => false,
        },
        FieldSource::OneOf(triggers, _) => match cause {
            Cause::Rejected | Cause::Chosen => true,
            _ => step.only_one_is_certain(cause) && triggers.len() == step.triggers.len(),
        },
        FieldSource::EntityKey(_)
        | FieldSource::EntityField(..)
        | FieldSource::Body(_)
        | FieldSource::PathParam(_) => cause == Cause::Chosen,
        _ => true,
    };
    there.then_some(source)
}

/// Reports what `set` names and the step does not write, or writes twice.
pub(super) fn check_set(resolver: &mut Resolver<'_>, index: usize) {
    let Some(decl) = resolver.decls[index] else {
        return;
    };
    if tainted(resolver, index) {
        return;
    }
    for (word, _) in &decl.set {
        let owners = row_writes::owners(resolver, index, word);
        let rows = owners.iter().filter(|owner| owner.loaded).count();
        if owners.is_empty() {
            unwritten(resolver, index, word);
        } else if rows > 1 || (rows == 1 && owners.len() > 1) {
            let owners: Vec<&str> = owners.iter().map(|owner| owner.name.as_str()).collect();
            resolver.report(findings::several_targets(word, &owners));
        }
    }
}

fn unwritten(resolver: &mut Resolver<'_>, index: usize, word: &Word) {
    let (owner, field) = split(&word.value);
    let step = &resolver.steps[index];
    let name = |owned_by: &str, field: &str| match owner {
        Some(_) => format!("{owned_by}.{field}"),
        None => field.to_owned(),
    };
    let wanted = candidates::wanted(resolver, step);
    let mut names: Vec<String> = wanted.iter().map(|it| name(&it.owner, it.name.as_str())).collect();
    for event in step.emissions.iter().map(|it| resolver.event(it.event)) {
        names.extend(event.outcome.iter().map(|outcome| name(event.name.as_str(), outcome.field.as_str())));
    }
    for entity in step.rows.iter().map(|row| resolver.entity(row.entity)) {
        names.extend(entity.fields.iter().map(|it| name(entity.name.as_str(), it.name.as_str())));
    }
    let of_service = resolver.entities.iter().filter(|entity| entity.service == step.service);
    let entity = of_service.into_iter().find(|entity| entity.field(field).is_some());
    let trigger = step.triggers.iter().map(|it| resolver.event(it.event));
    let trigger = trigger.into_iter().find(|event| event.field(field).is_some());
    let declared = match (entity, trigger) {
        (Some(entity), _) => findings::Declared::Entity(&entity.name, entity.span),
        (None, Some(event)) => findings::Declared::Trigger(&event.name, event.span),
        (None, None) => findings::Declared::Nowhere,
    };
    let found = findings::unwritten_field(step.name.as_str(), word, &names, &declared);
    resolver.report(found);
}

pub(super) fn several(
    resolver: &mut Resolver<'_>,
    name: &str,
    owner: &str,
    candidates: &[candidates::Candidate],
    span: Span,
) {
    let from: Vec<&str> = candidates.iter().map(|candidate| candidate.from.as_str()).collect();
    resolver.report(findings::several(name, owner, &from, span));
}

pub(super) fn wrong_type(
    resolver: &mut Resolver<'_>,
    target: &Target,
    candidate: &candidates::Candidate,
    span: Span,
) {
    let wanted = types::show(resolver, &target.ty);
    let ty = types::show(resolver, &candidate.ty);
    resolver.report(findings::other_type(&target.field(&wanted), &candidate.from, &ty, span));
}

/// Whether an optional field has no source, though one was most likely meant. The
/// reason of a failure is missing from a success, as it should be.
pub(super) fn is_missed(resolver: &Resolver<'_>, index: usize, event: &Event, target: &Target) -> bool {
    let reason = target.name.as_str() == candidates::REASON && event.failing().is_some();
    target.ty.is_optional()
        && !reason
        && set(resolver, index, &target.owner, target.name.as_str()).is_none()
        && !tainted(resolver, index)
}

pub(super) fn always_absent(resolver: &mut Resolver<'_>, index: usize, event: &Event, target: &Target) {
    let ty = types::show(resolver, &target.ty);
    let step = &resolver.steps[index];
    let step = (step.name.as_str(), step.is_request());
    let found = findings::always_absent(&target.field(&ty), step, event.failing().is_some(), target.at);
    resolver.report(found);
}

pub(super) fn no_failing_source(
    resolver: &mut Resolver<'_>,
    index: usize,
    event: &Event,
    variant: VariantIndex,
    target: &Target,
    cause: Cause,
) {
    let step = &resolver.steps[index];
    let when = match cause {
        Cause::Rejected => "the step is rejected".to_owned(),
        Cause::Chosen => "the failing variant is chosen".to_owned(),
        Cause::Closed(closer) => match &step.closers[closer] {
            Closer::FailedTrigger(trigger, _) => {
                format!("`{}` fails", resolver.event(step.triggers[trigger.0].event).name)
            }
            Closer::Unless(found) => format!("`{}` comes", resolver.event(found.event).name),
            Closer::Deadline(..) => "the deadline passes".to_owned(),
        },
        Cause::SagaFailed => "the saga fails before the step ran".to_owned(),
    };
    let variant = &event.variant(variant).name;
    let ty = types::show(resolver, &target.ty);
    let found = findings::none_on_failure(&target.field(&ty), variant, &when, target.at);
    resolver.report(found);
}
