//! Where each step knows from which instance of the saga it belongs to.

use super::draft::Draft;
use crate::checked::*;
use crate::diagnostic::Code;

pub(super) fn resolve(draft: &mut Draft<'_>) {
    for index in 0..draft.steps.len() {
        let step = &draft.steps[index];
        let source = match &step.http {
            None => Some(FieldSource::Correlation),
            Some(_) => of_request(draft, step),
        };
        let needed = !step.triggers.is_empty() || !step.emissions.is_empty();
        let silent = draft.is_quiet(step.id) || draft.correlation.is_none();
        if source.is_none() && needed && !silent {
            report(draft, index);
        }
        draft.steps[index].correlation = source;
        refuse_second_key(draft, index);
    }
}

fn of_request(draft: &Draft<'_>, step: &Step) -> Option<FieldSource> {
    let (correlation, ty) = draft.correlation.as_ref()?;
    let name = correlation.as_str();
    let params = step.http.iter().flat_map(|http| &http.params);
    if let Some(param) = params.clone().find(|it| it.name.as_str() == name && it.ty == *ty) {
        return Some(FieldSource::PathParam(param.name.clone()));
    }
    if let Some(field) = step.body.iter().find(|it| it.name == *correlation && it.ty == *ty) {
        return Some(FieldSource::Body(field.name.clone()));
    }
    for row in &step.rows {
        let entity = draft.entity(row.entity);
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
    let created = step.creates.as_ref().map(|it| draft.entity(it.entity));
    if let Some(entity) = created
        && matches!(entity.key, EntityKey::Allocated(_))
        && entity.key_reference() == *correlation
        && entity.key_type() == ty
    {
        return Some(FieldSource::EntityKey(entity.id));
    }
    let declared = draft.decls[step.id.0].is_some_and(|decl| decl.body.is_some());
    let writes = !step.emissions.is_empty()
        || created.is_some_and(|it| it.key_reference() == *correlation || it.field(name).is_some());
    (writes && !declared).then(|| FieldSource::Body(correlation.clone()))
}

fn report(draft: &mut Draft<'_>, index: usize) {
    let name = draft.steps[index].name.clone();
    let span = draft.steps[index].http.as_ref().map_or(draft.steps[index].span, |it| it.span);
    let correlation = draft.spec.correlation.as_ref().map_or("", |it| it.value.as_str());
    let message = format!("nothing says to which `{correlation}` a call of `{name}` belongs");
    let found = draft.error(Code::NoCorrelation, span, message);
    found
        .label(format!("no `{correlation}` in path, body or row"))
        .help(format!("put `:{correlation}` into the path, or load an entity that stores `{correlation}`"));
}

/// A step that hears of an instance cannot allocate the instance's key anew.
fn refuse_second_key(draft: &mut Draft<'_>, index: usize) {
    let step = &draft.steps[index];
    let Some(creation) = step.creates.as_ref().filter(|_| !step.triggers.is_empty()) else {
        return;
    };
    let entity = draft.entity(creation.entity);
    let reference = entity.key_reference();
    if !matches!(entity.key, EntityKey::Allocated(_)) || !draft.is_correlation(reference.as_str()) {
        return;
    }
    let (span, name, declared) = (creation.span, entity.name.clone(), entity.span);
    let ty = super::types::show(draft, entity.key_type());
    let message = format!("`{name}` would get a new key, but `{reference}` is known already");
    let found = draft.error(Code::Source, span, message);
    found
        .label("the message names the instance")
        .also(declared, "its key is allocated")
        .help(format!("write `key: {{ {reference}: {ty} }}`, or give the entity another name"));
}
