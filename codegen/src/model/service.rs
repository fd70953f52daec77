//! Services: what they keep, what they read, and how they answer.

use crate::model::{Ask, Deploy, Entity, Field, Ident, RequestStep, Step, Value};
use crate::names::{EntityName, EventName, ServiceName, StepName, TableName, Topic};

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
    /// The step rows a batch works on, in the order of their locks: by name.
    pub step_rows: Vec<StepRows>,
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

    /// Whether it keeps what steps have seen, as JSON.
    pub fn keeps_inputs(&self) -> bool {
        !self.step_rows.is_empty()
    }

    /// Whether a message can fail to be handled.
    pub fn faults(&self) -> bool {
        self.steps.iter().any(Step::faults)
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
    /// Whether a request is accepted; it is unless the method is written.
    Request,
    /// Whether and how a step runs.
    Step {
        /// What it has seen by then: `OrderCreated`, `DeliveryCreated.success`.
        on: Vec<String>,
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

/// The step rows of a step, as a batch holds them.
#[derive(Debug, Clone)]
pub struct StepRows {
    /// The field that holds them.
    pub field: Ident,
    /// The type of what they keep.
    pub inputs: Ident,
    /// The step.
    pub step: StepName,
    /// The messages they keep: field, type, and description.
    pub kept: Vec<Kept>,
}

/// A message that a step row keeps.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The field.
    pub field: Ident,
    /// The message type.
    pub event: Ident,
    /// What it is: `ProductDecreased.success`.
    pub what: String,
}

/// A message the service reads, and what it does.
#[derive(Debug, Clone)]
pub struct Input {
    /// Its type, and the variant of the enum.
    pub event: Ident,
    /// Its name.
    pub name: EventName,
    /// The topic.
    pub topic: Topic,
    /// The steps it may run, and the step rows it needs.
    pub step_locks: Vec<StepLock>,
    /// The rows it may touch.
    pub row_locks: Vec<RowLock>,
    /// Whether it asks for a compensation.
    pub compensates: bool,
    /// What is called.
    pub dispatch: Dispatch,
}

/// What a message needs before it is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepLock {
    /// The step row in this field.
    Row(Ident, Value),
    /// To run a step once.
    Once(StepName, Value),
}

/// A row that a message or a request may touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowLock {
    /// The row with this key.
    Key {
        /// The field with the table's rows.
        table: Ident,
        /// The key.
        key: Value,
    },
    /// A new row.
    New {
        /// The field with the table's rows.
        table: Ident,
    },
    /// The row whose key a message says that has come before.
    Kept {
        /// The field with the table's rows.
        table: Ident,
        /// The key, of the kept message.
        key: Value,
        /// The field with the step's rows.
        step: Ident,
        /// The correlation of the message at hand.
        correlation: Value,
        /// The field that keeps the message, and its binding in `key`.
        kept: Ident,
    },
}

/// What is called for a message.
#[derive(Debug, Clone)]
pub enum Dispatch {
    /// The same for every message.
    Always(Vec<Call>),
    /// It depends on the variant.
    ByOutcome {
        /// The boolean that tells the variants apart.
        field: Ident,
        /// What success calls.
        success: Vec<Call>,
        /// What failure calls.
        failure: Vec<Call>,
    },
}

/// One call for a message.
#[derive(Debug, Clone)]
pub enum Call {
    /// A function with the message and the context.
    Function {
        /// The function.
        function: Ident,
        /// Whether it belongs to the service, because it asks a handler.
        method: bool,
        /// Whether it can fail.
        faults: bool,
    },
    /// A waiting step gives up silently.
    Leave {
        /// The field with the step's rows.
        rows: Ident,
        /// The correlation of the message.
        correlation: Value,
    },
}

/// A route of the service.
#[derive(Debug, Clone)]
pub enum Route {
    /// A `POST` that creates.
    Create {
        /// The path, parameters in braces.
        path: String,
        /// The body's type.
        body: Ident,
        /// The variant of the request.
        request: Ident,
        /// A body that is accepted.
        example: String,
    },
    /// A `GET` of one row.
    Read {
        /// The path.
        path: String,
        /// The entity.
        entity: Ident,
    },
    /// A `GET` of a page of rows.
    List {
        /// The path.
        path: String,
        /// The entity.
        entity: Ident,
    },
}
