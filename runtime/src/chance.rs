//! What is drawn by chance: new keys that need no number, and how long a pause is.

use std::cell::Cell;

use uuid::{Builder, Uuid};

thread_local! {
    /// Where the draws of this thread are, if they follow from a seed.
    static SEEDED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// From here on, what this thread draws follows from `seed`: a simulation takes the same course each time.
#[doc(hidden)]
pub fn seed(seed: u64) {
    SEEDED.set(Some(seed));
}

/// A number.
pub(crate) fn number() -> u64 {
    let Some(state) = SEEDED.get() else { return Uuid::new_v4().as_u64_pair().0 };
    // SplitMix64.
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    SEEDED.set(Some(state));
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A key. It is of version 7, so that new rows stand together in the index, unless it follows from a seed.
pub(crate) fn key() -> Uuid {
    if SEEDED.get().is_none() {
        return Uuid::now_v7();
    }
    let bytes = (u128::from(number()) << 64 | u128::from(number())).to_be_bytes();
    Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn drawn(from: Option<u64>) -> [(Uuid, u64); 3] {
        let draw = move || {
            from.into_iter().for_each(seed);
            std::array::from_fn(|_| (key(), number()))
        };
        // The seed of a thread ends with it.
        thread::spawn(draw).join().expect("it draws")
    }

    #[test]
    fn a_seed_decides_every_draw() {
        assert_eq!(drawn(Some(7)), drawn(Some(7)));
        assert_ne!(drawn(Some(7)), drawn(Some(8)));
        let [(one, a), (two, b), _] = drawn(Some(7));
        assert!(one != two && a != b);
        assert_ne!(drawn(None), drawn(None));
        assert_eq!(drawn(None)[0].0.get_version_num(), 7);
    }
}
