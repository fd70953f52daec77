//! Services: what they keep, what they read, and how they answer.

use crate::model::{
    Ask, Asked, Deploy, Entity, Field, Ident, RequestStep, Requested, RustType, Step, StepRows,
};
use crate::names::{EntityName, ServiceName, StepName, TableName, Topic};

/// A service: a library with its wiring, a binary, and its part of the
/// contracts.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name in the specification.
    pub name: ServiceName,
    /// Its crate as code names it, and its module of the contracts.
    pub module: Ident,
    /// The type of the service.
    pub ident: Ident,
    /// The port it listens on.
    pub port: u16,
    /// Its entities.
    pub entities: Vec<Entity>,
    /// The bodies of its requests.
    pub bodies: Vec<Body>,
    /// The decisions its team writes or may write.
    pub decisions: Vec<Decision>,
    /// The tables a batch works on, in the order of their locks: by name.
    pub tables: Vec<TableRows>,
    /// Its place in the flow.
    pub place: Ident,
    /// The type of the correlation.
    pub correlation: RustType,
    /// The messages it reads.
    pub inputs: Vec<Input>,
    /// The messages it publishes.
    pub publishes: Vec<Ident>,
    /// Its routes, in file order.
    pub routes: Vec<Route>,
    /// Its requests that write.
    pub requests: Vec<RequestStep>,
    /// Its steps that messages start.
    pub steps: Vec<Step>,
    /// The name of each of these, and the messages it reacts to.
    pub subscriptions: Vec<(StepName, Vec<Ident>)>,
    /// The events it reads whose producer is outside of the saga.
    pub external: Vec<Ident>,
    /// Of its topics, those for which the file says how many partitions they have.
    pub partitions: Vec<(Ident, u16)>,
    /// How it is deployed.
    pub deploy: Deploy,
}

impl Service {
    /// Whether its team has anything to write, or may.
    pub fn has_handlers(&self) -> bool {
        !self.decisions.is_empty()
    }

    /// Whether it keeps rows.
    pub fn has_tables(&self) -> bool {
        !self.entities.is_empty()
    }

    /// The package of its wiring.
    pub fn package(&self) -> &str {
        self.name.as_str()
    }

    /// The package of its team's decisions.
    pub fn handlers_package(&self) -> String {
        format!("{}-handlers", self.name)
    }

    /// The crate of its team's decisions, as code names it.
    pub fn handlers_crate(&self) -> Ident {
        self.module.with("_handlers")
    }

    /// The step rows a batch works on, in the order of their locks: by name.
    pub fn step_rows(&self) -> Vec<&StepRows> {
        let mut rows: Vec<&StepRows> = self.steps.iter().filter_map(Step::memory).collect();
        rows.sort_by(|a, b| a.step.cmp(&b.step));
        rows
    }

    /// The requests that its steps wait for, each with its step.
    pub fn asked(&self) -> impl Iterator<Item = (&Step, &Asked)> {
        self.steps.iter().filter_map(|step| Some((step, step.asked.as_ref()?)))
    }

    /// Whether any request writes.
    pub fn has_requests(&self) -> bool {
        !self.requests.is_empty() || self.asked().next().is_some()
    }

    /// Whether any of its steps calls another system.
    pub fn calls(&self) -> bool {
        self.steps.iter().any(|step| step.call.is_some())
    }

    /// Whether it keeps what steps have seen, as JSON.
    pub fn keeps_inputs(&self) -> bool {
        self.steps.iter().any(|step| step.memory().is_some())
    }
}

/// The body of a request.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its type.
    pub ident: Ident,
    /// The request.
    pub step: StepName,
    /// Its fields.
    pub fields: Vec<Field>,
    /// One that is accepted, as JSON.
    pub example: String,
}

/// A method of the `Handlers` trait.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The step that asks.
    pub step: StepName,
    /// What it asks.
    pub ask: Ask,
    /// What the decision is about.
    pub about: About,
}

/// What a decision is about.
#[derive(Debug, Clone)]
pub enum About {
    /// Whether a request is accepted; it is unless the method is written, if that may be left out.
    Request {
        /// Whether it may not.
        required: bool,
    },
    /// Whether and how a step runs.
    Step {
        /// What it has seen by then: `OrderCreated`, `DeliveryCreated.success`.
        on: Vec<String>,
        /// Of these, it has seen one.
        any: Vec<String>,
        /// What a rejection does, if the step can fail.
        rejection: Option<Rejected>,
    },
    /// How a step is compensated.
    Compensation(StepName),
}

/// What a rejection does.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// What is published: `DeliveryCreated.failure`.
    pub publishes: String,
    /// Whether there is a row that stays as it was.
    pub keeps_row: bool,
    /// Whether there are several.
    pub keeps_rows: bool,
    /// Whether there is a row that is not created.
    pub creates_no_row: bool,
}

/// The rows of an entity, as a batch holds them.
#[derive(Debug, Clone)]
pub struct TableRows {
    /// The field that holds them.
    pub field: Ident,
    /// The entity.
    pub entity: Ident,
    /// Its name in the specification.
    pub name: EntityName,
    /// The table.
    pub table: TableName,
}

/// A message the service reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its type, and the variant of the enum.
    pub event: Ident,
    /// The topic.
    pub topic: Topic,
    /// The field with the correlation.
    pub correlation: Ident,
    /// Its place in the flow.
    pub place: MessagePlace,
}

/// The constants with a message's place in the flow.
#[derive(Debug, Clone)]
pub enum MessagePlace {
    /// The same for every message.
    Always(Ident),
    /// It depends on the variant.
    ByOutcome {
        /// The boolean that tells the variants apart.
        field: Ident,
        /// For `true`.
        success: Ident,
        /// For `false`.
        failure: Ident,
    },
    /// It depends on the variant, of which there may be many.
    ByVariant {
        /// The field that tells the variants apart.
        field: Ident,
        /// Its enum.
        of: Ident,
        /// The constant for each variant.
        places: Vec<(Ident, Ident)>,
    },
}

/// A route of the service.
#[derive(Debug, Clone)]
pub enum Route {
    /// A `POST` that creates.
    Create {
        /// The step.
        step: StepName,
        /// The path, parameters in braces.
        path: String,
        /// The body's type.
        body: Ident,
        /// The variant of the request.
        request: Ident,
        /// A body that is accepted.
        example: String,
    },
    /// Any other request that writes.
    Write {
        /// The step.
        step: StepName,
        /// The variant of the runtime's `Method`.
        method: &'static str,
        /// The path, parameters in braces.
        path: String,
        /// The request.
        requested: Requested,
        /// A body that is accepted.
        example: String,
    },
    /// A `GET` of one row.
    Read {
        /// The step.
        step: StepName,
        /// The path.
        path: String,
        /// The entity.
        entity: Ident,
    },
    /// A `GET` of a page of rows.
    List {
        /// The step.
        step: StepName,
        /// The path.
        path: String,
        /// The entity.
        entity: Ident,
    },
}

impl Route {
    /// Its path, parameters in braces.
    pub fn path(&self) -> &str {
        match self {
            Self::Create { path, .. } | Self::Write { path, .. } => path,
            Self::Read { path, .. } | Self::List { path, .. } => path,
        }
    }

    /// Its method, in lower case.
    pub fn method(&self) -> String {
        match self {
            Self::Create { .. } => "post".to_owned(),
            Self::Write { method, .. } => method.to_lowercase(),
            Self::Read { .. } | Self::List { .. } => "get".to_owned(),
        }
    }
}
