//! How services are deployed.

use crate::resolved::{Egress, Reference, Resources, Variable};

/// The version of the generated crates, and of their images.
pub const VERSION: &str = "0.1.0";

/// How a service is deployed.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// Its image, with a tag or a digest.
    pub image: String,
    /// How many instances of it run.
    pub replicas: Replicas,
    /// How many of them there are at least in production.
    pub least_in_production: u16,
    /// How many instances can share its messages: the partitions of the
    /// largest topic it reads. None if it reads none.
    pub readers: Option<u16>,
    /// What each instance asks for and may use.
    pub resources: Resources,
    /// The Secret with the URL of its database, and the key in it.
    pub database: Reference,
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
    /// As many as the load asks for.
    Between {
        /// At least so many.
        min: u16,
        /// At most so many.
        max: u16,
    },
}

impl Replicas {
    /// The most instances there may be.
    pub fn most(self) -> u16 {
        match self {
            Self::Fixed(number) | Self::Between { max: number, .. } => number,
        }
    }
}
