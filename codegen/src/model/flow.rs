//! The flow of the saga, and the names of its parts.

use saga_step::flow::Flow;

use crate::model::Ident;

/// The flow that is proved, as services perform it.
#[derive(Debug, Clone)]
pub struct FlowCode {
    /// The flow.
    pub flow: Flow,
    /// The services by their places.
    pub services: Vec<Named>,
    /// The entities by their places.
    pub entities: Vec<Named>,
    /// The messages by their places.
    pub messages: Vec<Named>,
    /// The steps by their places.
    pub steps: Vec<Named>,
}

/// A part of the flow.
#[derive(Debug, Clone)]
pub struct Named {
    /// The constant with its place.
    pub ident: Ident,
    /// What it is called in the specification.
    pub name: String,
}
