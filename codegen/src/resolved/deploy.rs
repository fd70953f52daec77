//! How a service is deployed.

use super::{Egress, Reference, Variable};

/// What the file says of a service's deployment; what it does not say has a
/// default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deploy {
    /// Its image.
    pub image: Option<String>,
    /// How many instances of it run.
    pub replicas: Replicas,
    /// What each of them may use.
    pub resources: Resources,
    /// Where the URL of its database is, if not where the generated commands put it.
    pub database: Option<Reference>,
    /// Variables for the code of its team.
    pub variables: Vec<Variable>,
    /// What it may reach beside Kafka and its database.
    pub egress: Vec<Egress>,
}

/// How many instances of a service run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// Always so many.
    Fixed(u16),
    /// As many as the load asks for, within bounds.
    Bounds {
        /// At least so many.
        min: Option<u16>,
        /// At most so many.
        max: Option<u16>,
    },
}

impl Default for Replicas {
    fn default() -> Self {
        Self::Bounds { min: None, max: None }
    }
}

/// What an instance of a service asks for, and what it may use at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resources {
    /// The CPU it asks for.
    pub cpu: String,
    /// The CPU it may use.
    pub cpu_limit: String,
    /// The memory it asks for.
    pub memory: String,
    /// The memory it may use.
    pub memory_limit: String,
}

impl Default for Resources {
    fn default() -> Self {
        let text = str::to_owned;
        Self { cpu: text("100m"), cpu_limit: text("1"), memory: text("128Mi"), memory_limit: text("256Mi") }
    }
}
