//! What a user sees when the generator itself is wrong.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};

use super::{Outcome, say};

/// Carries out a command. If it panics, the user is told that the file is not
/// to blame and what to report, and the command fails as a command, so that no
/// script mistakes the defect for findings.
pub(super) fn reported(command: impl FnOnce() -> Outcome) -> Outcome {
    let before = take_hook();
    set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("no message");
        say(&mut std::io::stderr(), &report(message, &place));
    }));
    let outcome = catch_unwind(AssertUnwindSafe(command));
    set_hook(before);
    outcome.unwrap_or(Outcome::Failed)
}

fn report(message: &str, place: &str) -> String {
    format!(
        "error: saga {version} failed: {message}\n  --> {place}\n  = note: this is a defect of the generator, not of your file\n  = help: report it to the maintainers of this repository, with these lines and the file that you passed\n",
        version = env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failed_command() {
        assert_eq!(reported(|| panic!("a span outside the file")), Outcome::Failed);
        assert_eq!(reported(|| Outcome::Findings), Outcome::Findings);
        let text = report("a span outside the file", "src/source.rs:1:1");
        assert!(text.contains("failed: a span outside the file\n  --> src/source.rs:1:1\n"), "{text}");
        assert!(text.contains("defect of the generator") && text.contains("report it"), "{text}");
    }
}
