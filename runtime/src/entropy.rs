//! Where identifiers and jitter come from: chance, or the seed of a simulation.

use uuid::Uuid;

/// A new identifier, of version 7: those made later sort behind.
pub(crate) fn identifier() -> Uuid {
    #[cfg(feature = "simulation")]
    if let Some(identifier) = seeded::identifier() {
        return identifier;
    }
    Uuid::now_v7()
}

/// Any number.
pub(crate) fn number() -> u64 {
    #[cfg(feature = "simulation")]
    if let Some(number) = seeded::number() {
        return number;
    }
    Uuid::new_v4().as_u64_pair().0
}

#[cfg(feature = "simulation")]
pub use seeded::{seed, state};

#[cfg(feature = "simulation")]
mod seeded {
    use std::cell::Cell;

    use uuid::{Builder, Uuid};

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    /// Has everything on this thread depend on a seed from now on, and on nothing else.
    pub fn seed(seed: u64) {
        STATE.set(Some(seed));
    }

    /// What the next number depends on: the seed that gives the same numbers as from now on; none without a seed.
    pub fn state() -> Option<u64> {
        STATE.get()
    }

    /// The next number of SplitMix64.
    pub(super) fn number() -> Option<u64> {
        let state = STATE.get()?.wrapping_add(0x9e37_79b9_7f4a_7c15);
        STATE.set(Some(state));
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(mixed ^ (mixed >> 31))
    }

    pub(super) fn identifier() -> Option<Uuid> {
        let (first, second) = (number()?.to_be_bytes(), number()?.to_be_bytes());
        let mut random = [0; 10];
        random[..8].copy_from_slice(&first);
        random[8..].copy_from_slice(&second[..2]);
        Some(Builder::from_unix_timestamp_millis(1_700_000_000_000, &random).into_uuid())
    }
}
