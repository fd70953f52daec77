//! The state of one instance in a few bytes, since the checker keeps millions.

use super::Step;
use crate::Mode;

/// The state of an instance at all services, and the messages in flight. Equal
/// states continue equally.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State(Box<[u8]>);

/// Whether the effect of a step has been compensated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compensated {
    /// It has not.
    Not,
    /// It will be when the call is answered.
    Due,
    /// It has been, once.
    Once,
    /// It has been more than once.
    Twice,
}

impl Compensated {
    /// Every one, in the order of their discriminants.
    pub const ALL: [Compensated; 4] =
        [Compensated::Not, Compensated::Due, Compensated::Once, Compensated::Twice];
}

/// An external event that may still arrive.
pub(super) const OPEN: u8 = 0;
/// An external event that arrived.
pub(super) const CAME: u8 = 1;
/// An external event that never arrives.
pub(super) const NEVER: u8 = 2;

/// The layout of the bytes.
///
/// A step has a byte for its mode and flags, one for its compensation, and a bit
/// for each need that has arrived and for each alternative that is ruled out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layout {
    steps: Vec<usize>,
    needs: Vec<(usize, usize)>,
    entities: usize,
    external_events: usize,
    channels: usize,
    begun: usize,
}

const MODE: u8 = 0b0000_0111;
const NEVER_ACTED: u8 = 0b0000_1000;
const TWICE: u8 = 0b0001_0000;
const UNKNOWN: u8 = 0b0010_0000;
const CONFLICT: u8 = 0b1000_0000;

impl Layout {
    pub(super) fn new(steps: &[Step], entities: usize, external_events: usize, channels: usize) -> Self {
        let mut layout = Self::default();
        let mut end = 0;
        for step in steps {
            layout.steps.push(end);
            layout.needs.push((step.all.len(), step.any.len()));
            end += 2 + (step.all.len() + 2 * step.any.len()).div_ceil(8);
        }
        layout.entities = end;
        layout.external_events = layout.entities + entities;
        layout.channels = layout.external_events + external_events;
        layout.begun = layout.channels + channels;
        layout
    }
}

impl State {
    pub(super) fn empty(layout: &Layout) -> Self {
        Self(vec![0; layout.begun + 1].into())
    }

    /// The bytes that are compared and stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Copies the bytes of another state of the same flow.
    ///
    /// # Panics
    /// If the number of bytes differs.
    pub fn copy_from(&mut self, bytes: &[u8]) {
        self.0.copy_from_slice(bytes);
    }

    pub(super) fn begun(&self, at: &Layout) -> bool {
        self.0[at.begun] != 0
    }

    pub(super) fn begin(&mut self, at: &Layout) {
        self.0[at.begun] = 1;
    }

    pub(super) fn mode(&self, at: &Layout, step: usize) -> Mode {
        Mode::ALL[usize::from(self.0[at.steps[step]] & MODE)]
    }

    /// Sets the mode. A step that has ended keeps only the needs that can still
    /// `matter`, so that states that continue equally are equal.
    pub(super) fn set_mode(&mut self, at: &Layout, step: usize, mode: Mode, matter: impl Fn(usize) -> bool) {
        let place = at.steps[step];
        self.0[place] = (self.0[place] & !MODE) | mode as u8;
        if !mode.is_final() {
            return;
        }
        self.0[place] &= !NEVER_ACTED;
        let (all, any) = at.needs[step];
        for need in 0..all + 2 * any {
            if need >= all + any || mode != Mode::Failed || !matter(need) {
                self.clear_bit(at, step, need);
            }
        }
    }

    fn flag(&self, at: &Layout, step: usize, flag: u8) -> bool {
        self.0[at.steps[step]] & flag != 0
    }

    pub(super) fn never(&self, at: &Layout, step: usize) -> bool {
        self.flag(at, step, NEVER_ACTED)
    }

    pub(super) fn set_never(&mut self, at: &Layout, step: usize) {
        self.0[at.steps[step]] |= NEVER_ACTED;
    }

    pub(super) fn twice(&self, at: &Layout, step: usize) -> bool {
        self.flag(at, step, TWICE)
    }

    pub(super) fn set_twice(&mut self, at: &Layout, step: usize) {
        self.0[at.steps[step]] |= TWICE;
    }

    pub(super) fn unknown(&self, at: &Layout, step: usize) -> bool {
        self.flag(at, step, UNKNOWN)
    }

    pub(super) fn set_unknown(&mut self, at: &Layout, step: usize) {
        self.0[at.steps[step]] |= UNKNOWN;
    }

    pub(super) fn compensated(&self, at: &Layout, step: usize) -> Compensated {
        Compensated::ALL[usize::from(self.0[at.steps[step] + 1])]
    }

    pub(super) fn set_compensated(&mut self, at: &Layout, step: usize, to: Compensated) {
        self.0[at.steps[step] + 1] = to as u8;
    }

    pub(super) fn arrived(&self, at: &Layout, step: usize, need: usize) -> bool {
        self.bit(at, step, need)
    }

    pub(super) fn set_arrived(&mut self, at: &Layout, step: usize, need: usize) {
        self.set_bit(at, step, need);
    }

    pub(super) fn clear_arrived(&mut self, at: &Layout, step: usize) {
        let (all, any) = at.needs[step];
        (0..all + any).for_each(|need| self.clear_bit(at, step, need));
    }

    pub(super) fn alternative_arrived(&self, at: &Layout, step: usize, alternative: usize) -> bool {
        self.bit(at, step, at.needs[step].0 + alternative)
    }

    pub(super) fn excluded(&self, at: &Layout, step: usize, alternative: usize) -> bool {
        let (all, any) = at.needs[step];
        self.bit(at, step, all + any + alternative)
    }

    pub(super) fn set_excluded(&mut self, at: &Layout, step: usize, alternative: usize) {
        let (all, any) = at.needs[step];
        self.set_bit(at, step, all + any + alternative);
    }

    /// Whether anything the step needs has arrived.
    pub(super) fn any_arrived(&self, at: &Layout, step: usize) -> bool {
        let (all, any) = at.needs[step];
        (0..all + any).any(|need| self.bit(at, step, need))
    }

    fn bit(&self, at: &Layout, step: usize, bit: usize) -> bool {
        self.0[at.steps[step] + 2 + bit / 8] & (1 << (bit % 8)) != 0
    }

    fn set_bit(&mut self, at: &Layout, step: usize, bit: usize) {
        self.0[at.steps[step] + 2 + bit / 8] |= 1 << (bit % 8);
    }

    fn clear_bit(&mut self, at: &Layout, step: usize, bit: usize) {
        self.0[at.steps[step] + 2 + bit / 8] &= !(1 << (bit % 8));
    }

    pub(super) fn row(&self, at: &Layout, entity: usize) -> Option<u8> {
        (self.0[at.entities + entity] & !CONFLICT).checked_sub(1)
    }

    pub(super) fn set_row(&mut self, at: &Layout, entity: usize, status: u8) {
        let byte = &mut self.0[at.entities + entity];
        *byte = (*byte & CONFLICT) | (status + 1);
    }

    pub(super) fn conflict(&self, at: &Layout, entity: usize) -> bool {
        self.0[at.entities + entity] & CONFLICT != 0
    }

    pub(super) fn set_conflict(&mut self, at: &Layout, entity: usize) {
        self.0[at.entities + entity] |= CONFLICT;
    }

    pub(super) fn external(&self, at: &Layout, external: usize) -> u8 {
        self.0[at.external_events + external]
    }

    pub(super) fn set_external(&mut self, at: &Layout, external: usize, to: u8) {
        self.0[at.external_events + external] = to;
    }

    pub(super) fn in_flight(&self, at: &Layout, channel: usize) -> u8 {
        self.0[at.channels + channel]
    }

    pub(super) fn send(&mut self, at: &Layout, channel: usize) {
        let byte = &mut self.0[at.channels + channel];
        *byte = byte.saturating_add(1);
    }

    pub(super) fn receive(&mut self, at: &Layout, channel: usize) {
        let byte = &mut self.0[at.channels + channel];
        *byte = byte.saturating_sub(1);
    }
}
