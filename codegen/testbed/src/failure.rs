//! How a command reports that it failed: what failed, the end of the log of what failed,
//! and what to do about it.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// How many of a log's last lines a failure shows.
const TAIL: usize = 25;

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Failure>;

/// A failure as the person at the terminal sees it.
#[derive(Debug)]
pub struct Failure {
    what: String,
    log: Option<String>,
    advice: Option<String>,
    exit_code: u8,
}

impl Failure {
    /// Something went wrong: exit code 1.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), log: None, advice: None, exit_code: 1 }
    }

    /// Something that is needed is not on this machine: exit code 2.
    pub fn missing(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { exit_code: 2, ..Self::new(what).advise(advice) }
    }

    /// Adds what to do about it.
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds the end of a log. It is read here and now, since logs live in a
    /// temporary folder that is gone before the failure is printed.
    pub fn with_log(mut self, log: &Path) -> Self {
        let text = fs::read_to_string(log).unwrap_or_default();
        self.log = Some(if text.trim().is_empty() {
            format!("(its log, {}, is empty)", log.display())
        } else {
            tail(&text)
        });
        self
    }

    /// Adds the end of what a tool printed.
    pub fn with_output(mut self, output: &[u8]) -> Self {
        self.log = Some(tail(&String::from_utf8_lossy(output)));
        self
    }

    /// A failure about which everything has been printed already.
    pub fn silent(exit_code: u8) -> Self {
        Self { exit_code, ..Self::new("") }
    }

    /// Whether everything has been printed already.
    pub fn is_silent(&self) -> bool {
        self.what.is_empty()
    }

    /// What failed, with all that was added, without the word that it is an error.
    pub fn message(&self) -> String {
        let text = self.to_string();
        text.strip_prefix("error: ").map(str::to_owned).unwrap_or(text)
    }

    /// What failed, in one line.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The process' exit code.
    pub fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if let Some(log) = &self.log {
            for line in log.lines() {
                write!(f, "\n  | {line}")?;
            }
        }
        if let Some(advice) = &self.advice {
            write!(f, "\nhelp: {advice}")?;
        }
        Ok(())
    }
}

/// Says of an I/O error what was being done.
pub trait Doing<T> {
    /// `what` completes the sentence "cannot …".
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|error| Failure::new(format!("cannot {}: {error}", what())))
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_failed_the_end_of_the_log_and_the_way_out() {
        let printed: String = (1..=100).map(|n| format!("line {n}\n")).collect();
        let failure = Failure::new("the broker did not start")
            .with_output(printed.as_bytes())
            .advise("free some memory");

        let text = failure.to_string();

        assert!(text.starts_with("error: the broker did not start\n  | line 76\n"));
        assert!(text.ends_with("  | line 100\nhelp: free some memory"));
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn what_is_missing_has_its_own_exit_code() {
        assert_eq!(Failure::missing("no java", "install it").exit_code(), 2);
    }
}
