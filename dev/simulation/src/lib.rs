//! A whole saga in one thread and in simulated time, under faults that a seed decides.
//!
//! The services, their lanes, relays and drivers are the real ones; the databases
//! and the broker are in memory, and between them and the runtime stand things
//! that break: `store`, `broker` and `network`, `consumer`, processes that die in
//! `world`, instances that fail in `faults`, people in `operator`, others in `outside`. Then no more
//! faults are injected, everything has to quiesce (`rest`), and the `audit` reads what the databases and
//! the topics hold. What it expects comes from the file (`plan`): each instance must have come to an
//! end that its proof knows.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

mod audit;
mod broker;
mod calls;
mod client;
mod clock;
mod consumer;
mod database;
mod fault_rates;
mod faults;
mod faulty;
mod gateway;
mod history;
mod inject;
mod instance;
mod network;
mod operator;
mod outside;
mod people;
mod plan;
mod rest;
mod rng;
mod saga;
mod seeds;
mod sim;
mod store;
mod story;
mod team;
mod twice;
mod world;

use std::sync::Arc;

pub use audit::{Evidence, Message, Row};
pub use client::Draw;
pub use faults::Faults;
pub use gateway::Gateway;
pub use outside::Outside;
pub use rng::Rng;
pub use saga::{Hosted, HostedService, Saga};
#[cfg(feature = "mutations")]
pub use seeds::notices;
pub use seeds::{live, say};
/// What bodies and columns hold.
pub use serde_json::Value;
pub use sim::{Tally, Telling};
pub use story::Stories;
pub use team::{Origin, Repair, Team, Unhandled};

use world::World;

/// How a simulated world ended.
pub struct Run {
    /// How often each fault was injected.
    pub tally: Tally,
    /// What the audit found; empty if all is well.
    pub findings: Vec<String>,
    /// Everything that happened, if a journal was asked for.
    pub journal: Vec<String>,
    /// What happened to each instance, if it was told.
    pub stories: Stories,
}

/// Runs a saga in the world of a seed. `telling` says where what happens is reported.
pub fn run(saga: &Arc<Saga>, seed: u64, telling: Telling) -> Run {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    saga_runtime::entropy::seed(seed);
    runtime.block_on(async {
        let mut world = World::new(saga.clone(), Rng::new(seed), telling).await;
        world.inject().await;
        let unrest = world.quiesce().await;
        let findings = if unrest.is_empty() { world.audit().await } else { world.unrest(unrest) };
        world.end(findings)
    })
}
