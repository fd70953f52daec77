//! The story of each instance: what was decided and published for it, and what became of its messages.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::store::{Place, Writes};
use serde_json::Value;

use super::sim::Sim;

/// How many rows are told of at most.
const TOLD: usize = 2;
/// How near two moments are that may be attempts at the same.
const NEAR: usize = 3;

/// What happened to each instance, in order.
#[derive(Default)]
pub struct Stories(BTreeMap<String, Vec<Moment>>);

struct Moment {
    since: u128,
    until: u128,
    what: String,
    times: u32,
}

impl Stories {
    /// Something happens to an instance. What happens again soon, as each attempt does, is told once.
    pub(crate) fn add(&mut self, correlation: &str, millis: u128, what: String) {
        let story = self.0.entry(correlation.to_owned()).or_default();
        match story.iter_mut().rev().take(NEAR).find(|near| near.what == what) {
            Some(near) => (near.times, near.until) = (near.times + 1, millis),
            None => story.push(Moment { since: millis, until: millis, what, times: 1 }),
        }
    }

    /// The shortest story of an instance that findings name; those of the rows that they name, if they name no instance.
    pub(crate) fn of(&self, findings: &[String]) -> Vec<String> {
        let named = findings.iter().flat_map(|finding| finding.split("instance ").skip(1));
        let named: BTreeSet<&str> = named.filter_map(|after| words(after).next()).collect();
        let known: Vec<_> = named.into_iter().filter_map(|name| self.0.get_key_value(name)).collect();
        if known.is_empty() {
            return self.of_rows(findings);
        }
        let tell = |(correlation, story): &(&String, &Vec<Moment>)| {
            let moments = story.iter().map(|moment| moment.tell(""));
            format!("the story of instance {correlation}:{}", moments.collect::<String>())
        };
        known.iter().min_by_key(|(_, story)| story.len()).map(tell).into_iter().collect()
    }

    /// What was done to the rows that findings name, by the words of their keys and tables.
    fn of_rows(&self, findings: &[String]) -> Vec<String> {
        let names: BTreeSet<&str> = findings.iter().flat_map(|finding| words(finding)).collect();
        let mut rows: BTreeMap<(&str, &str), Vec<(&Moment, &str)>> = BTreeMap::new();
        for (correlation, story) in &self.0 {
            for moment in story {
                let is_named = |(key, table): &(&str, &str)| {
                    names.contains(key) && table.split('_').any(|part| names.contains(part))
                };
                moment
                    .rows()
                    .filter(is_named)
                    .for_each(|row| rows.entry(row).or_default().push((moment, correlation)));
            }
        }
        let tell = |((key, table), mut moments): ((&str, &str), Vec<(&Moment, &str)>)| {
            moments.sort_by_key(|(moment, _)| moment.since);
            moments.dedup_by_key(|(moment, _)| std::ptr::from_ref(*moment));
            let moments = moments.iter().map(|(moment, of)| moment.tell(&format!("instance {of}: ")));
            format!("the story of {key} in {table}:{}", moments.collect::<String>())
        };
        rows.into_iter().take(TOLD).map(tell).collect()
    }

    /// How much there is to tell of these findings.
    pub(crate) fn length(&self, findings: &[String]) -> usize {
        self.of(findings).iter().map(|story| story.lines().count()).sum()
    }
}

impl Moment {
    fn tell(&self, whose: &str) -> String {
        let seconds = |millis: u128| format!("{}.{:03} s", millis / 1_000, millis % 1_000);
        let times = match self.times {
            1 => String::new(),
            times => format!(" ({times} times, until {})", seconds(self.until)),
        };
        format!("\n{:>12}  {whose}{}{times}", seconds(self.since), self.what)
    }

    /// The rows that it changes, as [`place`](super::twice::place) names them.
    fn rows(&self) -> impl Iterator<Item = (&str, &str)> {
        let changes = self.what.split("; ").skip(1);
        changes.filter_map(|change| change.split_once(" of ")?.1.split_once(':')?.0.split_once(" in "))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric() && it != '-').filter(|word| !word.is_empty())
}

impl Sim {
    /// What a transaction published, and what it put aside.
    pub(crate) fn tell_committed(&mut self, service: &str, writes: &Writes) {
        if self.is_silent() {
            return;
        }
        let outbox = &writes.outbox;
        for row in outbox.rows.iter().filter(|row| !row.topic.ends_with(".dlt")) {
            let body = &outbox.bytes[row.value.clone()];
            let key = String::from_utf8_lossy(&outbox.bytes[row.key.clone()]).into_owned();
            let name = self.message_name(&row.topic, &serde_json::from_slice(body).unwrap_or_default());
            self.tell(&key, || format!("{service} publishes {name} {}", String::from_utf8_lossy(body)));
        }
        let parked = writes.parked.iter().map(|row| ("parks", &row.place, &row.failure));
        let dead = writes.dead.iter().map(|row| ("gives up", &row.place, &row.failure));
        for (does, place, failure) in parked.chain(dead) {
            let Some((name, correlation)) = self.named(place) else { continue };
            self.tell(&correlation, || format!("{service} {does} {name}: {}", failure.error));
        }
    }

    /// The message at a place, as the file calls it, and its instance; none if it cannot be read.
    pub(crate) fn named(&self, place: &Place) -> Option<(String, String)> {
        let body = self.body(place)?;
        let correlation = self.saga.plan.correlation(&place.topic, &body)?;
        Some((self.message_name(&place.topic, &body), correlation))
    }

    fn message_name(&self, topic: &str, body: &Value) -> String {
        let plan = &self.saga.plan;
        plan.message(topic, body).map_or_else(|| topic.to_owned(), |message| plan.message_name(message))
    }
}
