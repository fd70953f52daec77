//! Which of the acts that can happen must be tried now.
//!
//! Acts at different services commute, and most acts at one service do, so
//! trying all orders finds the same ends again and again. A *stubborn set*
//! (Valmari, "Stubborn sets for reduced state space generation", 1990) of acts
//! is enough: one such that nothing outside of the set can be in the way of
//! what is in it. Every end is still found.

use std::collections::HashSet;

use saga_step::Mode;
use saga_step::flow::{Act, Compensation, Flow, RowUse, State};

use super::explore::Orders;

/// What is known of a flow before it is explored.
pub struct Reduction<'f> {
    flow: &'f Flow,
    acts: Vec<Act>,
    /// For each act those that do not commute with it, itself among them.
    meets: Vec<Vec<usize>>,
    /// For each step the acts that may make it go on.
    moves: Vec<Vec<usize>>,
    /// For each message the steps that may send it.
    senders: Vec<Vec<usize>>,
    /// For each message the acts by which it comes from outside.
    outside: Vec<Vec<usize>>,
    /// Scratch: whether each act is in the set under construction.
    chosen: Vec<bool>,
    open: Vec<usize>,
}

impl<'f> Reduction<'f> {
    /// Looks a flow over.
    pub fn new(flow: &'f Flow) -> Self {
        let acts = flow.acts();
        let clusters = clusters(flow);
        let touched: Vec<HashSet<usize>> = acts.iter().map(|act| touched(flow, &clusters, *act)).collect();
        let mut by_cluster: Vec<Vec<usize>> =
            vec![Vec::new(); flow.steps().len() + flow.external_events().len()];
        for (act, touched) in touched.iter().enumerate() {
            touched.iter().for_each(|cluster| by_cluster[*cluster].push(act));
        }
        let meets = touched.iter().map(|touched| {
            let mut met: Vec<usize> = touched.iter().flat_map(|it| by_cluster[*it].iter().copied()).collect();
            met.sort_unstable();
            met.dedup();
            met
        });
        let meets = meets.collect();
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
            meets,
            moves,
            senders: senders(flow),
            outside,
            chosen: vec![false; count],
            open: Vec::new(),
            acts,
        }
    }

    /// The acts to be tried in a state: all that can happen, or enough of them.
    pub fn enabled(&mut self, state: &State, orders: Orders, into: &mut Vec<Act>) {
        into.clear();
        let flow = self.flow;
        let can: Vec<usize> = (0..self.acts.len()).filter(|act| flow.can(state, self.acts[*act])).collect();
        if orders == Orders::Every || can.len() <= 1 {
            into.extend(can.into_iter().map(|act| self.acts[act]));
            return;
        }
        let absorbed = |act: &&usize| match self.acts[**act] {
            Act::Receive(channel) => flow.is_absorbed(state, channel),
            _ => false,
        };
        if let Some(act) = can.iter().find(absorbed) {
            into.push(self.acts[*act]);
            return;
        }
        let mut best: Option<Vec<usize>> = None;
        for &seed in &can {
            let limit = best.as_ref().map_or(can.len() + 1, Vec::len);
            if let Some(set) = self.stubborn(state, seed, &can, limit) {
                let alone = set.len() == 1;
                best = Some(set);
                if alone {
                    break;
                }
            }
        }
        into.extend(best.unwrap_or(can).into_iter().map(|act| self.acts[act]));
    }

    /// What of a stubborn set around `seed` can happen, if that is less than
    /// `limit`.
    fn stubborn(&mut self, state: &State, seed: usize, can: &[usize], limit: usize) -> Option<Vec<usize>> {
        self.chosen.fill(false);
        self.open.clear();
        let mut enabled = 0;
        self.add(seed);
        while let Some(act) = self.open.pop() {
            if can.binary_search(&act).is_ok() {
                enabled += 1;
                if enabled >= limit {
                    return None;
                }
                for met in 0..self.meets[act].len() {
                    self.add(self.meets[act][met]);
                }
            } else {
                self.add_enabling(state, act);
            }
        }
        Some(can.iter().copied().filter(|act| self.chosen[*act]).collect())
    }

    fn add(&mut self, act: usize) {
        if !self.chosen[act] {
            self.chosen[act] = true;
            self.open.push(act);
        }
    }

    /// Adds acts such that the given one cannot happen before one of them has.
    fn add_enabling(&mut self, state: &State, act: usize) {
        match self.acts[act] {
            Act::Receive(channel) => self.add_sending(state, self.flow.channels()[channel].message),
            Act::Request(step) | Act::NeverRequest(step) => {
                if !self.flow.never_acted(state, step) {
                    self.add_moving(state, step);
                }
            }
            Act::Deadline(step) | Act::Answer(step) => self.add_moving(state, step),
            // Nothing brings these back.
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

    /// Adds what may make a step go on, if it has not come to its end.
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

/// Steps that touch the same things, by a number each: those that load or
/// create rows of one entity, and a step with the one that compensates it.
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
            RowUse::Shared => None,
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

/// The clusters an act touches. Events from outside have one each, behind
/// those of steps.
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
