//! What the environment of a test build says. What it cannot mean is an error, never ignored.

use std::collections::HashMap;
use std::time::Duration;

use super::{CRASH_VARIABLE, CrashPoint, MUTATION_VARIABLE, Mutation, SLOW_VARIABLE};

/// What is switched.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Switches {
    /// The one that is active.
    pub(super) mutation: Option<Mutation>,
    /// Once in how many passages the process aborts there.
    pub(super) crashes: HashMap<CrashPoint, u64>,
    /// How much longer a handler takes.
    pub(super) delay: Option<Duration>,
}

impl Switches {
    /// Reads the variables.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let mutation = variable(MUTATION_VARIABLE).map(|name| {
            let unknown = || {
                let names: Vec<_> = Mutation::ALL.iter().map(|mutation| mutation.name()).collect();
                format!(
                    "{MUTATION_VARIABLE}={name}: there is no such mutation; there are {}",
                    names.join(", ")
                )
            };
            Mutation::named(&name).ok_or_else(unknown)
        });
        let crashes = variable(CRASH_VARIABLE).map(|text| text.split(',').map(crash).collect());
        let delay = variable(SLOW_VARIABLE).map(|text| {
            let milliseconds = text.parse();
            milliseconds
                .map(Duration::from_millis)
                .map_err(|_| format!("{SLOW_VARIABLE}={text}: not a number of milliseconds"))
        });
        Ok(Self {
            mutation: mutation.transpose()?,
            crashes: crashes.transpose()?.unwrap_or_default(),
            delay: delay.transpose()?,
        })
    }
}

/// Reads `point=passages`.
fn crash(text: &str) -> Result<(CrashPoint, u64), String> {
    let read = || {
        let (name, passages) = text.split_once('=')?;
        let passages = passages.trim().parse().ok().filter(|passages| *passages > 0)?;
        Some((CrashPoint::named(name.trim())?, passages))
    };
    read().ok_or_else(|| {
        let names: Vec<_> = CrashPoint::ALL.iter().map(|point| point.name()).collect();
        format!(
            "{CRASH_VARIABLE}: `{text}` is not POINT=PASSAGES, with PASSAGES above 0 and POINT one of {}",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mutation: Option<&str>, crash: Option<&str>) -> Result<Switches, String> {
        read_with(mutation, crash, None)
    }

    fn read_with(
        mutation: Option<&str>,
        crash: Option<&str>,
        slow: Option<&str>,
    ) -> Result<Switches, String> {
        Switches::read(|variable| {
            let value = match variable {
                MUTATION_VARIABLE => mutation,
                CRASH_VARIABLE => crash,
                _ => slow,
            };
            value.map(str::to_owned)
        })
    }

    #[test]
    fn nothing_is_switched_without_the_variables() {
        assert_eq!(read(None, None), Ok(Switches::default()));
    }

    #[test]
    fn what_is_named_is_switched() {
        let crashes = [(CrashPoint::AfterCommit, 500), (CrashPoint::BeforeCommit, 7)];
        let expected = Switches {
            mutation: Some(Mutation::DropOnGap),
            crashes: crashes.into(),
            delay: Some(Duration::from_millis(25)),
        };
        let crashes = "after-commit=500, before-commit = 7";
        assert_eq!(read_with(Some("drop-on-gap"), Some(crashes), Some("25")), Ok(expected));
    }

    #[test]
    fn an_unknown_name_is_never_ignored() {
        for name in ["", "nonsense", "Redelivery", "redelivery "] {
            let mistake = read(Some(name), None).expect_err(name);
            assert!(mistake.starts_with("SAGA_MUTATION=") && mistake.contains(" redelivery, "), "{mistake}");
        }
        for text in
            ["", "x", "=", "x=1", "after-commit", "after-commit=", "after-commit=0", "after-commit=5,"]
        {
            let mistake = read(None, Some(text)).expect_err(text);
            assert!(mistake.starts_with("SAGA_CRASH: ") && mistake.contains(" after-cursor"), "{mistake}");
        }
        for text in ["", "x", "-1", "25ms"] {
            let mistake = read_with(None, None, Some(text)).expect_err(text);
            assert!(mistake.starts_with("SAGA_SLOW="), "{mistake}");
        }
    }
}
