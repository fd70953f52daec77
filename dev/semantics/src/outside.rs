//! Messages of external producers, made up from what the file says of them.

use saga_cli::resolved::{EventField, Form, Literal, Type, TypeShape};
use serde_json::{Map, Value, json};

use super::place::Sent;
use super::saga::Saga;

impl Saga {
    /// A message of the model, as an external producer publishes it for an instance.
    pub(super) fn published_outside(
        &self,
        message: usize,
        topics: &[&'static str],
        correlation: &str,
    ) -> Option<Sent> {
        let (event, variant) = self.model.messages[message];
        let event = self.spec.event(event);
        let fails = variant.is_some() && event.failing() == variant;
        let there = |field: &&EventField| {
            !field.ty.is_optional() && !(fails && field.on_failure == Some(Literal::Null))
        };
        let instance = self.spec.sagas()[0].correlation.as_str();
        let value = |field: &EventField| match field.name.as_str() == instance {
            true => named(&field.ty, correlation),
            false => self.some_value(&field.ty),
        };
        let fields = event.fields.iter().filter(there);
        let mut body: Map<String, Value> =
            fields.map(|field| (field.wire.as_str().to_owned(), value(field))).collect();
        let (topic, outcome) = &self.wires[message];
        body.extend(outcome.clone());
        let topic = topics.iter().find(|of| **of == topic.as_str())?;
        let body = serde_json::to_vec(&body).ok()?;
        Some(Sent { topic, key: correlation.to_owned(), body })
    }

    /// Some value of a type, as it stands on the wire.
    pub(super) fn some_value(&self, ty: &Type) -> Value {
        match ty {
            Type::Bool => json!(true),
            Type::I64(Form::Text) => json!("1"),
            Type::I32 | Type::I64(Form::Number) => json!(1),
            Type::F64 => json!(1.5),
            Type::String => json!("some"),
            Type::Decimal => json!("12.50"),
            Type::Uuid => json!("00000000-0000-0000-0000-000000000001"),
            Type::Timestamp => json!("2026-01-31T12:00:00Z"),
            Type::Date => json!("2026-01-31"),
            Type::List(_) => json!([]),
            Type::Optional(inner) => self.some_value(inner),
            Type::OutcomeOf(event, _) => {
                let outcome = self.spec.event(*event).outcome.as_ref();
                outcome.map_or(Value::Null, |outcome| json!(outcome.variants[0].name))
            }
            Type::Declared(declared) => match &self.spec.type_def(declared.id).shape {
                TypeShape::Enum(values) => json!(values.first().map_or("", |value| value.as_str())),
                TypeShape::Record(fields) => {
                    let field = |name: &str, ty: &Type| (name.to_owned(), self.some_value(ty));
                    fields.iter().map(|it| field(it.name.as_str(), &it.ty)).collect::<Map<_, _>>().into()
                }
            },
        }
    }
}

/// A correlation as it stands on the wire.
fn named(ty: &Type, correlation: &str) -> Value {
    match ty {
        Type::I32 | Type::I64(Form::Number) => correlation.parse::<i64>().map_or(Value::Null, Value::from),
        _ => correlation.into(),
    }
}
