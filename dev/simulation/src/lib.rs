//! The whole saga in one thread and in simulated time, under faults that a seed decides.
//!
//! The services, their lanes, relays and drivers are the real ones; the databases
//! and the broker are in memory, and between them and the runtime stand things
//! that break: `store`, `broker` and `network`, `consumer`, processes that die in
//! `world`, orders that fail in `faults`, people in `operator`. Then no more faults are injected,
//! everything has to quiesce, and the `audit` reads what the databases and the topics hold.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so and ends")]

mod audit;
mod broker;
mod client;
mod consumer;
mod database;
mod fault_rates;
mod faults;
mod history;
mod inject;
mod instance;
mod network;
mod operator;
mod rng;
mod sim;
mod store;
mod world;

pub use sim::{Tally, Telling};

use rng::Rng;
use world::World;

/// How a simulated world ended.
pub struct Run {
    /// How often each fault was injected.
    pub tally: Tally,
    /// What the audit found; empty if all is well.
    pub findings: Vec<String>,
    /// Everything that happened, if a journal was asked for.
    pub journal: Vec<String>,
}

/// Runs the world of a seed. `telling` says where what happens is reported.
pub fn run(seed: u64, telling: Telling) -> Run {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(Rng::new(seed), telling).await;
        world.inject().await;
        let mut findings = world.quiesce().await;
        if findings.is_empty() {
            findings = world.audit().await;
        }
        world.end(findings)
    })
}
