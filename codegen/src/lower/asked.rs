//! Requests that write, as code gets them, and the steps that wait for them.

use crate::lower::names::Names;
use crate::lower::route::described;
use crate::lower::scope::Scope;
use crate::lower::{entity, refused, rust_type};
use crate::model::{Asked, Ident, LockedRow, PathParam, Requested, RowLock, SaidBy, Taken, Value};
use crate::resolved::{FieldSource, Http, ParamMeaning, Resolved, Step};

/// A request, and a name for each parameter of its path.
pub(super) fn requested(
    spec: &Resolved,
    step: &Step,
    http: &Http,
    body: &Ident,
    scope: &mut Scope,
) -> Requested {
    let params = http.params.iter().map(|param| {
        let name = param.name.to_string();
        let wanted = Ident::snake(&name);
        // A new row's key has this name, and nothing else.
        let free = name == "id" && step.creates.is_none();
        PathParam {
            binding: if free { wanted } else { scope.take(wanted, "_param") },
            ty: rust_type(&param.ty),
            key_of: match param.meaning {
                ParamMeaning::Key(id) => Some(entity::ident(spec.entity(id))),
                ParamMeaning::Field(..) | ParamMeaning::Correlation | ParamMeaning::Value => None,
            },
            name,
        }
    });
    Requested {
        variant: Ident::upper_camel(step.name.as_str()),
        params: params.collect(),
        body: body.clone(),
        http: described(http),
    }
}

/// The request that a step waits for. `rows` are the rows that it loads, in their order.
pub(super) fn lower(
    spec: &Resolved,
    step: &Step,
    requested: Requested,
    rows: &[RowLock],
    names: &Names,
) -> Option<Asked> {
    let http = step.http.as_ref()?;
    let instance = said_by(spec, step, http, &requested, rows, names);
    let shows = rows.first().and_then(|row| shown(row, &instance));
    let locks = rows.iter().filter(|row| matches!(row.row, LockedRow::Asked(_))).cloned().collect();
    Some(Asked { requested, instance, locks, shows })
}

fn said_by(
    spec: &Resolved,
    step: &Step,
    http: &Http,
    requested: &Requested,
    rows: &[RowLock],
    names: &Names,
) -> SaidBy {
    if let Some(FieldSource::Body(field)) = &step.correlation {
        return SaidBy::Body(Ident::snake(field.as_str()));
    }
    let param = requested.params.iter().zip(&http.params);
    let mut param = param.filter(|(_, declared)| http.is_instance(spec, &declared.name));
    if let Some((param, _)) = param.next() {
        return SaidBy::Path(param.binding.clone());
    }
    let (id, field) = match &step.correlation {
        Some(FieldSource::EntityField(id, field)) => (*id, Ident::snake(field.as_str())),
        Some(FieldSource::EntityKey(id)) => (*id, entity::key_ident(spec.entity(*id))),
        _ => refused("request that does not say which instance it is about"),
    };
    match rows.iter().find(|row| row.table == names.tables[&id] && matches!(row.row, LockedRow::Asked(_))) {
        Some(row) => SaidBy::Row(row.clone(), field),
        None => refused("request about a row that it does not name"),
    }
}

/// The row, if it can be found by what the request says.
fn shown(row: &RowLock, instance: &SaidBy) -> Option<RowLock> {
    let key = match (&row.row, instance) {
        (LockedRow::Asked(key), _) => key.clone(),
        (LockedRow::Key(Value::Correlation(copied)), SaidBy::Path(param)) => {
            Value::Reference(param.clone(), *copied)
        }
        (LockedRow::Key(Value::Correlation(copied)), SaidBy::Body(field)) => {
            let taken = if *copied { Taken::AsIs } else { Taken::Cloned };
            Value::Field { of: Ident::snake("body"), field: field.clone(), taken }
        }
        _ => return None,
    };
    Some(RowLock { row: LockedRow::Asked(key), ..row.clone() })
}
