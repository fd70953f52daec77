//! The requests that begin an instance, drawn from the types of their bodies: for a saga of which nothing else is known.

use std::collections::BTreeMap;

use saga_cli::resolved::{EntityKey, Form, Literal, Method, Resolved, Type, TypeShape, WireValue};
use serde_json::{Map, Value, json};

use super::people::path;
use crate::client::Draw;

/// A request that begins an instance.
#[derive(Clone)]
pub(crate) struct Beginning {
    /// Its service, by its place in the file.
    pub service: usize,
    /// Its path.
    pub path: &'static str,
    body: Body,
}

/// What a body holds, by name.
#[derive(Clone)]
struct Body(Vec<(String, Shape)>);

/// What a value can be.
#[derive(Clone)]
enum Shape {
    Bool,
    Number,
    NumberAsText,
    Decimal,
    Text,
    Uuid,
    Timestamp,
    Date,
    /// One of these, or now and then another value of the same kind.
    Known(Vec<Value>, Box<Shape>),
    /// One of these.
    OneOf(Vec<Value>),
    Optional(Box<Shape>),
    List(Box<Shape>),
    Record(Body),
}

/// Rows that are there from the start, by the names that fields have that refer to them.
type KnownKeys = BTreeMap<String, Vec<Value>>;

impl Beginning {
    /// Those of a file that say all in their bodies.
    pub(super) fn all(spec: &Resolved) -> Vec<Self> {
        let known = known_keys(spec);
        let steps = spec.steps().iter().filter(|step| step.triggers.is_empty() && step.creates.is_some());
        let beginnings = steps.filter_map(|step| {
            let http = step.http.as_ref()?;
            let says_all = http.params.is_empty() && http.method == Method::Post;
            let fields = step.body.iter().map(|field| {
                let name = field.name.as_str();
                (name.to_owned(), shape(spec, &known, name, &field.ty))
            });
            says_all.then(|| Self {
                service: step.service.index(),
                path: path(http).leak(),
                body: Body(fields.collect()),
            })
        });
        beginnings.collect()
    }

    /// A body, the same for the same draw.
    pub(crate) fn draw(&self, draw: &mut Draw) -> Value {
        self.body.draw(draw)
    }
}

impl Body {
    fn draw(&self, draw: &mut Draw) -> Value {
        let fields = self.0.iter().filter_map(|(name, shape)| Some((name.clone(), shape.draw(draw)?)));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

impl Shape {
    /// A value; none for one that is left out.
    fn draw(&self, draw: &mut Draw) -> Option<Value> {
        Some(match self {
            Self::Bool => draw.rng.happens(700).into(),
            // Small, so that rows have enough of what is asked for, and sometimes not.
            Self::Number => draw.rng.between(1, 4).into(),
            Self::NumberAsText => draw.rng.between(1, 4).to_string().into(),
            Self::Decimal => format!("{}.{:02}", draw.rng.between(1, 400), draw.rng.below(100)).into(),
            Self::Text => format!("text {}", draw.rng.between(1, 9)).into(),
            Self::Uuid => format!("00000000-0000-4000-8000-{:012x}", draw.rng.below(1 << 40)).into(),
            Self::Timestamp => format!("2026-01-{:02}T12:00:00Z", draw.rng.between(1, 28)).into(),
            Self::Date => format!("2026-01-{:02}", draw.rng.between(1, 28)).into(),
            Self::Known(_, other) if draw.rng.happens(100) => return other.draw(draw),
            Self::Known(values, _) | Self::OneOf(values) => draw.rng.one_of(values)?.clone(),
            Self::Optional(_) if draw.rng.happens(400) => return None,
            Self::Optional(shape) => return shape.draw(draw),
            Self::List(shape) => (0..draw.rng.between(1, 3)).filter_map(|_| shape.draw(draw)).collect(),
            Self::Record(body) => body.draw(draw),
        })
    }
}

fn shape(spec: &Resolved, known: &KnownKeys, name: &str, ty: &Type) -> Shape {
    let shape = match ty {
        Type::Bool => Shape::Bool,
        Type::I32 | Type::I64(Form::Number) | Type::F64 => Shape::Number,
        Type::I64(_) => Shape::NumberAsText,
        Type::String => Shape::Text,
        Type::Decimal => Shape::Decimal,
        Type::Uuid => Shape::Uuid,
        Type::Timestamp => Shape::Timestamp,
        Type::Date => Shape::Date,
        Type::Optional(inner) => return Shape::Optional(Box::new(shape(spec, known, name, inner))),
        // `items: [string]` refers to an `item`.
        Type::List(inner) => {
            return Shape::List(Box::new(shape(spec, known, name.trim_end_matches('s'), inner)));
        }
        Type::OutcomeOf(event, _) => {
            let outcome = spec.event(*event).outcome.as_ref();
            let variants = outcome.into_iter().flat_map(|outcome| &outcome.variants);
            Shape::OneOf(variants.map(|variant| wire(&variant.wire)).collect())
        }
        Type::Declared(declared) => match &spec.type_def(declared.id).shape {
            TypeShape::Enum(values) => Shape::OneOf(values.iter().map(|it| it.as_str().into()).collect()),
            TypeShape::Record(fields) => {
                let fields = fields.iter().map(|field| {
                    let name = field.name.as_str();
                    (name.to_owned(), self::shape(spec, known, name, &field.ty))
                });
                Shape::Record(Body(fields.collect()))
            }
        },
    };
    match known.get(name) {
        Some(values) => Shape::Known(values.clone(), Box::new(shape)),
        None => shape,
    }
}

fn wire(value: &WireValue) -> Value {
    match value {
        WireValue::Bool(value) => (*value).into(),
        WireValue::Text(value) => value.as_str().into(),
    }
}

/// The keys of first rows: under the key's name, and for a key that is called `id` under the entity's, `productId`.
fn known_keys(spec: &Resolved) -> KnownKeys {
    let mut known = KnownKeys::new();
    for entity in spec.entities().iter().filter(|entity| !entity.rows.is_empty()) {
        let mut name = entity.name.as_str().to_owned();
        name[..1].make_ascii_lowercase();
        let (name, keys): (_, Vec<Value>) = match &entity.key {
            EntityKey::Given { field, .. } => {
                let keys = entity.rows.iter().filter_map(|row| json(row.key.as_ref()?));
                (field.as_str().to_owned(), keys.collect())
            }
            // The service counts from one.
            EntityKey::Allocated(_) => (name + "Id", (1..=entity.rows.len()).map(Value::from).collect()),
        };
        known.entry(name).or_default().extend(keys);
    }
    known
}

fn json(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::I32(value) => json!(value),
        Literal::I64(value) => json!(value),
        Literal::String(text) | Literal::Uuid(text) | Literal::Decimal(text) => json!(text),
        Literal::Enum(_, value) => json!(value.as_str()),
        _ => return None,
    })
}
