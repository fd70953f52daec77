//! What became of each stage, and the closing lines.

use std::fmt;
use std::time::Duration;

use super::child::Tally;

/// What became of one stage.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It passed, with so many tests.
    Passed(Tally),
    /// It failed, for this reason.
    Failed(String),
    /// It could not be run, for this reason; that is a failure, too.
    NotRun(String),
    /// What it needs cannot be had, and it is known that it may be so.
    Skipped(String),
}

/// A line of the summary.
#[derive(Debug)]
pub(super) struct Line {
    /// The stage.
    pub stage: String,
    /// What became of it.
    pub verdict: Verdict,
    /// How long it took.
    pub time: Duration,
}

/// What became of all stages so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    lines: Vec<Line>,
}

impl Summary {
    /// Adds a stage.
    pub(super) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Whether nothing failed and something passed.
    pub(super) fn is_good(&self) -> bool {
        let (passed, failed, _) = self.count();
        failed == 0 && passed > 0
    }

    /// Prints it; the last line is the count of stages.
    pub(super) fn print(&self) {
        println!("\n━━ summary ━━\n{self}");
    }

    fn count(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for line in &self.lines {
            match line.verdict {
                Verdict::Passed(_) => counts.0 += 1,
                Verdict::Failed(_) | Verdict::NotRun(_) => counts.1 += 1,
                Verdict::Skipped(_) => counts.2 += 1,
            }
        }
        counts
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        let total: Duration = self.lines.iter().map(|line| line.time).sum();
        writeln!(f, "  {:<9} {:<20} {:>7.1} s", "", "", total.as_secs_f32())?;
        let (passed, failed, skipped) = self.count();
        write!(f, "{passed} passed, {failed} failed")?;
        if skipped > 0 {
            write!(f, ", {skipped} skipped")?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, note) = match &self.verdict {
            Verdict::Passed(Tally { passed: 0, .. }) => ("passed", String::new()),
            Verdict::Passed(tally) => ("passed", format!("{} tests", tally.passed + tally.failed)),
            Verdict::Failed(reason) => ("FAILED", reason.clone()),
            Verdict::NotRun(reason) => ("NOT RUN", reason.clone()),
            Verdict::Skipped(reason) => ("skipped", reason.clone()),
        };
        let time = self.time.as_secs_f32();
        let line = format!("  {word:<9} {:<20} {time:>7.1} s   {note}", self.stage);
        f.write_str(line.trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(verdicts: Vec<Verdict>) -> Summary {
        let lines = verdicts.into_iter().enumerate();
        Summary {
            lines: lines
                .map(|(index, verdict)| Line {
                    stage: format!("stage-{index}"),
                    verdict,
                    time: Duration::from_millis(1_500),
                })
                .collect(),
        }
    }

    #[test]
    fn the_last_line_counts_stages() {
        let summary = summary(vec![
            Verdict::Passed(Tally::default()),
            Verdict::Failed("exit status: 101".to_owned()),
            Verdict::NotRun("infra did not start".to_owned()),
            Verdict::Skipped("no network".to_owned()),
        ]);
        let text = summary.to_string();
        assert_eq!(text.lines().last(), Some("1 passed, 2 failed, 1 skipped"));
        assert!(text.contains("FAILED    stage-1                  1.5 s   exit status: 101"));
        assert!(!summary.is_good());
    }

    #[test]
    fn nothing_at_all_is_not_good() {
        assert!(!summary(Vec::new()).is_good());
        assert_eq!(
            summary(vec![Verdict::Passed(Tally::default())]).to_string().lines().last(),
            Some("1 passed, 0 failed")
        );
    }
}
