//! A test build can switch one mechanism off, to show that a test sees it.
//!
//! With the feature `break`, the variable `SAGA_BREAK` names a known bug of
//! hand-written sagas, and the mechanism that prevents it is off; and the variable
//! `SAGA_CRASH=after-commit=500,before-commit=900` makes the process abort once in so many
//! passages of a point, at random. Without the feature nothing of this is compiled in.

/// Whether the mechanism that prevents `bug` is switched off.
#[cfg(feature = "break")]
pub fn off(bug: &str) -> bool {
    use std::sync::OnceLock;
    static BUG: OnceLock<Option<String>> = OnceLock::new();
    BUG.get_or_init(|| std::env::var("SAGA_BREAK").ok()).as_deref() == Some(bug)
}

/// Whether the mechanism that prevents a bug is switched off: never, in this build.
#[cfg(not(feature = "break"))]
pub const fn off(_bug: &str) -> bool {
    false
}

/// A point at which the process may abort, as by `kill -9`, if `SAGA_CRASH` names it.
#[cfg(feature = "break")]
pub fn crash_point(name: &str) {
    use std::collections::HashMap;
    use std::sync::OnceLock;
    static POINTS: OnceLock<HashMap<String, u64>> = OnceLock::new();
    let points = POINTS.get_or_init(|| crash_points(&std::env::var("SAGA_CRASH").unwrap_or_default()));
    let Some(passages) = points.get(name) else { return };
    if uuid::Uuid::new_v4().as_u64_pair().0.is_multiple_of(*passages) {
        eprintln!("crash point {name}");
        std::process::abort();
    }
}

/// A point at which nothing happens, in this build.
#[cfg(not(feature = "break"))]
pub const fn crash_point(_name: &str) {}

/// Reads `SAGA_CRASH`; what is not `name=passages` is no crash point.
#[cfg(feature = "break")]
fn crash_points(text: &str) -> std::collections::HashMap<String, u64> {
    let point = |part: &str| {
        let (name, passages) = part.split_once('=')?;
        let passages: u64 = passages.trim().parse().ok()?;
        (passages > 0).then(|| (name.trim().to_owned(), passages))
    };
    text.split(',').filter_map(point).collect()
}

#[cfg(all(test, feature = "break"))]
mod tests {
    use super::*;

    #[test]
    fn crash_points_are_read_and_nonsense_is_none() {
        let points = crash_points("after-commit=500, before-commit = 7,after-produce=0,x,=,y=z");
        let expected = [("after-commit", 500), ("before-commit", 7)];
        assert_eq!(points, expected.map(|(name, passages)| (name.to_owned(), passages)).into());
        crash_point("after-commit");
    }
}
