//! A test build can switch one mechanism off, to show that a test notices.
//!
//! With the feature `mutations`, `SAGA_MUTATION` names the [`Mutation`] that is active, and
//! `SAGA_CRASH` says at which [`CrashPoint`]s the process aborts, each once in so many passages, at
//! random. `SAGA_PANIC` names a task or thread that panics once the process has run for a second.
//! `SAGA_SLOW` says how many milliseconds each call of a handler takes longer. A process that
//! cannot read one of these variables aborts. Without the feature none of this is
//! compiled in, and the variables mean nothing.

#[cfg(any(test, feature = "mutations"))]
mod environment;
#[cfg(feature = "mutations")]
mod switches;
mod table;

pub use table::{
    CRASH_VARIABLE, CrashPoint, MUTATION_VARIABLE, Mutation, SIMULATION_SEEDS, SLOW_VARIABLE, Witness,
};

#[cfg(feature = "mutations")]
pub use switches::{active, crash_at, delay_handler, panic_in};

/// Whether a mutation is active: never, in this build.
#[cfg(not(feature = "mutations"))]
pub const fn active(_: Mutation) -> bool {
    false
}

/// A place at which nothing happens, in this build.
#[cfg(not(feature = "mutations"))]
pub const fn panic_in(_: &str) {}

/// A point at which nothing happens, in this build.
#[cfg(not(feature = "mutations"))]
pub const fn crash_at(_: CrashPoint) {}

/// Handlers take as long as they take, in this build.
#[cfg(not(feature = "mutations"))]
pub const fn delay_handler() {}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The text of all modules but this one.
    fn sources(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder of this crate") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("src/mutation") {
                sources(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).expect("a source file"));
            }
        }
    }

    #[test]
    fn every_mutation_is_used_and_every_crash_point_is_passed() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let mutations = Mutation::ALL.iter().map(|mutation| format!("active(Mutation::{mutation:?})"));
        let points = CrashPoint::ALL.iter().map(|point| format!("crash_at(CrashPoint::{point:?})"));
        let unused: Vec<_> = mutations.chain(points).filter(|call| !text.contains(call.as_str())).collect();
        assert_eq!(unused, Vec::<String>::new());
    }

    #[test]
    fn every_mutation_is_noticed_by_a_test() {
        for mutation in Mutation::ALL {
            // What chaos meets is up to chance, so it is never the only one.
            let reliable = mutation.witnesses().iter().any(|witness| *witness != Witness::Chaos);
            assert!(reliable, "{mutation:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_variants() {
        let kebab = |variant: String| {
            let words = variant.char_indices().map(|(at, letter)| {
                let gap = if at > 0 && letter.is_ascii_uppercase() { "-" } else { "" };
                format!("{gap}{}", letter.to_ascii_lowercase())
            });
            words.collect::<String>()
        };
        for mutation in Mutation::ALL {
            assert_eq!(mutation.name(), kebab(format!("{mutation:?}")));
            assert_eq!(Mutation::named(mutation.name()), Some(*mutation));
        }
        for point in CrashPoint::ALL {
            assert_eq!(point.name(), kebab(format!("{point:?}")));
            assert_eq!(CrashPoint::named(point.name()), Some(*point));
        }
    }
}
