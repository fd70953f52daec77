//! What is generated, before it is text: every decision is taken, every name
//! chosen. The emitters only write it down.

mod ask;
mod deploy;
mod entity;
mod event;
mod flow;
mod request;
mod run;
mod rust;
mod service;
mod step;
mod types;
mod value;
mod variants;

pub use ask::*;
pub use deploy::*;
pub use entity::*;
pub use event::*;
pub use flow::*;
pub use request::*;
pub use run::*;
pub use rust::{Ident, RustType};
pub(crate) use rust::{RUNTIME_TYPES, serde_camel};
pub use service::*;
pub use step::*;
pub use types::*;
pub use value::*;
pub use variants::*;

use crate::draw::Chart;
use crate::names::{self, Namespace, SagaName};
use crate::resolved::Platform;

/// The generated code and manifests of a saga, before they are text.
///
/// What must hold: every name in it is valid where it is written and clashes with
/// nothing else there, keywords and runtime types included; every value has the
/// type of the place that takes it; lists are in the order in which they are
/// emitted, and tables and step rows in the order in which transactions lock
/// them, by name. [`lower`](crate::lower::lower) decides all of this.
///
/// So emitters choose nothing, look nothing up in the specification and cannot
/// fail: a decision in an emitter would be taken again, differently, by the next
/// one, and two files of one service would contradict each other. The order makes
/// the same specification give the same bytes, which `generate --check` relies
/// on; the order of locks keeps transactions from deadlocking (see
/// `ARCHITECTURE.md`).
#[derive(Debug, Clone)]
pub struct Model {
    /// The saga.
    pub saga: SagaName,
    /// The Kubernetes namespace.
    pub namespace: Namespace,
    /// What all services are deployed to.
    pub platform: Platform,
    /// The messages, in file order.
    pub events: Vec<Event>,
    /// The types that events and rows share, in file order.
    pub types: Vec<SharedType>,
    /// The services, in file order.
    pub services: Vec<Service>,
    /// What each step waits for, and what it publishes.
    pub flow: FlowCode,
    /// Which step leads to which.
    pub chart: Chart,
}

impl Model {
    /// The package of the contracts. It has the saga's name, so that a team can
    /// publish it, and depend on the contracts of several sagas.
    pub fn contracts_package(&self) -> String {
        names::contracts_package(self.saga.as_str())
    }

    /// The package in which the saga is simulated.
    pub fn simulation_package(&self) -> String {
        format!("{}-simulation", self.saga)
    }

    /// Whether any service keeps rows.
    pub fn has_tables(&self) -> bool {
        self.services.iter().any(Service::has_tables)
    }

    /// Whether columns hold any of the shared types.
    pub fn stores_shared_types(&self) -> bool {
        self.types.iter().any(|shared| shared.stored)
    }

    /// The crate of the contracts, as code names it.
    pub fn contracts_crate(&self) -> Ident {
        Ident::snake(&self.contracts_package())
    }
}
