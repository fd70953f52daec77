//! Requests that write: the body, the hook, and what a success stores and
//! publishes.

use crate::lower::asked;
use crate::lower::entity::status_variant;
use crate::lower::names::Names;
use crate::lower::run;
use crate::lower::scope::locals;
use crate::lower::values::{Bindings, Correlates};
use crate::lower::{event, rust_type, summary, variants};
use crate::model::{
    Ask, AskError, Body, Changed, Chosen, Creates, Ident, LockedRow, Param, Passed, RequestStep, Requested,
    Role, RowAt, RowGuard, RowLock, StructValue,
};
use crate::resolved::{
    Cause, Choice, Decision, Emission, Form, Guard, Http, Resolved, RowUse, Step, Type, TypeShape,
    VariantIndex,
};

pub(super) fn lower(spec: &Resolved, step: &Step, http: &Http, names: &mut Names) -> (Body, RequestStep) {
    let body = body(spec, step, names);
    let mut scope = locals();
    let requested = asked::requested(spec, step, http, &body.ident, &mut scope);
    let mut bindings = Bindings::of(spec, step, Vec::new(), Correlates::Request);
    bindings.said_by(Some(&requested));
    let mut rows = run::rows(&mut bindings, names, &mut scope);
    rows.iter_mut().for_each(|(used, row)| run::written(&bindings, used, row));
    let answer = run::answer(spec, step, names, &mut scope);
    bindings.answer = answer.as_ref().map(|answer| (answer.binding.clone(), answer.fields.clone()));
    let chosen = variants::chosen(&bindings, answer.as_ref(), &mut scope);
    let creates = run::creates(&mut bindings, names, &mut scope);
    let published = |emission: &Emission| match chosen.as_ref().and_then(Chosen::passed_on) {
        Some(value) if matches!(emission.choice, Choice::Source(_)) => {
            bindings.message(spec.event(emission.event), &emission.fields, Some(value.clone()))
        }
        _ => run::published(&bindings, emission, chosen.as_ref()),
    };
    let publishes: Vec<StructValue> = step.emissions.iter().map(published).collect();
    let chosen = chosen.filter(|chosen| chosen.passed_on().is_none());
    let reference = |binding: Ident, ty: &Ident| Param { binding, ty: ty.clone(), passed: Passed::Reference };
    let request = RequestStep {
        name: step.name.clone(),
        function: names.functions.take(Ident::snake(step.name.as_str()), "_request"),
        summary: summary::of(spec, step),
        locks: locks(&rows, creates.as_ref(), step, &bindings),
        ask: Ask {
            method: Ident::method(step.name.as_str()),
            rows: rows.iter().map(|(_, row)| reference(row.binding.clone(), &row.entity)).collect(),
            inputs: vec![reference(Ident::snake("body"), &body.ident)],
            apart: None,
            undoes: false,
            error: (step.decision != Decision::Wiring).then_some(AskError::Refusal),
            answer,
        },
        failure: failure(spec, step, &requested, chosen.as_ref()),
        chosen,
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

pub(super) fn body(spec: &Resolved, step: &Step, names: &mut Names) -> Body {
    let fields = step.body.iter().map(|declared| {
        let name = declared.name.as_str();
        event::field(Ident::snake(name), name, rust_type(&declared.ty), Role::Value)
    });
    Body {
        ident: names.types.take(Ident::upper_camel(step.name.as_str()), "Body"),
        step: step.name.clone(),
        fields: fields.collect(),
        example: example(spec, step),
    }
}

/// A body that the service's own types accept, for a `curl` line.
fn example(spec: &Resolved, step: &Step) -> String {
    let required = step.body.iter().filter(|field| !field.ty.is_optional());
    let members: Vec<String> = required
        .map(|field| format!("\"{}\":{}", field.name, example_value(spec, field.name.as_str(), &field.ty)))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn example_value(spec: &Resolved, name: &str, ty: &Type) -> String {
    match ty {
        Type::Bool => "true".to_owned(),
        Type::I32 | Type::I64(Form::Number) => "1".to_owned(),
        Type::I64(Form::Text) => "\"1\"".to_owned(),
        Type::F64 => "1.5".to_owned(),
        Type::String | Type::Optional(_) => format!("\"{name}\""),
        Type::Decimal => "\"12.50\"".to_owned(),
        Type::Uuid => "\"00000000-0000-0000-0000-000000000001\"".to_owned(),
        Type::Timestamp => "\"2026-01-31T12:00:00Z\"".to_owned(),
        Type::Date => "\"2026-01-31\"".to_owned(),
        Type::List(_) => "[]".to_owned(),
        Type::OutcomeOf(event, _) => {
            format!("\"{}\"", spec.event(*event).variant(VariantIndex(0)).name)
        }
        Type::Declared(declared) => match &spec.types()[declared.id.0].shape {
            TypeShape::Enum(values) => format!("\"{}\"", values.first().map_or("", |value| value.as_str())),
            TypeShape::Record(fields) => {
                let required = fields.iter().filter(|field| !field.ty.is_optional());
                let members: Vec<String> = required
                    .map(|field| {
                        let name = field.name.as_str();
                        format!("\"{name}\":{}", example_value(spec, name, &field.ty))
                    })
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        },
    }
}

/// What is published instead if a field of the body says that the step fails.
fn failure(
    spec: &Resolved,
    step: &Step,
    requested: &Requested,
    chosen: Option<&Chosen>,
) -> Option<StructValue> {
    let failure = step.failure.as_ref().filter(|_| chosen.is_some_and(Chosen::by_field))?;
    let case = failure.cases.iter().find(|case| case.cause == Cause::Chosen)?;
    let mut bindings = Bindings::of(spec, step, Vec::new(), Correlates::Request);
    bindings.said_by(Some(requested));
    let event = spec.event(failure.event);
    Some(bindings.message(event, &case.fields, Some(variants::outcome(event, failure.variant))))
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
            each: false,
        },
        None => RowLock {
            table: row.table.clone(),
            column: None,
            row: LockedRow::Key(row.key.clone()),
            each: row.is_many(),
        },
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
    RowLock { table: table.clone(), column: None, row, each: false }
}
