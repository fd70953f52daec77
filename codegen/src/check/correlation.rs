//! Where each step knows from which instance of the saga it belongs to.

use super::findings::rows as findings;
use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::resolved::*;

pub(super) fn resolve(resolver: &mut Resolver<'_>) {
    for index in 0..resolver.steps.len() {
        let step = &resolver.steps[index];
        let source = match &step.http {
            None => Some(FieldSource::Correlation),
            Some(_) => of_request(resolver, step),
        };
        let needed = !step.triggers.is_empty() || !step.emissions.is_empty();
        let silent = resolver.is_tainted(step.id) || resolver.correlation.is_none();
        if source.is_none() && needed && !silent {
            report(resolver, index);
        }
        resolver.steps[index].correlation = source;
        refuse_second_key(resolver, index);
    }
}

fn of_request(resolver: &Resolver<'_>, step: &StepDraft) -> Option<FieldSource> {
    let (correlation, ty) = resolver.correlation.as_ref()?;
    let name = correlation.as_str();
    let params = step.http.iter().flat_map(|http| &http.params);
    if let Some(param) = params.clone().find(|it| it.name.as_str() == name && it.ty == *ty) {
        return Some(FieldSource::PathParam(param.name.clone()));
    }
    if let Some(field) = step.body.iter().find(|it| it.name == *correlation && it.ty == *ty) {
        return Some(FieldSource::Body(field.name.clone()));
    }
    // A row tells the instance if the request itself says which row it is.
    let said = step.rows.iter().filter(|row| row.lookup.as_ref().is_none_or(Lookup::is_said));
    for row in said {
        let entity = resolver.entity(row.entity);
        if entity.key_reference() == *correlation && entity.key_type() == ty {
            return Some(FieldSource::EntityKey(entity.id));
        }
        if entity.field(name).is_some_and(|field| field.ty == *ty) {
            return Some(FieldSource::EntityField(entity.id, correlation.clone()));
        }
    }
    if !step.triggers.is_empty() || step.reads.is_some() {
        return None;
    }
    let created = step.creates.as_ref().map(|it| resolver.entity(it.entity));
    if let Some(entity) = created
        && matches!(entity.key, EntityKey::Allocated(_))
        && entity.key_reference() == *correlation
        && entity.key_type() == ty
    {
        return Some(FieldSource::EntityKey(entity.id));
    }
    let declared = resolver.decls[step.id.0].is_some_and(|decl| decl.body.is_some());
    let writes = !step.emissions.is_empty()
        || created.is_some_and(|it| it.key_reference() == *correlation || it.field(name).is_some());
    (writes && !declared).then(|| FieldSource::Body(correlation.clone()))
}

fn report(resolver: &mut Resolver<'_>, index: usize) {
    let name = resolver.steps[index].name.clone();
    let span = resolver.steps[index].http.as_ref().map_or(resolver.steps[index].span, |it| it.span);
    let correlation = resolver.spec.correlation.as_ref().map_or("", |it| it.value.as_str());
    resolver.report(findings::unknown_instance(&name, correlation, span));
}

/// A step that receives the instance's key cannot allocate another one.
fn refuse_second_key(resolver: &mut Resolver<'_>, index: usize) {
    let step = &resolver.steps[index];
    let Some(creation) = step.creates.as_ref().filter(|_| !step.triggers.is_empty()) else {
        return;
    };
    let entity = resolver.entity(creation.entity);
    let reference = entity.key_reference();
    if !matches!(entity.key, EntityKey::Allocated(_)) || !resolver.is_correlation(reference.as_str()) {
        return;
    }
    let (span, name, declared) = (creation.span, entity.name.clone(), entity.span);
    let ty = super::types::show(resolver, entity.key_type());
    resolver.report(findings::second_key(&name, &reference, &ty, span, declared));
}
