//! One message, with everything known about it.

use clap::ArgMatches;

use super::Failure;
use super::session::Session;
use super::words::{body, counted, key, moment};
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::store::{Message, MessageId, State, Stored};

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
    session.console.say(&format!("{id}, {}", first.message.state.name()));
    for stored in &found {
        tell(session, stored);
    }
    match record {
        Ok(record) => {
            session.console.say(&format!("\nKey: {}\n\nHeaders:", key(record.key())));
            for (name, value) in record.headers() {
                let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
                session.console.say(&format!("  {name}: {value}"));
            }
            let bytes = counted(i64::try_from(record.value().len()).unwrap_or(i64::MAX), "byte", "bytes");
            session.console.say(&format!("\nBody, {bytes}:\n{}", body(record.value())));
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
