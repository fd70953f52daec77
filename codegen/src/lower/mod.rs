//! From the checked specification to the model: every decision about the
//! generated code is taken here, and nothing can fail any more.

mod asked;
mod contract;
mod deploy;
mod entity;
mod event;
mod failing;
mod flow;
mod names;
mod one_of;
mod request;
mod route;
mod run;
mod scope;
mod service;
mod step;
mod summary;
mod types;
mod undo;
mod values;
mod variants;

pub(crate) use summary::{article, listed};

use crate::accepted::Accepted;
use crate::draw::Chart;
use crate::model::{Ident, Model, RustType};
use crate::resolved::Type;

/// Decides what is generated for a specification.
pub fn lower(accepted: &Accepted) -> Model {
    let spec = accepted.resolved();
    let saga = &spec.sagas()[0];
    // Every service keeps clear of every event's name.
    let events: Vec<Ident> = spec.events().iter().map(event::ident).collect();
    let places = flow::Places::of(spec);
    Model {
        saga: saga.name.clone(),
        namespace: spec.namespace().clone(),
        platform: spec.platform().clone(),
        events: spec.events().iter().map(|event| event::lower(spec, event)).collect(),
        types: types::lower(spec),
        services: spec
            .services()
            .iter()
            .map(|service| service::lower(spec, service, &places, &events))
            .collect(),
        flow: places.into_code(),
        chart: Chart::of(spec),
    }
}

/// The Rust type of a field.
fn rust_type(ty: &Type) -> RustType {
    match ty {
        Type::Bool => RustType::Bool,
        Type::I32 => RustType::I32,
        Type::I64(form) => RustType::I64(*form),
        Type::F64 => RustType::F64,
        Type::String => RustType::String,
        Type::Optional(inner) => RustType::Optional(Box::new(rust_type(inner))),
        Type::List(item) => RustType::List(Box::new(rust_type(item))),
        Type::Decimal => RustType::Decimal,
        Type::Uuid => RustType::Uuid,
        Type::Timestamp => RustType::Timestamp,
        Type::Date => RustType::Date,
        Type::Declared(declared) if declared.is_enum => RustType::Enum(Ident::declared(&declared.name)),
        Type::Declared(declared) => RustType::Record(Ident::declared(&declared.name)),
        Type::OutcomeOf(_, name) => RustType::Enum(Ident::declared(name)),
    }
}

/// Stops at what no accepted specification has: to reach it is a defect of
/// [`accept`](crate::accepted::accept).
#[track_caller]
fn refused(what: &str) -> ! {
    unreachable!("an accepted specification has no {what}")
}
