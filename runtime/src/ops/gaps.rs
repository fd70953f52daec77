//! The commands on messages that wait for an earlier one.

use clap::ArgMatches;
use serde_json::json;

use super::Failure;
use super::session::Session;
use super::words::{counted, moment, span};
use crate::service::Service;
use crate::store::{AcceptedGap, Waiting};

pub(super) async fn held<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let now = session.operator.now_ms().await?;
    let waiting = session.operator.waiting().await?;
    if matches.get_flag("json") {
        let listed: Vec<_> = waiting.iter().map(as_json).collect();
        let json = serde_json::to_string_pretty(&listed);
        session.console.say(&json.map_err(|error| Failure::Broken(error.to_string()))?);
    } else if !waiting.is_empty() {
        let row = |held: &Waiting| {
            let missing = held.missing.map_or("nothing (stale)".to_owned(), |missing| missing.to_string());
            let incarnation = held.incarnation.to_string();
            let place = format!("{}[{}]", held.topic, held.partition);
            let (first, messages) = (held.first.to_string(), held.messages.to_string());
            [place, held.source.clone(), incarnation, missing, first, messages, span(now - held.since_ms)]
        };
        let head = ["PARTITION", "SOURCE", "INCARNATION", "WAITS FOR", "FIRST HELD", "MESSAGES", "AGE"];
        session.console.table(head, &waiting.iter().map(row).collect::<Vec<_>>());
    }
    if waiting.is_empty() { Err(nothing()) } else { Ok(()) }
}

fn as_json(held: &Waiting) -> serde_json::Value {
    json!({
        "topic": held.topic, "partition": held.partition, "source": held.source,
        "incarnation": held.incarnation, "waitsFor": held.missing, "first": held.first, "last": held.last,
        "messages": held.messages, "since": moment(held.since_ms),
    })
}

pub(super) async fn accept_gap<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let Some((topic, partition)) = super::positions::place(matches) else { return Err(nothing()) };
    let source = matches.get_one::<String>("source").map(String::as_str);
    let waiting = session.operator.waiting().await?;
    let here = |held: &&Waiting| {
        held.topic == topic
            && held.partition == partition
            && source.is_none_or(|source| held.source == source)
    };
    let mut gaps = 0;
    for held in waiting.iter().filter(here) {
        gaps += 1;
        let messages = counted(held.messages, "message", "messages");
        let Waiting { source, incarnation, first, .. } = held;
        session.console.say(&match held.missing {
            Some(missing) => format!(
                "{source}, incarnation {incarnation}: numbers {missing} to {} are to be given up; {messages} wait \
                 for them",
                first - 1
            ),
            None => format!(
                "{source}, incarnation {incarnation}: {messages} to be dropped; the source has begun a new incarnation \
                 since"
            ),
        });
    }
    if gaps == 0 {
        return Err(nothing());
    }
    session.console.say("Messages that are given up are never handled, even if they arrive later.");
    session.console.confirm(matches.get_flag("yes"))?;
    let accepted = session.operator.accept_gap(topic, partition, source).await?;
    for gap in &accepted {
        session.done(&format!("{topic}[{partition}]: {}", summary(gap)));
    }
    if accepted.is_empty() { Err(nothing()) } else { Ok(()) }
}

fn summary(gap: &AcceptedGap) -> String {
    let AcceptedGap { source, incarnation, from, to, released, stale } = gap;
    let mut summary = format!("{source}, incarnation {incarnation}:");
    if from <= to {
        summary += &format!(" numbers {from} to {to} are given up;");
    }
    summary += &format!(" {released} messages are retried now");
    if *stale > 0 {
        summary += &format!("; {stale} of an older incarnation were dropped");
    }
    summary
}

fn nothing() -> Failure {
    Failure::Refused("no message here waits for an earlier one".to_owned())
}
