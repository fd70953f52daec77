//! Which row is meant: parameters of paths, and what finds the rows of a step.

use super::candidates::{self, Candidate};
use super::findings::rows as findings;
use super::resolver::Resolver;
use super::step_draft::{Missing, StepDraft};
use super::types;
use crate::names::{FieldName, ParamName};
use crate::resolved::*;
use crate::source::Spanned;
use crate::spec::StepDecl;

pub(super) fn resolve(resolver: &mut Resolver<'_>) {
    for index in 0..resolver.steps.len() {
        let Some(decl) = resolver.decls[index] else {
            continue;
        };
        declared_body(resolver, index, decl);
        let params = params(resolver, index, decl);
        if let Some(http) = &mut resolver.steps[index].http {
            http.params = params;
        }
        rows(resolver, index, decl);
    }
}

fn declared_body(resolver: &mut Resolver<'_>, index: usize, decl: &StepDecl) {
    for field in decl.body.iter().flatten() {
        if let Some(ty) = types::resolve(resolver, &field.ty) {
            resolver.steps[index].body.push(BodyField {
                name: FieldName::new(field.name.value.clone()),
                ty,
                span: field.name.span,
            });
        } else {
            resolver.broken_steps.insert(StepId(index));
        }
    }
}

fn params(resolver: &mut Resolver<'_>, index: usize, decl: &StepDecl) -> Vec<PathParam> {
    let mut params = Vec::new();
    let segments = decl.http.iter().flat_map(|http| &http.segments);
    for segment in segments {
        let Segment::Param(name) = &segment.value else {
            continue;
        };
        let broken = resolver.is_tainted(StepId(index));
        match param(resolver, &resolver.steps[index], name) {
            Some(param) => {
                refuse_second_source(resolver, index, &Spanned::new(name.clone(), segment.span));
                params.push(param);
            }
            None if broken || loads_broken(resolver, index) => {}
            None => unknown_param(resolver, index, &Spanned::new(name.clone(), segment.span)),
        }
    }
    params
}

fn loads_broken(resolver: &Resolver<'_>, index: usize) -> bool {
    let step = &resolver.steps[index];
    let decl = resolver.decls[index];
    let written = decl.map_or(0, |decl| decl.rows().count() + usize::from(decl.reads.is_some()));
    let loaded = loaded(step);
    loaded.len() < written || loaded.iter().any(|id| resolver.broken_entities.contains(id))
}

/// The entities whose rows a step finds.
fn loaded(step: &StepDraft) -> Vec<EntityId> {
    step.reads.into_iter().chain(step.rows.iter().map(|row| row.entity)).collect()
}

fn param(resolver: &Resolver<'_>, step: &StepDraft, name: &ParamName) -> Option<PathParam> {
    let resolved =
        |ty: &Type, meaning| Some(PathParam { name: name.clone(), ty: ty.required().clone(), meaning });
    let loaded: Vec<&Entity> = loaded(step).into_iter().map(|id| resolver.entity(id)).collect();
    let text = name.as_str();
    if let (true, Some(entity)) = (text == "id", loaded.first()) {
        return resolved(entity.key_type(), ParamMeaning::Key(entity.id));
    }
    if let Some(entity) = loaded.iter().find(|it| it.key_reference().as_str() == text) {
        return resolved(entity.key_type(), ParamMeaning::Key(entity.id));
    }
    let correlation = resolver.correlation.as_ref();
    if let (Some((_, ty)), true, None) = (correlation, resolver.is_correlation(text), step.reads) {
        return resolved(ty, ParamMeaning::Correlation);
    }
    for entity in loaded {
        if let Some(field) = entity.field(text) {
            return resolved(&field.ty, ParamMeaning::Field(entity.id, field.name.clone()));
        }
    }
    let wanted = candidates::wanted(resolver, step);
    let value = wanted.iter().find(|field| field.name.as_str() == text)?;
    resolved(&value.ty, ParamMeaning::Value)
}

fn refuse_second_source(resolver: &mut Resolver<'_>, index: usize, param: &Spanned<ParamName>) {
    let body = resolver.steps[index].body.iter().find(|field| field.name.as_str() == param.value.as_str());
    if let Some(span) = body.map(|field| field.span) {
        resolver.report(findings::path_and_body(&param.value, span, param.span));
    }
}

fn unknown_param(resolver: &mut Resolver<'_>, index: usize, param: &Spanned<ParamName>) {
    let step = &resolver.steps[index];
    let mut known: Vec<String> =
        candidates::wanted(resolver, step).iter().map(|field| field.name.to_string()).collect();
    for id in loaded(step) {
        let entity = resolver.entity(id);
        known.extend(["id".to_owned(), entity.key_reference().to_string()]);
        known.extend(entity.fields.iter().map(|field| field.name.to_string()));
    }
    let word = Spanned::new(param.value.to_string(), param.span);
    let found = findings::unknown_param(&word, &known);
    resolver.report(found);
}

fn rows(resolver: &mut Resolver<'_>, index: usize, decl: &StepDecl) {
    for row in 0..resolver.steps[index].rows.len() {
        let step = &resolver.steps[index];
        let entity = resolver.entity(step.rows[row].entity);
        let written = decl.rows().find(|it| it.name.value == entity.name.as_str());
        let path = written.and_then(|it| it.path.as_ref());
        // A row that is upserted by a key that no message has is reported as such.
        let keyless = matches!(step.rows[row].missing, Missing::Created)
            && matches!(entity.key, EntityKey::Allocated(_));
        let silent = keyless || resolver.broken_entities.contains(&entity.id) || resolver.is_tainted(step.id);
        let found = match path {
            Some(path) => by_path(resolver, step, entity, path),
            None => by_default(resolver, step, entity),
        };
        match found {
            Ok(lookup) => resolver.steps[index].rows[row].lookup = Some(lookup),
            Err(_) if silent || reads_broken(resolver, index) => {}
            Err(problem) => report(resolver, index, row, &problem),
        }
    }
}

/// Whether a trigger is an event whose fields are not all known.
fn reads_broken(resolver: &Resolver<'_>, index: usize) -> bool {
    let step = &resolver.steps[index];
    let decl = resolver.decls[index];
    let written = decl.map_or(0, |decl| decl.on.len() + decl.any.len());
    step.triggers.len() < written || step.triggers.iter().any(|it| resolver.broken_events.contains(&it.event))
}

/// Why no row is found.
pub(super) enum Problem {
    /// Nothing names it.
    Nothing,
    /// A field of that name has another type.
    WrongType(Box<Candidate>),
    /// Several triggers name it.
    Several(Vec<Candidate>),
    /// A path leads nowhere.
    BadPath(Spanned<Vec<String>>),
    /// A path leads to a field of another type.
    PathType(Spanned<Vec<String>>, Type),
}

/// What finds a row of an entity when the file does not say.
pub(super) fn by_default(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    entity: &Entity,
) -> Result<Lookup, Problem> {
    let params = step.http.iter().flat_map(|http| &http.params);
    if let Some(param) = params.clone().find(|it| it.meaning == ParamMeaning::Key(entity.id)) {
        return Ok(Lookup::Key(FieldSource::PathParam(param.name.clone())));
    }
    let reference = entity.key_reference();
    let knows_correlation = match &step.http {
        None => true,
        Some(http) => {
            let in_path = http.params.iter().any(|it| it.meaning == ParamMeaning::Correlation);
            in_path || step.body.iter().any(|it| resolver.is_correlation(it.name.as_str()))
        }
    };
    let correlation = resolver.correlation.as_ref().filter(|_| knows_correlation);
    if let Some((name, ty)) = correlation
        && *name == reference
        && ty == entity.key_type()
    {
        return Ok(Lookup::Key(FieldSource::Correlation));
    }
    let by_key = candidates::named(resolver, step, reference.as_str());
    let wrong = match candidates::choose(by_key, |ty| ty == entity.key_type()) {
        candidates::Chosen::One(candidate) => return Ok(Lookup::Key(candidate.source)),
        candidates::Chosen::Several(candidates) => return Err(Problem::Several(candidates)),
        candidates::Chosen::WrongType(candidate) => Some(candidate),
        candidates::Chosen::Nothing => None,
    };
    if let Some((name, ty)) = correlation
        && entity.field(name.as_str()).is_some_and(|field| field.ty == *ty)
    {
        return Ok(Lookup::Field(name.clone(), FieldSource::Correlation));
    }
    for param in params {
        if let ParamMeaning::Field(owner, field) = &param.meaning
            && *owner == entity.id
        {
            let source = FieldSource::PathParam(param.name.clone());
            return Ok(Lookup::Field(field.clone(), source));
        }
    }
    Err(wrong.map_or(Problem::Nothing, |wrong| Problem::WrongType(Box::new(wrong))))
}

/// What finds the rows of an entity when the file names a path.
fn by_path(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    entity: &Entity,
    path: &Spanned<Vec<String>>,
) -> Result<Lookup, Problem> {
    let found = candidates::at_path(resolver, step, &path.value);
    let found = found.map_err(|several| match several.len() {
        0 => Problem::BadPath(path.clone()),
        _ => Problem::Several(several),
    })?;
    if found.ty == *entity.key_type() {
        return Ok(Lookup::Key(found.source));
    }
    match found.ty {
        Type::List(item) if *item == *entity.key_type() => Ok(Lookup::Keys(found.source)),
        other => Err(Problem::PathType(path.clone(), other)),
    }
}

/// The fields of an event that may be a key of this type, under another name.
fn may_be_keys<'e>(
    resolver: &'e Resolver<'_>,
    event: &'e Event,
    key: &'e Type,
) -> impl Iterator<Item = String> + 'e {
    let fields = event.fields.iter().filter(move |field| field.ty == *key);
    let fields = fields.filter(|field| !resolver.is_correlation(field.name.as_str()));
    fields.map(|field| format!("{}.{}", event.name, field.name))
}

fn report(resolver: &mut Resolver<'_>, index: usize, row: usize, problem: &Problem) {
    let step = &resolver.steps[index];
    let entity = resolver.entity(step.rows[row].entity);
    let key = types::show(resolver, entity.key_type());
    let reference = entity.key_reference();
    let row =
        findings::Row { entity: &entity.name, reference: &reference, key: &key, span: step.rows[row].span };
    let found = match problem {
        Problem::Nothing if step.is_request() => findings::row_of_request(&row),
        Problem::Nothing => {
            let correlation = resolver.spec.correlation.as_ref().map_or("", |it| it.value.as_str());
            let events = step.triggers.iter().map(|it| resolver.event(it.event));
            let fields: Vec<String> =
                events.clone().flat_map(|event| may_be_keys(resolver, event, entity.key_type())).collect();
            let events: Vec<String> = events.map(|event| event.name.to_string()).collect();
            findings::row_of_subscription(&row, (&events, &fields), correlation)
        }
        Problem::WrongType(candidate) => {
            findings::key_of_other_type(&row, &candidate.from, &types::show(resolver, &candidate.ty))
        }
        Problem::Several(candidates) => {
            let from: Vec<String> = candidates.iter().map(|candidate| candidate.from.clone()).collect();
            findings::two_keys(&row, &from)
        }
        Problem::BadPath(path) => return super::paths::report(resolver, index, &path.value, path.span),
        Problem::PathType(path, ty) => {
            findings::path_of_other_type(&row, &path.value, &types::show(resolver, ty), path.span)
        }
    };
    resolver.report(found);
}
