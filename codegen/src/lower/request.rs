//! Requests that write: the body, the hook, and what a success stores and
//! publishes.

use crate::lower::asked;
use crate::lower::entity::status_variant;
use crate::lower::names::Names;
use crate::lower::run;
use crate::lower::scope::locals;
use crate::lower::values::{Bindings, Correlates};
use crate::lower::{event, rust_type, summary};
use crate::model::{
    Ask, AskError, Body, Changed, Creates, Field, Ident, LockedRow, Param, RequestStep, Role, RowAt,
    RowGuard, RowLock, RustType, StructValue, Value,
};
use crate::resolved::{Choice, Decision, Emission, Guard, Http, Resolved, RowUse, Step};

pub(super) fn lower(spec: &Resolved, step: &Step, http: &Http, names: &mut Names) -> (Body, RequestStep) {
    let body = body(step, names);
    let mut scope = locals();
    let requested = asked::requested(spec, step, http, &body.ident, &mut scope);
    let mut bindings = Bindings::of(spec, step, Vec::new(), Correlates::Request);
    bindings.said_by(Some(&requested));
    let rows = run::rows(&mut bindings, names, &mut scope);
    let answer = run::answer(spec, step, names);
    bindings.answer = answer.as_ref().map(|answer| (answer.binding.clone(), answer.fields.clone()));
    let creates = run::creates(&mut bindings, names, &mut scope);
    let publishes: Vec<StructValue> =
        step.emissions.iter().map(|emission| published(&bindings, emission)).collect();
    let params = rows.iter().map(|(_, row)| Param {
        binding: row.binding.clone(),
        ty: row.entity.clone(),
        optional: false,
    });
    let request = RequestStep {
        name: step.name.clone(),
        function: names.functions.take(Ident::snake(step.name.as_str()), "_request"),
        summary: summary::of(spec, step),
        locks: locks(&rows, creates.as_ref(), step, &bindings),
        ask: Ask {
            method: Ident::method(step.name.as_str()),
            rows: params.collect(),
            inputs: vec![Param { binding: Ident::snake("body"), ty: body.ident.clone(), optional: false }],
            calls: false,
            undoes: false,
            error: (step.decision != Decision::Wiring).then_some(AskError::Refusal),
            answer,
        },
        changes: rows.into_iter().map(|(used, row)| changed(spec, used, row, names)).collect(),
        requested,
        creates,
        publishes,
    };
    (body, request)
}

fn changed(spec: &Resolved, used: &RowUse, row: RowAt, names: &Names) -> Changed {
    let entity = spec.entity(used.entity);
    let variant = |value| status_variant(entity, value);
    let guard = used.guard.as_ref().map(|guard| RowGuard {
        status: names.statuses[&used.entity].clone(),
        from: match guard {
            Guard::From(values) => Some(values.iter().map(variant).collect()),
            Guard::Unended => None,
        },
        to: used.to.as_ref().map(variant),
    });
    Changed { row, guard }
}

/// A body that the service's own types accept, for a `curl` line.
pub(super) fn example(body: &Body) -> String {
    let required = body.fields.iter().filter(|field| !field.ty.is_optional());
    let members: Vec<String> =
        required.map(|field| format!("\"{}\":{}", field.wire, example_value(field))).collect();
    format!("{{{}}}", members.join(","))
}

fn example_value(field: &Field) -> String {
    match &field.ty {
        RustType::Bool => "true".to_owned(),
        RustType::I32 | RustType::I64(_) => "1".to_owned(),
        RustType::F64 => "1.5".to_owned(),
        RustType::String | RustType::Optional(_) => format!("\"{}\"", field.wire),
        RustType::Decimal => "\"12.50\"".to_owned(),
        RustType::Uuid => "\"00000000-0000-0000-0000-000000000001\"".to_owned(),
        RustType::Timestamp => "\"2026-01-31T12:00:00Z\"".to_owned(),
        RustType::Date => "\"2026-01-31\"".to_owned(),
        RustType::List(_) => "[]".to_owned(),
        RustType::Enum(_) | RustType::Record(_) => "null".to_owned(),
    }
}

pub(super) fn body(step: &Step, names: &mut Names) -> Body {
    let fields = step.body.iter().map(|declared| {
        let name = declared.name.as_str();
        event::field(Ident::snake(name), name, rust_type(&declared.ty), Role::Value)
    });
    Body {
        ident: names.types.take(Ident::upper_camel(step.name.as_str()), "Body"),
        step: step.name.clone(),
        fields: fields.collect(),
    }
}

fn published(bindings: &Bindings<'_>, emission: &Emission) -> StructValue {
    let event = bindings.spec.event(emission.event);
    let outcome = match &emission.choice {
        Choice::Plain => None,
        Choice::Fixed(variant) => Some(run::outcome(event, *variant)),
        // A refused request publishes nothing, so what it publishes is a success.
        Choice::Handler => Some(Value::Literal(crate::resolved::Literal::Bool(true))),
        Choice::Source(source) => Some(bindings.source(source, &RustType::Bool)),
    };
    bindings.message(event, &emission.fields, outcome)
}

fn locks(
    rows: &[(&RowUse, RowAt)],
    creates: Option<&Creates>,
    step: &Step,
    bindings: &Bindings<'_>,
) -> Vec<RowLock> {
    let rows = rows.iter().map(|(_, row)| match &row.found {
        Some(found) => RowLock {
            table: row.table.clone(),
            column: Some(found.column.clone()),
            row: LockedRow::Key(found.value.clone()),
        },
        None => RowLock { table: row.table.clone(), column: None, row: LockedRow::Key(row.key.clone()) },
    });
    let created = creates.map(|creates| lock(&creates.table, step, bindings));
    rows.chain(created).collect()
}

fn lock(table: &Ident, step: &Step, bindings: &Bindings<'_>) -> RowLock {
    let creation = step.creates.as_ref();
    let row = match creation.and_then(|creation| creation.key.as_ref().map(|key| (creation.entity, key))) {
        Some((entity, key)) => {
            let ty = rust_type(bindings.spec.entity(entity).key_type());
            LockedRow::Key(bindings.source(key, &ty))
        }
        None => LockedRow::New,
    };
    RowLock { table: table.clone(), column: None, row }
}
