//! What a run came to, for people.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use mutations::Mutation;

use crate::saga::Saga;

/// A kill so shortly before may still be felt.
const FELT: Duration = Duration::from_secs(15);

/// What a run came to.
pub(crate) struct Summary {
    /// What ran.
    pub saga: Saga,
    /// Its seed.
    pub seed: u64,
    /// How many instances each service had.
    pub instances: usize,
    /// How long orders were placed.
    pub length: Duration,
    /// Orders that were answered.
    pub answered: usize,
    /// Orders that never were.
    pub unanswered: usize,
    /// Requests that had to be asked again.
    pub again: u64,
    /// Answers that no client should have got.
    pub odd: Vec<String>,
    /// How many orders have each status.
    pub outcomes: Vec<(String, i64)>,
    /// What was on the topics, if they were recorded.
    pub messages: Option<Messages>,
    /// The faults that were carried out.
    pub faults: BTreeMap<String, u64>,
    /// The most memory of an instance of each service, in KiB.
    pub memory: Vec<u64>,
    /// How long it took to come to rest, or what has not.
    pub drained: Result<Duration, Vec<String>>,
    /// Whether the audit found nothing.
    pub is_sound: bool,
    /// What the audit found.
    pub report: String,
}

/// What was on the topics.
pub(crate) struct Messages {
    /// Messages on each topic.
    pub recorded: BTreeMap<&'static str, u64>,
    /// Messages that the adversary published.
    pub injected: usize,
    /// Messages of its own that may be there or not.
    pub unknown: u64,
    /// What came of each `kill -9` of a service.
    pub recoveries: Vec<Recovery>,
}

/// What became of the orders that were open when a service was killed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recovery {
    /// Which was killed.
    pub who: String,
    /// When.
    pub at: Duration,
    /// How many orders were open.
    pub open: usize,
    /// How long until the first of them ended.
    pub first: Duration,
    /// How long until the last of them had ended.
    pub last: Duration,
    /// Whether nothing else was killed meanwhile, or shortly before.
    pub alone: bool,
}

/// What became of the open orders after each kill; kills that met none are left out.
pub(crate) fn recoveries(
    kills: &[(String, Duration)],
    answered: &BTreeMap<i64, Duration>,
    ended: &BTreeMap<i64, Duration>,
) -> Vec<Recovery> {
    let mut recoveries = Vec::new();
    for (who, at) in kills {
        let ends: Vec<Duration> = answered
            .iter()
            .filter(|(_, placed)| *placed < at)
            .filter_map(|(id, _)| ended.get(id).filter(|end| *end > at))
            .map(|end| *end - *at)
            .collect();
        if let (Some(first), Some(last)) = (ends.iter().min(), ends.iter().max()) {
            let (first, last) = (*first, *last);
            let felt = |other: &Duration| other != at && *other + FELT > *at && *other < *at + last;
            let alone = !kills.iter().any(|(_, other)| felt(other));
            recoveries.push(Recovery { who: who.clone(), at: *at, open: ends.len(), first, last, alone });
        }
    }
    recoveries
}

impl Summary {
    /// Whether everything came to rest, and nothing is wrong.
    pub(crate) fn is_well(&self) -> bool {
        self.drained.is_ok() && self.is_sound && self.odd.is_empty() && self.unanswered == 0
    }

    /// The last line.
    pub(crate) fn verdict(&self, mutation: Option<Mutation>, seed: u64) -> String {
        match (mutation, self.is_well()) {
            (None, true) => "0 violations, and everything drained".to_owned(),
            (None, false) => format!("NOT WELL; `--seed {seed}` gives the same schedule again"),
            (Some(mutation), false) => format!("`{}` was active, and was noticed", mutation.name()),
            (Some(mutation), true) => format!("`{}` was active, and NOTHING WAS NOTICED", mutation.name()),
        }
    }
}

impl Messages {
    fn recovery(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(worst) = self.recoveries.iter().max_by_key(|recovery| recovery.last) else {
            return writeln!(f, "recovery  no order was open when a service was killed");
        };
        let sorted = |of: fn(&Recovery) -> Duration| {
            let mut times: Vec<Duration> = self.recoveries.iter().map(of).collect();
            times.sort_unstable();
            times
        };
        let (first, last) = (sorted(|recovery| recovery.first), sorted(|recovery| recovery.last));
        let median = |times: &[Duration]| times[times.len() / 2].as_secs_f32();
        writeln!(
            f,
            "recovery  of {} kills of a service that met open orders: the first of these had ended after {:.1} s \
             (median), {:.1} s (worst); all of them after {:.1} s (median), {:.1} s (worst: {} at t={:.1}s, {} open)",
            self.recoveries.len(),
            median(&first),
            first.last().copied().unwrap_or_default().as_secs_f32(),
            median(&last),
            worst.last.as_secs_f32(),
            worst.who,
            worst.at.as_secs_f32(),
            worst.open,
        )?;
        let alone: Vec<_> = self.recoveries.iter().filter(|recovery| recovery.alone).collect();
        let worst = alone.iter().map(|recovery| recovery.last).max().unwrap_or_default();
        writeln!(
            f,
            "          {} of these kills met no other: all of the orders had ended after {:.1} s (worst)",
            alone.len(),
            worst.as_secs_f32()
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.length.as_secs_f64();
        let list =
            |counts: Vec<String>| if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
        writeln!(
            f,
            "run       seed {}, {seconds:.0} s of faults, {} instances of each service",
            self.seed, self.instances
        )?;
        writeln!(
            f,
            "requests  {} answered ({:.1}/s), {} never, {} requests asked again",
            self.answered,
            self.answered as f64 / seconds,
            self.unanswered,
            self.again
        )?;
        for odd in self.odd.iter().take(10) {
            writeln!(f, "          ODD ANSWER {odd}")?;
        }
        let outcomes = self.outcomes.iter().map(|(status, count)| format!("{count} {status}")).collect();
        writeln!(f, "outcomes  {}", list(outcomes))?;
        if let Some(messages) = &self.messages {
            let recorded =
                messages.recorded.iter().map(|(topic, count)| format!("{count} {topic}")).collect();
            writeln!(
                f,
                "messages  {}; {} of them from the adversary ({} more of unknown fate)",
                list(recorded),
                messages.injected,
                messages.unknown
            )?;
        }
        let faults = self.faults.iter().map(|(name, count)| format!("{count} {name}")).collect();
        writeln!(f, "faults    {}: {}", self.faults.values().sum::<u64>(), list(faults))?;
        let memory = self
            .saga
            .programs()
            .iter()
            .zip(&self.memory)
            .map(|(name, most)| format!("{name} {} MiB", most / 1024));
        writeln!(f, "memory    {} at most", list(memory.collect()))?;
        if let Some(messages) = &self.messages {
            messages.recovery(f)?;
        }
        match &self.drained {
            Ok(after) => writeln!(f, "drained   {:.1} s after the last fault", after.as_secs_f32())?,
            Err(restless) => {
                writeln!(f, "NOT DRAINED")?;
                for what in restless {
                    writeln!(f, "          - {what}")?;
                }
            }
        }
        write!(f, "\n{}", self.report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_is_the_time_of_the_orders_that_were_open() {
        let at = Duration::from_secs;
        let answered = BTreeMap::from([(1, at(1)), (2, at(2)), (3, at(3)), (4, at(11))]);
        let ended = BTreeMap::from([(1, at(4)), (2, at(12)), (3, at(15)), (4, at(30))]);
        let mut kills = vec![("product#1".to_owned(), at(10)), ("order#0".to_owned(), at(40))];
        let who = "product#1".to_owned();
        let expected = Recovery { who, at: at(10), open: 2, first: at(2), last: at(5), alone: true };
        assert_eq!(recoveries(&kills, &answered, &ended), std::slice::from_ref(&expected));
        kills.push(("order#1".to_owned(), at(14)));
        assert_eq!(recoveries(&kills, &answered, &ended)[0], Recovery { alone: false, ..expected });
    }
}
