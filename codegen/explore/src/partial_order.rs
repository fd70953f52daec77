//! Partial-order reduction: which of the enabled acts have to be tried now.
//!
//! Acts at different services commute, and so do most acts at one service, so
//! trying every order reaches the same ends again and again. A *stubborn set*
//! of acts is enough (Valmari, "Stubborn sets for reduced state space
//! generation", 1990): a set such that nothing outside it can disable an act
//! inside it, or enable one in another way. Every end is still found.
//! `docs/proof.md` gives the argument.

use std::collections::HashSet;

use saga_step::Mode;
use saga_step::flow::{Act, Compensation, Flow, RowUse, State};

/// Whether acts that commute are tried in one order only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// In one order, which still finds every end.
    One,
    /// In every order: the reference that tests compare the other with.
    Every,
}

/// The static part of the reduction, computed once for each flow.
pub struct Reduction<'f> {
    flow: &'f Flow,
    acts: Vec<Act>,
    /// For each act, those that may not commute with it, including itself.
    dependent: Vec<Vec<usize>>,
    /// For each step, the acts that may advance it.
    moves: Vec<Vec<usize>>,
    /// For each message, the steps that may send it.
    senders: Vec<Vec<usize>>,
    /// For each message, the acts by which an external producer publishes it.
    outside: Vec<Vec<usize>>,
    /// Scratch space: whether each act is in the set under construction.
    chosen: Vec<bool>,
    open: Vec<usize>,
}

impl<'f> Reduction<'f> {
    /// Computes which acts depend on each other.
    pub fn new(flow: &'f Flow) -> Self {
        let acts = flow.acts();
        let clusters = clusters(flow);
        let touched: Vec<HashSet<usize>> = acts.iter().map(|act| touched(flow, &clusters, *act)).collect();
        let mut by_cluster: Vec<Vec<usize>> =
            vec![Vec::new(); flow.steps().len() + flow.external_events().len()];
        for (act, touched) in touched.iter().enumerate() {
            touched.iter().for_each(|cluster| by_cluster[*cluster].push(act));
        }
        let dependent = touched.iter().map(|touched| {
            let mut acts: Vec<usize> =
                touched.iter().flat_map(|it| by_cluster[*it].iter().copied()).collect();
            acts.sort_unstable();
            acts.dedup();
            acts
        });
        let dependent = dependent.collect();
        let moves = (0..flow.steps().len()).map(|step| by_cluster[clusters[step]].clone()).collect();
        let count = acts.len();
        let mut outside = vec![Vec::new(); messages(flow)];
        for (act, what) in acts.iter().enumerate() {
            if let Act::Publish(external) = what {
                let messages = &flow.external_events()[*external].messages;
                messages.iter().for_each(|message| outside[*message].push(act));
            }
        }
        Self {
            flow,
            dependent,
            moves,
            senders: senders(flow),
            outside,
            chosen: vec![false; count],
            open: Vec::new(),
            acts,
        }
    }

    /// The acts to try in a state: all that are enabled, or enough of them.
    pub fn enabled(&mut self, state: &State, orders: Orders, into: &mut Vec<Act>) {
        into.clear();
        let flow = self.flow;
        let enabled: Vec<usize> =
            (0..self.acts.len()).filter(|act| flow.can(state, self.acts[*act])).collect();
        if orders == Orders::Every || enabled.len() <= 1 {
            into.extend(enabled.into_iter().map(|act| self.acts[act]));
            return;
        }
        let absorbed = |act: &&usize| match self.acts[**act] {
            Act::Receive(channel) => flow.is_absorbed(state, channel),
            _ => false,
        };
        if let Some(act) = enabled.iter().find(absorbed) {
            into.push(self.acts[*act]);
            return;
        }
        let mut best: Option<Vec<usize>> = None;
        for &seed in &enabled {
            let limit = best.as_ref().map_or(enabled.len() + 1, Vec::len);
            if let Some(set) = self.stubborn(state, seed, &enabled, limit) {
                let alone = set.len() == 1;
                best = Some(set);
                if alone {
                    break;
                }
            }
        }
        into.extend(best.unwrap_or(enabled).into_iter().map(|act| self.acts[act]));
    }

    /// The enabled acts of a stubborn set around `seed`, if they are fewer than
    /// `limit`.
    fn stubborn(
        &mut self,
        state: &State,
        seed: usize,
        enabled: &[usize],
        limit: usize,
    ) -> Option<Vec<usize>> {
        self.chosen.fill(false);
        self.open.clear();
        let mut found = 0;
        self.add(seed);
        while let Some(act) = self.open.pop() {
            if enabled.binary_search(&act).is_ok() {
                found += 1;
                if found >= limit {
                    return None;
                }
                for at in 0..self.dependent[act].len() {
                    self.add(self.dependent[act][at]);
                }
            } else {
                self.add_enabling(state, act);
            }
        }
        Some(enabled.iter().copied().filter(|act| self.chosen[*act]).collect())
    }

    fn add(&mut self, act: usize) {
        if !self.chosen[act] {
            self.chosen[act] = true;
            self.open.push(act);
        }
    }

    /// Adds acts one of which must happen before the given act can.
    fn add_enabling(&mut self, state: &State, act: usize) {
        match self.acts[act] {
            Act::Receive(channel) => self.add_sending(state, self.flow.channels()[channel].message),
            Act::Request(step) | Act::NeverRequest(step) => {
                if !self.flow.never_acted(state, step) {
                    self.add_moving(state, step);
                }
            }
            Act::Deadline(step) | Act::Answer(step) => self.add_moving(state, step),
            // Once disabled, these stay disabled.
            Act::Begin(_) | Act::Publish(_) | Act::NeverPublish(_) => {}
        }
    }

    fn add_sending(&mut self, state: &State, message: usize) {
        for at in 0..self.senders[message].len() {
            let step = self.senders[message][at];
            if self.may_send(state, step, message) {
                for moving in 0..self.moves[step].len() {
                    self.add(self.moves[step][moving]);
                }
            }
        }
        for at in 0..self.outside[message].len() {
            self.add(self.outside[message][at]);
        }
    }

    /// Adds the acts that may advance a step, unless the step has ended.
    fn add_moving(&mut self, state: &State, step: usize) {
        let flow = self.flow;
        let remembers =
            flow.steps()[step].kept || flow.steps()[step].start != saga_step::flow::Start::Messages;
        if remembers && flow.mode(state, step).is_final() {
            return;
        }
        for at in 0..self.moves[step].len() {
            self.add(self.moves[step][at]);
        }
    }

    /// Whether a step may still send a message.
    fn may_send(&self, state: &State, step: usize, message: usize) -> bool {
        let def = &self.flow.steps()[step];
        if !def.kept || !self.flow.mode(state, step).is_final() {
            return true;
        }
        let owed = |command: &saga_step::flow::Command| {
            command.message == message && !self.flow.has_arrived(state, step, command.need)
        };
        self.flow.mode(state, step) == Mode::Failed && def.commands.iter().any(owed)
    }
}

fn messages(flow: &Flow) -> usize {
    let heard = flow.channels().iter().map(|channel| channel.message);
    let outside = flow.external_events().iter().flat_map(|external| external.messages.iter().copied());
    let sent = flow.steps().iter().flat_map(|step| step.sends());
    heard.chain(outside).chain(sent).max().map_or(0, |last| last + 1)
}

fn senders(flow: &Flow) -> Vec<Vec<usize>> {
    let mut senders = vec![Vec::new(); messages(flow)];
    for (index, step) in flow.steps().iter().enumerate() {
        let sent: HashSet<usize> = step.sends().collect();
        sent.into_iter().for_each(|message| senders[message].push(index));
    }
    senders
}

/// The cluster of each step. Steps that touch the same data share one: those
/// that load or create rows of the same entity, and a step with its
/// compensation.
fn clusters(flow: &Flow) -> Vec<usize> {
    let mut cluster: Vec<usize> = (0..flow.steps().len()).collect();
    let mut of_entity: Vec<Option<usize>> = vec![None; flow.entities().len()];
    let join = |cluster: &mut Vec<usize>, one: usize, other: usize| {
        let (from, to) = (cluster[one], cluster[other]);
        cluster.iter_mut().filter(|it| **it == from).for_each(|it| *it = to);
    };
    for (index, step) in flow.steps().iter().enumerate() {
        let loaded = step.rows.iter().filter_map(|row| match row {
            RowUse::Own { entity, .. } => Some(*entity),
            RowUse::Shared { .. } => None,
        });
        for entity in loaded.chain(step.creates) {
            match of_entity[entity] {
                Some(other) => join(&mut cluster, index, other),
                None => of_entity[entity] = Some(index),
            }
        }
        if let Some(compensated) = step.compensates {
            join(&mut cluster, index, compensated);
        }
        debug_assert!(step.compensates.is_none() || step.undo == Compensation::Missing);
    }
    cluster
}

/// The clusters an act touches. External events have one each, after those of
/// the steps.
fn touched(flow: &Flow, clusters: &[usize], act: Act) -> HashSet<usize> {
    match act {
        Act::Begin(_) => clusters.iter().copied().collect(),
        Act::Receive(channel) => flow.channels()[channel].steps().map(|step| clusters[step]).collect(),
        Act::Request(step) | Act::NeverRequest(step) | Act::Deadline(step) | Act::Answer(step) => {
            HashSet::from([clusters[step]])
        }
        Act::Publish(external) | Act::NeverPublish(external) => HashSet::from([clusters.len() + external]),
    }
}
