//! Requests that steps wait for.

use crate::lower::names::Names;
use crate::lower::route::described;
use crate::lower::{entity, refused};
use crate::model::{Asked, Ident, SaidBy};
use crate::resolved::{FieldSource, Http, Lookup, ParamMeaning, Resolved, Step};

pub(super) fn lower(spec: &Resolved, step: &Step, body: &Ident, names: &Names) -> Option<Asked> {
    let http = step.http.as_ref()?;
    let own = |used: &&crate::resolved::RowUse| is_instance(spec, http, &used.lookup);
    Some(Asked {
        variant: Ident::upper_camel(step.name.as_str()),
        body: body.clone(),
        http: described(http),
        instance: said_by(spec, step, http),
        shows: step.rows.iter().find(own).map(|used| names.tables[&used.entity].clone()),
    })
}

fn said_by(spec: &Resolved, step: &Step, http: &Http) -> SaidBy {
    if let Some(FieldSource::Body(field)) = &step.correlation {
        return SaidBy::Body(Ident::snake(field.as_str()));
    }
    let param = http.params.iter().find(|param| http.is_instance(spec, &param.name));
    let Some(param) = param else { refused("request that does not say which instance it is about") };
    let key_of = match param.meaning {
        ParamMeaning::Key(id) => Some(entity::ident(spec.entity(id))),
        _ => None,
    };
    SaidBy::Path(param.name.to_string(), key_of)
}

/// Whether the row has the correlation for its key.
fn is_instance(spec: &Resolved, http: &Http, lookup: &Lookup) -> bool {
    match lookup {
        Lookup::Key(FieldSource::Correlation) => true,
        Lookup::Key(FieldSource::PathParam(name)) => http.is_instance(spec, name),
        _ => false,
    }
}
