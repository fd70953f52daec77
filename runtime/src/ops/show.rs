//! One message, with everything known about it.

use clap::ArgMatches;
use serde::Serialize;

use super::Failure;
use super::messages::Listed;
use super::session::Session;
use super::words::{body, counted, key, moment};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{Message, MessageId, State, Stored};
use crate::wire::Part;

/// What stands for a null of Kafka.
const NULL: &str = "(null)";

/// A message with all its bytes, for other programs: what is text is a string, and what is not is an
/// object with `hex`.
#[derive(Serialize)]
struct Whole<'m> {
    stored: Vec<Listed<'m>>,
    key: Option<Part<'m>>,
    headers: Vec<(Part<'m>, Option<Part<'m>>)>,
    body: Option<Part<'m>>,
}

impl<'m> Whole<'m> {
    fn of(stored: Vec<Listed<'m>>, record: &'m Record) -> Self {
        let headers = record.headers().map(|(name, value)| (name.into(), value.map(Part::from)));
        Self {
            stored,
            key: record.nullable_key().map(Part::from),
            headers: headers.collect(),
            body: record.nullable_value().map(Part::from),
        }
    }
}

pub(super) async fn show<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let id = id(matches)?;
    let found = session.operator.find_message(&id).await?;
    let Some(first) = found.first() else {
        return Err(Failure::Refused(format!("{id} is neither parked, dead nor held")));
    };
    // Keys and headers need no place.
    let anywhere = TopicPartition { topic: "", partition: id.partition };
    let record = Record::restore(anywhere, id.offset, first.record.clone());
    if matches.get_flag("json") {
        let record = record.map_err(|corrupt| Failure::Broken(corrupt.to_string()))?;
        let stored = found.iter().map(|stored| Listed::of(&stored.message)).collect();
        return session.console.say_json(&Whole::of(stored, &record));
    }
    session.console.say(&format!("{id}, {}", first.message.state.name()));
    for stored in &found {
        tell(session, stored);
    }
    match record {
        Ok(record) => {
            let text = |bytes: Option<&[u8]>| bytes.map_or_else(|| NULL.to_owned(), key);
            session.console.say(&format!("\nKey: {}\n\nHeaders:", text(record.nullable_key())));
            for (name, value) in record.headers() {
                session.console.say(&format!("  {}: {}", key(name), text(value)));
            }
            session.console.say(&match record.nullable_value() {
                Some(value) => {
                    let bytes = counted(i64::try_from(value.len()).unwrap_or(i64::MAX), "byte", "bytes");
                    format!("\nBody, {bytes}:\n{}", body(value))
                }
                None => format!("\nBody: {NULL}"),
            });
        }
        Err(corrupt) => session.console.say(&format!("\n{corrupt}:\n{}", body(&first.record))),
    }
    Ok(())
}

/// Prints the history of a message.
fn tell<S: Service>(session: &mut Session<'_, '_, S>, stored: &Stored) {
    let Message { state, reason, error, attempts, note, since_ms, next_ms, changed_ms, .. } = &stored.message;
    let (since, changed) = (moment(*since_ms), moment(*changed_ms));
    let tries = counted((*attempts).into(), "try", "tries");
    let history = match state {
        State::Parked => format!(
            "Parked since {since}: {reason}; {tries}, next {}",
            next_ms.map(moment).unwrap_or_default()
        ),
        State::Held => format!("Held since {since}, waiting for an earlier message from {reason}"),
        State::Dead => format!("Dead since {since}: {reason}; {tries}"),
        State::Redriven => format!("Dead since {since}: {reason}; {tries}; redriven {changed}"),
        State::Dropped => {
            format!("Dropped {changed}: {note}; parked or dead since {since}: {reason}; {tries}")
        }
    };
    session.console.say(&history);
    if !error.is_empty() {
        session.console.say(&format!("Error: {error}"));
    }
}

fn id(matches: &ArgMatches) -> Result<MessageId, Failure> {
    let words: Vec<&String> = matches.get_many("message").into_iter().flatten().collect();
    let text = match words.as_slice() {
        [topic, partition, offset] => format!("{topic}[{partition}]@{offset}"),
        words => words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" "),
    };
    text.parse().map_err(|error: crate::store::NoMessage| Failure::Broken(error.to_string()))
}
