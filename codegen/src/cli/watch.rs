//! `check --watch`.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::check::{Wanted, text};
use super::{Outcome, dumb, read};
use crate::source::Source;

/// How often the file is read. Polling a small file is cheap, detects changes
/// that keep its size and time, and works on every file system. File-watching
/// libraries bring a backend for each platform, see nothing on network drives,
/// and lose a file that an editor replaces unless they watch its folder.
const PAUSE: Duration = Duration::from_millis(100);

/// Clears the screen, but not the scrollback.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Checks the file now and whenever it changes, until Ctrl-C or until the
/// output is closed.
///
/// # Errors
/// A message if the file cannot be read at the start. Later on, an unreadable
/// file is reported and retried.
pub(super) fn watch(path: &Path, wanted: Wanted) -> Result<Outcome, String> {
    let mut looks = Looks { last: Ok(read(path)?), shown: None };
    loop {
        if let Some(now) = looks.news(read(path))
            && show(path, now, wanted).is_err()
        {
            return Ok(Outcome::Good);
        }
        sleep(PAUSE);
    }
}

/// The file, or why it cannot be read.
type Look = Result<Source, String>;

/// What was seen.
struct Looks {
    last: Look,
    shown: Option<Look>,
}

impl Looks {
    /// What is to be shown after another look. What has only just changed may
    /// be half written, or gone for a moment while an editor replaces it, so
    /// two looks have to agree.
    fn news(&mut self, now: Look) -> Option<&Look> {
        let settled = now == self.last;
        self.last = now.clone();
        if !settled || self.shown.as_ref() == Some(&now) {
            return None;
        }
        Some(self.shown.insert(now))
    }
}

fn show(path: &Path, look: &Look, wanted: Wanted) -> std::io::Result<()> {
    let (mut out, mut err) = (std::io::stdout().lock(), std::io::stderr().lock());
    if out.is_terminal() && err.is_terminal() && !dumb() {
        out.write_all(CLEAR)?;
        out.flush()?;
    }
    match look {
        Err(message) => writeln!(err, "error: {message}")?,
        Ok(source) => {
            let report = text(&wanted.examine(source), source, wanted.detail);
            err.write_all(report.findings.as_bytes())?;
            out.write_all(report.summary.as_bytes())?;
            out.flush()?;
        }
    }
    writeln!(err, "watching {}; press Ctrl-C to stop", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lasts_for_one_look_is_not_shown() {
        let text = |text: &str| Ok(Source::new("saga.yaml", text));
        let gone = || Err("gone".to_owned());
        let mut looks = Looks { last: text("one"), shown: None };
        let mut shown = |now: Look| looks.news(now).cloned();
        assert_eq!(shown(text("one")), Some(text("one")));
        assert_eq!(shown(gone()), None);
        assert_eq!(shown(text("one")), None);
        assert_eq!(shown(text("one")), None);
        assert_eq!(shown(text("")), None);
        assert_eq!(shown(text("two")), None);
        assert_eq!(shown(text("two")), Some(text("two")));
        assert_eq!(shown(text("two")), None);
        assert_eq!(shown(gone()), None);
        assert_eq!(shown(gone()), Some(gone()));
        assert_eq!(shown(text("two")), None);
        assert_eq!(shown(text("two")), Some(text("two")));
    }
}
