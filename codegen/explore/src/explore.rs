//! Every state that one instance can reach, each visited once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};
use saga_step::flow::{Act, Flow, Note, State};

use crate::partial_order::{Orders, Reduction};

/// How far an exploration may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many states are kept.
    pub states: usize,
    /// How much memory they may take, in bytes.
    pub bytes: usize,
    /// Whether to go on, given the number of states. Asked before the first and
    /// then after a moment's work each time, so that the caller, who has a clock,
    /// can show progress and limit the time.
    pub proceed: fn(usize) -> bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Limits {
    /// What a developer's machine explores within a minute.
    pub const DEFAULT: Self = Self { states: 3_000_000, bytes: 1 << 30, proceed: |_| true };

    /// That many states, however much memory they take; the default without a
    /// number.
    pub fn up_to(states: Option<usize>) -> Self {
        states.map_or_else(Self::default, |states| Self { states, bytes: usize::MAX, ..Self::DEFAULT })
    }
}

/// The states that an exploration reached.
#[derive(Debug)]
pub struct StateSpace {
    width: usize,
    bytes: Vec<u8>,
    /// How each state was first reached: the state before it, the act, and the
    /// choices in that act as a number. The first state is its own predecessor.
    predecessors: Vec<(u32, Act, u32)>,
    /// The states in which nothing more can happen.
    pub ends: Vec<u32>,
    /// How many transitions were made.
    pub transitions: usize,
}

/// The exploration was given up at its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// The states found until then.
    pub states: usize,
    /// The memory they took, in bytes.
    pub bytes: usize,
    /// Whether time ran out, rather than room.
    pub late: bool,
}

/// How many transitions are made before the caller is asked whether to go on:
/// a few milliseconds, and in the largest sagas a few tenths of a second.
const MOMENT: usize = 1 << 10;

/// The bytes a state takes besides its own: its predecessor and its slot in the
/// table.
const OVERHEAD: usize = size_of::<(u32, Act, u32)>() + 5;

impl StateSpace {
    /// Explores everything that can happen to one instance, breadth first, so
    /// that the first path to a state is a shortest one. Calls `observe` with
    /// the notes of every transition.
    ///
    /// # Errors
    /// [`TooLarge`] when the limits are reached.
    pub fn explore(
        flow: &Flow,
        orders: Orders,
        limits: Limits,
        observe: &mut dyn FnMut(&[Note]),
    ) -> Result<Self, TooLarge> {
        let mut reduction = Reduction::new(flow);
        let mut found = Found::new(flow);
        let (mut enabled, mut notes) = (Vec::new(), Vec::new());
        let mut state = flow.unbegun();
        let mut next = state.clone();
        let mut at = 0;
        (limits.proceed)(0);
        while at < found.space.states() {
            state.copy_from(found.space.bytes_of(at));
            reduction.enabled(&state, orders, &mut enabled);
            if enabled.is_empty() {
                found.space.ends.push(at as u32);
            }
            for act in &enabled {
                let mut choices = Choices::default();
                loop {
                    next.copy_from(state.as_bytes());
                    notes.clear();
                    flow.perform(&mut next, *act, &mut |of| choices.choose(of), &mut notes);
                    observe(&notes);
                    found.space.transitions += 1;
                    found.add(next.as_bytes(), (at as u32, *act, choices.number()));
                    // Here, because the choices of a single act may be millions.
                    found.stay_within(limits)?;
                    if !choices.advance() {
                        break;
                    }
                }
            }
            at += 1;
        }
        Ok(found.space)
    }

    /// How many states were reached.
    pub fn states(&self) -> usize {
        self.predecessors.len()
    }

    /// The bytes of a state.
    pub fn bytes_of(&self, state: usize) -> &[u8] {
        &self.bytes[state * self.width..(state + 1) * self.width]
    }

    /// A shortest path to a state: its acts, each with the choices made in it.
    pub fn path_to(&self, state: u32) -> Vec<(Act, Choices)> {
        let mut path = Vec::new();
        let mut at = state;
        while at != 0 {
            let (before, act, number) = self.predecessors[at as usize];
            path.push((act, Choices::numbered(number)));
            at = before;
        }
        path.reverse();
        path
    }
}

/// The states found so far, and a hash table to recognise them by.
struct Found {
    space: StateSpace,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Found {
    fn new(flow: &Flow) -> Self {
        let first = flow.unbegun();
        let width = first.as_bytes().len();
        let space = StateSpace {
            width,
            bytes: Vec::new(),
            predecessors: Vec::new(),
            ends: Vec::new(),
            transitions: 0,
        };
        let mut found = Self { space, table: HashTable::new(), hasher: DefaultHashBuilder::default() };
        found.add(first.as_bytes(), (0, Act::Receive(0), 0));
        found
    }

    fn stay_within(&self, limits: Limits) -> Result<(), TooLarge> {
        let states = self.space.states();
        let bytes = states * (self.space.width + OVERHEAD);
        let late = self.space.transitions.is_multiple_of(MOMENT) && !(limits.proceed)(states);
        if late || states > limits.states || bytes > limits.bytes {
            return Err(TooLarge { states, bytes, late });
        }
        Ok(())
    }

    fn add(&mut self, state: &[u8], from: (u32, Act, u32)) {
        let Self { space, table, hasher } = self;
        let hash = hasher.hash_one(state);
        let known = table.find(hash, |index| space.bytes_of(*index as usize) == state);
        if known.is_none() {
            let index = space.predecessors.len() as u32;
            space.bytes.extend_from_slice(state);
            space.predecessors.push(from);
            table.insert_unique(hash, index, |index| hasher.hash_one(space.bytes_of(*index as usize)));
        }
    }
}

/// The choices made in one act: all 0 in the first turn, then one combination a
/// turn until none is left.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    made: Vec<(usize, usize)>,
    asked: usize,
    /// Counted from 0.
    turn: u32,
    /// Turns to skip until the choices are those of the recorded number.
    ahead: u32,
}

impl Choices {
    fn numbered(turn: u32) -> Self {
        Self { ahead: turn, ..Self::default() }
    }

    fn number(&self) -> u32 {
        self.turn
    }

    /// Chooses one of `of` alternatives.
    pub fn choose(&mut self, of: usize) -> usize {
        if self.asked == self.made.len() {
            self.made.push((0, of));
        }
        let (chosen, _) = self.made[self.asked];
        self.asked += 1;
        chosen
    }

    /// Moves on to the next combination of choices; false if there is none.
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

/// Performs an act once more, with the choices recorded on a path.
pub fn replay(flow: &Flow, state: &mut State, act: Act, choices: &Choices, notes: &mut Vec<Note>) {
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
