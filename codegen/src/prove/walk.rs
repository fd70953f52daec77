//! Every state that an instance can come to, each once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use saga_step::flow::{Act, Flow, Note, State};

use super::reduce::Reduction;

/// How far a walk may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many states are kept.
    pub states: usize,
    /// How much memory they may take, in bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { states: 3_000_000, bytes: 1 << 30 }
    }
}

impl Limits {
    /// That many states, whatever memory they take; without a number, the
    /// default.
    pub fn up_to(states: Option<usize>) -> Self {
        states.map_or_else(Self::default, |states| Self { states, bytes: usize::MAX })
    }
}

/// Whether acts that commute are tried in one order only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// In one order: every end is found, by one way or another.
    One,
    /// In every order: what the other is compared with.
    Every,
}

/// The states that were reached.
#[derive(Debug)]
pub struct Walk {
    width: usize,
    bytes: Vec<u8>,
    /// For each state the one before it, the act, and the choices in it as a
    /// number; the first state is its own predecessor.
    before: Vec<(u32, Act, u32)>,
    /// The states in which nothing can happen any more.
    pub ends: Vec<u32>,
    /// How many acts were carried out.
    pub acts: usize,
}

/// The walk was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// The states it had found.
    pub states: usize,
    /// The memory they took, in bytes.
    pub bytes: usize,
}

/// The bytes that a state takes beside its own: how it was reached, and its
/// place in the table.
const OVERHEAD: usize = size_of::<(u32, Act, u32)>() + 5;

/// Walks through everything that can happen, from an instance that nothing has
/// begun, nearest states first. `saw` hears of everything that happens.
///
/// # Errors
/// [`TooLarge`] when the limits are reached.
pub fn walk(
    flow: &Flow,
    orders: Orders,
    limits: Limits,
    saw: &mut dyn FnMut(&[Note]),
) -> Result<Walk, TooLarge> {
    let mut reduction = Reduction::new(flow);
    let mut found = Found::new(flow);
    let (mut enabled, mut notes) = (Vec::new(), Vec::new());
    let mut state = flow.unbegun();
    let mut next = state.clone();
    let mut at = 0;
    while at < found.walk.before.len() {
        state.copy_from(found.walk.bytes_of(at));
        reduction.enabled(&state, orders, &mut enabled);
        if enabled.is_empty() {
            found.walk.ends.push(at as u32);
        }
        for act in &enabled {
            let mut choices = Choices::default();
            loop {
                next.copy_from(state.as_bytes());
                notes.clear();
                flow.perform(&mut next, *act, &mut |of| choices.choose(of), &mut notes);
                saw(&notes);
                found.walk.acts += 1;
                found.add(next.as_bytes(), (at as u32, *act, choices.number()));
                if !choices.advance() {
                    break;
                }
            }
        }
        let bytes = found.walk.before.len() * (found.walk.width + OVERHEAD);
        if found.walk.before.len() > limits.states || bytes > limits.bytes {
            return Err(TooLarge { states: found.walk.before.len(), bytes });
        }
        at += 1;
    }
    Ok(found.walk)
}

/// A walk that goes on, with a table of the states in it.
struct Found {
    walk: Walk,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Found {
    fn new(flow: &Flow) -> Self {
        let first = flow.unbegun();
        let width = first.as_bytes().len();
        let walk = Walk { width, bytes: Vec::new(), before: Vec::new(), ends: Vec::new(), acts: 0 };
        let mut found = Self { walk, table: HashTable::new(), hasher: DefaultHashBuilder::default() };
        found.add(first.as_bytes(), (0, Act::Receive(0), 0));
        found
    }

    fn add(&mut self, state: &[u8], from: (u32, Act, u32)) {
        let Self { walk, table, hasher } = self;
        let hash = hasher.hash_one(state);
        let known = table.find(hash, |place| walk.bytes_of(*place as usize) == state);
        if known.is_none() {
            let place = walk.before.len() as u32;
            walk.bytes.extend_from_slice(state);
            walk.before.push(from);
            table.insert_unique(hash, place, |place| hasher.hash_one(walk.bytes_of(*place as usize)));
        }
    }
}

impl Walk {
    /// How many states were reached.
    pub fn states(&self) -> usize {
        self.before.len()
    }

    /// The bytes of a state.
    pub fn bytes_of(&self, state: usize) -> &[u8] {
        &self.bytes[state * self.width..(state + 1) * self.width]
    }

    /// How a state was reached: acts, each with the choices made in it.
    pub fn way_to(&self, state: u32) -> Vec<(Act, Choices)> {
        let mut way = Vec::new();
        let mut at = state;
        while at != 0 {
            let (before, act, number) = self.before[at as usize];
            way.push((act, Choices::numbered(number)));
            at = before;
        }
        way.reverse();
        way
    }
}

/// The choices of one act: the first time all are 0, and then in turn what is
/// left.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    made: Vec<(usize, usize)>,
    asked: usize,
    /// The turn, counted from 0.
    turn: u32,
    /// Turns still to be skipped before the choices are those of the number.
    ahead: u32,
}

impl Choices {
    /// The choices of that turn.
    fn numbered(turn: u32) -> Self {
        Self { ahead: turn, ..Self::default() }
    }

    /// Which turn it is.
    fn number(&self) -> u32 {
        self.turn
    }

    /// One of `of`.
    pub fn choose(&mut self, of: usize) -> usize {
        if self.asked == self.made.len() {
            self.made.push((0, of));
        }
        let (chosen, _) = self.made[self.asked];
        self.asked += 1;
        chosen
    }

    /// Goes on to the next choices; false if there are none.
    fn advance(&mut self) -> bool {
        self.made.truncate(self.asked);
        self.asked = 0;
        self.turn += 1;
        while let Some((chosen, of)) = self.made.pop() {
            if chosen + 1 < of {
                self.made.push((chosen + 1, of));
                return true;
            }
        }
        false
    }
}

/// Carries out an act with the choices of a way.
pub fn repeat(flow: &Flow, state: &mut State, act: Act, choices: &Choices, notes: &mut Vec<Note>) {
    let mut choices = choices.clone();
    let before = state.clone();
    loop {
        state.copy_from(before.as_bytes());
        notes.clear();
        flow.perform(state, act, &mut |of| choices.choose(of), notes);
        if choices.ahead == 0 {
            return;
        }
        choices.ahead -= 1;
        choices.advance();
    }
}
