//! Types of the model as JSON Schema.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::emit::contracts::written;
use crate::model::{
    Choice, Column, ColumnType, Entity, Event, Field, Ident, Model, Outcome, Role, RustType, Shape,
};
use crate::resolved::{External, Form, Literal};

/// The JSON Schema of an event, in a file of its own.
pub(super) fn document(model: &Model, event: &Event) -> Value {
    let schemas = Schemas { model, place: "#/$defs/" };
    let mut document = Map::new();
    document.insert("$schema".into(), "https://json-schema.org/draft/2020-12/schema".into());
    document.extend(members(schemas.event(event)));
    let named = schemas.named(event.fields.iter().map(|field| &field.ty));
    if !named.is_empty() {
        document.insert("$defs".into(), Value::Object(named));
    }
    Value::Object(document)
}

/// Makes the schemas of one document.
pub(super) struct Schemas<'m> {
    pub(super) model: &'m Model,
    /// Where the document keeps those that have a name, as a reference.
    pub(super) place: &'static str,
}

impl Schemas<'_> {
    /// The schema of a message.
    pub(super) fn event(&self, event: &Event) -> Value {
        let failing = event.outcome.as_ref().and_then(|outcome| outcome.failing.as_deref());
        let failing = failing.unwrap_or("failure");
        let fields = event.fields.iter().map(|field| (field, described(field, failing)));
        let mut schema = members(self.object(event.ident.bare(), fields));
        schema.insert("title".into(), event.name.as_str().into());
        schema.insert("description".into(), about(event).into());
        if let Some(outcome) = &event.outcome {
            schema.insert("oneOf".into(), variants(event, outcome));
        }
        Value::Object(schema)
    }

    /// The schema of a struct that is read and written as JSON. Unknown fields are ignored.
    pub(super) fn object<'f>(
        &self,
        title: &str,
        fields: impl Iterator<Item = (&'f Field, Option<String>)>,
    ) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for (field, about) in fields {
            let is_key = matches!(field.role, Role::Correlation);
            let schema = if is_key { self.key(&field.ty) } else { self.of(&field.ty) };
            properties.insert(field.wire.clone(), with_description(schema, about));
            if !field.ty.is_optional() {
                required.push(field.wire.clone());
            }
        }
        object(title, properties, required)
    }

    /// The schema of a row.
    pub(super) fn row(&self, entity: &Entity) -> Value {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for column in &entity.columns {
            properties.insert(column.wire.clone(), self.column(entity, column));
            let may_lack = matches!(&column.ty, ColumnType::Value(ty) if ty.is_optional());
            if !may_lack {
                required.push(column.wire.clone());
            }
        }
        object(entity.name.as_str(), properties, required)
    }

    /// The schema of a field of a row.
    pub(super) fn column(&self, entity: &Entity, column: &Column) -> Value {
        match &column.ty {
            ColumnType::Key(ty) => self.key(ty),
            ColumnType::Value(ty) => self.of(ty),
            ColumnType::Status(_) => {
                let statuses = entity.status.iter().flat_map(|status| &status.variants);
                let statuses: Vec<&str> = statuses.map(|status| status.value.as_str()).collect();
                json!({ "type": "string", "enum": statuses })
            }
        }
    }

    /// The schema of a key: text has a limit.
    pub(super) fn key(&self, ty: &RustType) -> Value {
        let mut schema = self.of(ty);
        if *ty == RustType::String {
            schema["maxLength"] = 1024.into();
        }
        schema
    }

    /// The schema of a value.
    pub(super) fn of(&self, ty: &RustType) -> Value {
        match ty {
            RustType::Bool => json!({ "type": "boolean" }),
            RustType::I32 => {
                json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX })
            }
            RustType::I64(Form::Number) => {
                json!({ "type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX })
            }
            RustType::I64(Form::Text) => {
                json!({ "type": "string", "pattern": "^(0|-?[1-9][0-9]{0,18})$", "examples": ["42"] })
            }
            RustType::F64 => json!({ "type": "number", "format": "double" }),
            // No database keeps a NUL.
            RustType::String => json!({ "type": "string", "pattern": "^[^\\u0000]*$" }),
            RustType::Decimal => {
                json!({ "type": "string", "pattern": DECIMAL, "examples": ["12.50"] })
            }
            RustType::Uuid => json!({ "type": "string", "format": "uuid" }),
            RustType::Timestamp => json!({ "type": "string", "format": "date-time" }),
            RustType::Date => json!({ "type": "string", "format": "date" }),
            RustType::Enum(ident) | RustType::Record(ident) => self.reference(ident),
            RustType::List(item) => json!({ "type": "array", "items": self.of(item) }),
            RustType::Optional(inner) => or_null(self.of(inner)),
        }
    }

    fn reference(&self, ident: &Ident) -> Value {
        json!({ "$ref": format!("{}{}", self.place, ident.bare()) })
    }

    /// The schemas with a name that values of these types need, and those that these need in turn.
    pub(super) fn named<'t>(&self, types: impl Iterator<Item = &'t RustType>) -> Map<String, Value> {
        let mut found = BTreeMap::new();
        types.for_each(|ty| self.find(ty, &mut found));
        found.into_iter().collect()
    }

    fn find(&self, ty: &RustType, found: &mut BTreeMap<String, Value>) {
        match ty {
            RustType::List(inner) | RustType::Optional(inner) => self.find(inner, found),
            RustType::Enum(ident) | RustType::Record(ident) if !found.contains_key(ident.bare()) => {
                let shared = self.model.types.iter().find(|shared| shared.ident == *ident);
                let (schema, fields) = match shared.map(|shared| &shared.shape) {
                    Some(Shape::Record(fields)) => {
                        let described = fields.iter().map(|field| (field, None));
                        (self.object(ident.bare(), described), fields.as_slice())
                    }
                    Some(Shape::Enum(choice)) => (one_of(choice), &[][..]),
                    None => (self.outcome(ident), &[][..]),
                };
                found.insert(ident.bare().to_owned(), schema);
                fields.iter().for_each(|field| self.find(&field.ty, found));
            }
            _ => {}
        }
    }

    /// The values of an outcome, which is the type of its event's field.
    fn outcome(&self, ident: &Ident) -> Value {
        let outcomes = self.model.events.iter().filter_map(|event| event.outcome.as_ref());
        let mut choices = outcomes.filter_map(|outcome| outcome.choice.as_ref());
        choices.find(|choice| choice.ident == *ident).map_or(Value::Bool(true), one_of)
    }
}

/// At most 28 digits, of which any number may stand behind the point.
const DECIMAL: &str = "^-?(?=(\\.?[0-9]){1,28}$)[0-9]+(\\.[0-9]+)?$";

fn object(title: &str, properties: Map<String, Value>, required: Vec<String>) -> Value {
    let mut schema = Map::new();
    schema.insert("title".into(), title.into());
    schema.insert("description".into(), Value::Null);
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), Value::Object(properties));
    schema.insert("required".into(), required.into());
    schema.retain(|_, value| !value.is_null() && *value != json!([]));
    Value::Object(schema)
}

fn one_of(choice: &Choice) -> Value {
    let values: Vec<&str> = choice.variants.iter().map(|(_, value)| value.as_str()).collect();
    json!({ "title": choice.ident.bare(), "type": "string", "enum": values })
}

/// `null` is read as well as nothing.
fn or_null(mut schema: Value) -> Value {
    match schema.get("type") {
        Some(kind) if kind.is_string() => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// A reference takes its description beside it.
fn with_description(schema: Value, about: Option<String>) -> Value {
    let mut described = Map::new();
    described.extend(about.map(|about| ("description".to_owned(), about.into())));
    described.extend(members(schema));
    Value::Object(described)
}

fn members(schema: Value) -> Map<String, Value> {
    match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// What a message is about.
pub(super) fn about(event: &Event) -> String {
    let kind = if event.command { "command" } else { "event" };
    let outside = match event.external {
        External::No => "",
        External::Publishes => " An external producer publishes it.",
        External::Subscribes => " External consumers read it too.",
    };
    format!("The {kind} `{}`, on topic `{}`.{outside}", event.name, event.topic)
}

fn described(field: &Field, failing: &str) -> Option<String> {
    match &field.role {
        Role::Correlation => Some("Identifies the instance of the saga; the key of the message.".to_owned()),
        Role::Value => None,
        Role::AbsentOnFailure(_) | Role::ValueOrOnFailure(Literal::Null) => {
            Some(format!("Absent in the variant `{failing}`."))
        }
        Role::ValueOrOnFailure(literal) => {
            Some(format!("`{}` in the variant `{failing}`.", written(literal)))
        }
        Role::Outcome => Some("Tells the variants apart.".to_owned()),
    }
}

/// What each variant is told by, and what it has beyond what all have.
fn variants(event: &Event, outcome: &Outcome) -> Value {
    let names: Vec<(String, Value)> = match &outcome.choice {
        Some(choice) => {
            choice.variants.iter().map(|(_, value)| (value.to_string(), value.as_str().into())).collect()
        }
        None => [("success", true), ("failure", false)].map(|(name, wire)| (name.into(), wire.into())).into(),
    };
    let field = event.fields.iter().find(|field| field.ident == outcome.field);
    let wire = field.map_or("", |field| field.wire.as_str());
    let lacking = event.fields.iter().filter(|field| matches!(field.role, Role::AbsentOnFailure(_)));
    let lacking: Vec<&str> = lacking.map(|field| field.wire.as_str()).collect();
    let variant = |(name, value): (String, Value)| {
        let succeeds = outcome.failing.as_ref() != Some(&name);
        let mut properties = json!({ wire: { "const": value } });
        let mut schema = json!({ "title": format!("{}.{name}", event.name) });
        if succeeds && !lacking.is_empty() {
            for name in &lacking {
                properties[*name] = json!({ "not": { "type": "null" } });
            }
            schema["required"] = json!(lacking);
        }
        schema["properties"] = properties;
        schema
    };
    names.into_iter().map(variant).collect()
}
