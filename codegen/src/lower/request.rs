//! Requests that write: the body, the hook, and what a success stores and
//! publishes.

use crate::lower::names::Names;
use crate::lower::route::described;
use crate::lower::run;
use crate::lower::scope::locals;
use crate::lower::values::{Bindings, Correlates};
use crate::lower::{event, refused, rust_type, summary, variants};
use crate::model::{
    Ask, AskError, Body, Chosen, Ident, LockedRow, Param, Passed, RequestStep, Role, RowLock, StructValue,
};
use crate::resolved::{
    Cause, Choice, Decision, Emission, Http, Resolved, Step, Type, TypeShape, VariantIndex,
};

pub(super) fn lower(spec: &Resolved, step: &Step, http: &Http, names: &mut Names) -> (Body, RequestStep) {
    let body = body(spec, step, names);
    let mut scope = locals();
    let mut bindings = Bindings::of(spec, step, Vec::new(), Correlates::Request);
    bindings.body = Some(Ident::snake("body"));
    let answer = run::answer(spec, step, names, &mut scope);
    bindings.answer = answer.as_ref().map(|answer| (answer.binding.clone(), answer.fields.clone()));
    let chosen = variants::chosen(&bindings, answer.as_ref(), &mut scope);
    let Some(creates) = run::creates(&mut bindings, names, &mut scope) else { refused("request like this") };
    let published = |emission: &Emission| match chosen.as_ref().and_then(Chosen::passed_on) {
        Some(value) if matches!(emission.choice, Choice::Source(_)) => {
            bindings.message(spec.event(emission.event), &emission.fields, Some(value.clone()))
        }
        _ => run::published(&bindings, emission, chosen.as_ref()),
    };
    let publishes: Vec<StructValue> = step.emissions.iter().map(published).collect();
    let chosen = chosen.filter(|chosen| chosen.passed_on().is_none());
    let request = RequestStep {
        name: step.name.clone(),
        variant: Ident::upper_camel(step.name.as_str()),
        body: body.ident.clone(),
        http: described(http),
        function: names.functions.take(Ident::snake(step.name.as_str()), "_request"),
        summary: summary::of(spec, step),
        locks: vec![lock(&creates.table, step, &bindings)],
        ask: Ask {
            method: Ident::method(step.name.as_str()),
            rows: Vec::new(),
            inputs: vec![Param {
                binding: Ident::snake("body"),
                ty: body.ident.clone(),
                passed: Passed::Reference,
            }],
            apart: None,
            undoes: false,
            error: (step.decision != Decision::Wiring).then_some(AskError::Refusal),
            answer,
        },
        failure: failure(spec, step, chosen.as_ref()),
        chosen,
        creates,
        publishes,
    };
    (body, request)
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
        Type::I32 | Type::I64(_) => "1".to_owned(),
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
fn failure(spec: &Resolved, step: &Step, chosen: Option<&Chosen>) -> Option<StructValue> {
    let failure = step.failure.as_ref().filter(|_| chosen.is_some_and(Chosen::by_field))?;
    let case = failure.cases.iter().find(|case| case.cause == Cause::Chosen)?;
    let mut bindings = Bindings::of(spec, step, Vec::new(), Correlates::Request);
    bindings.body = Some(Ident::snake("body"));
    let event = spec.event(failure.event);
    Some(bindings.message(event, &case.fields, Some(variants::outcome(event, failure.variant))))
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
