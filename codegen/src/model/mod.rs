//! What is generated, before it is text: every decision is taken, every name
//! chosen. The emitters only write it down.

mod deploy;
mod entity;
mod event;
mod rust;
mod service;
mod step;
mod value;

pub use deploy::*;
pub use entity::*;
pub use event::*;
pub use rust::{Ident, RustType};
pub(crate) use rust::{RUNTIME_TYPES, serde_camel};
pub use service::*;
pub use step::*;
pub use value::*;

use crate::draw::Chart;
use crate::names::{self, Namespace, SagaName};

/// Everything the emitters need.
#[derive(Debug, Clone)]
pub struct Model {
    /// The saga.
    pub saga: SagaName,
    /// The Kubernetes namespace.
    pub namespace: Namespace,
    /// The messages, in file order.
    pub events: Vec<Event>,
    /// The services, in file order.
    pub services: Vec<Service>,
    /// Which step leads to which.
    pub chart: Chart,
}

impl Model {
    /// The package of the contracts. It bears the saga's name, so that it can be
    /// published, and depended on beside the contracts of other sagas.
    pub fn contracts_package(&self) -> String {
        names::contracts_package(self.saga.as_str())
    }

    /// The crate of the contracts, as code names it.
    pub fn contracts_crate(&self) -> Ident {
        Ident::snake(&self.contracts_package())
    }
}
