//! The commands on messages that wait for Kafka.

use clap::ArgMatches;
use serde_json::json;

use super::Failure;
use super::session::Session;
use super::words::{body, counted, key};
use crate::service::Service;
use crate::store::{ShardId, Unsent};
use crate::wire::OutgoingHeaders;

/// Names a message of the outbox: `shard/number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnsentId {
    shard: ShardId,
    seq: i64,
}

impl std::str::FromStr for UnsentId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let id = parts.and_then(|(shard, seq)| Some((shard.parse().ok()?, seq.parse().ok()?)));
        let (shard, seq) = id.ok_or("expected SHARD/NUMBER, such as 3/120, as `outbox list` prints it")?;
        Ok(Self { shard: ShardId(shard), seq })
    }
}

pub(super) async fn outbox<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list(session, matches).await,
        Some(("show", matches)) => show(session, matches).await,
        Some(("skip", matches)) => skip(session, matches).await,
        _ => Err(Failure::Broken("no command given; see `ops outbox --help`".into())),
    }
}

async fn list<S: Service>(session: &mut Session<'_, '_, S>, matches: &ArgMatches) -> Result<(), Failure> {
    let topic = matches.get_one::<String>("topic").map(String::as_str);
    let limit = matches.get_one("limit").copied().unwrap_or(100);
    let unsent = session.operator.unsent(topic, limit).await?;
    if matches.get_flag("json") {
        let listed: Vec<_> = unsent.iter().map(as_json).collect();
        let json = serde_json::to_string_pretty(&listed);
        session.console.say(&json.map_err(|error| Failure::Broken(error.to_string()))?);
    } else if !unsent.is_empty() {
        let row = |message: &Unsent| {
            let place = format!("{}[{}]", message.topic, message.partition);
            let waits = if message.is_next { "first of its shard" } else { "" };
            let [kind, time] = ["ce_type", "ce_time"].map(|name| message.header(name).unwrap_or_default());
            let bytes = message.bytes.to_string();
            [name(message), place, kind, key(&message.key), bytes, time, waits.to_owned()]
        };
        let head = ["MESSAGE", "TO", "TYPE", "KEY", "BYTES", "SINCE", ""];
        session.console.table(head, &unsent.iter().map(row).collect::<Vec<_>>());
    }
    if unsent.is_empty() {
        return Err(Failure::Refused("Kafka has acknowledged every message in the outbox".to_owned()));
    }
    Ok(())
}

fn name(message: &Unsent) -> String {
    format!("{}/{}", message.shard.0, message.seq)
}

fn as_json(message: &Unsent) -> serde_json::Value {
    json!({
        "message": name(message), "shard": message.name, "isFirst": message.is_next,
        "topic": message.topic, "partition": message.partition, "key": key(&message.key),
        "type": message.header("ce_type"), "since": message.header("ce_time"), "bytes": message.bytes,
    })
}

fn id(matches: &ArgMatches) -> Result<UnsentId, Failure> {
    matches.get_one("id").copied().ok_or_else(|| Failure::Broken("no message given".into()))
}

async fn show<S: Service>(session: &mut Session<'_, '_, S>, matches: &ArgMatches) -> Result<(), Failure> {
    let id = id(matches)?;
    let found = session.operator.find_unsent(id.shard, id.seq).await?;
    let (message, value) = found.ok_or_else(|| missing(id))?;
    describe(session, &message);
    session.console.say(&format!("\nKey: {}\n\nHeaders:", key(&message.key)));
    match OutgoingHeaders::read(message.headers.as_bytes()) {
        Some(sent) => {
            for (name, value) in &sent.headers {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let value = value.as_ref().map_or("null".to_owned(), |value| text(&value.0));
                session.console.say(&format!("  {}: {value}", text(&name.0)));
            }
        }
        None => session.console.say(&message.headers),
    }
    let bytes = counted(i64::try_from(value.len()).unwrap_or(i64::MAX), "byte", "bytes");
    session.console.say(&format!("\nBody, {bytes}:\n{}", body(&value)));
    Ok(())
}

async fn skip<S: Service>(session: &mut Session<'_, '_, S>, matches: &ArgMatches) -> Result<(), Failure> {
    let id = id(matches)?;
    let found = session.operator.find_unsent(id.shard, id.seq).await?;
    let (message, _) = found.ok_or_else(|| missing(id))?;
    describe(session, &message);
    session.console.say(
        "A message without effect is sent in its place. What it would have caused never happens; correct that by hand.",
    );
    session.console.confirm(matches.get_flag("yes"))?;
    let Unsent { topic, partition, bytes, .. } = session.operator.skip_unsent(id.shard, id.seq).await?;
    session.done(&format!("{}: skipped ({bytes} bytes to {topic}[{partition}])", name(&message)));
    Ok(())
}

fn describe<S: Service>(session: &mut Session<'_, '_, S>, message: &Unsent) {
    let Unsent { name: shard, topic, partition, bytes, .. } = message;
    let number = message.seq;
    session.console.say(&format!("Message {number} of {shard} to {topic}[{partition}], {bytes} bytes"));
}

fn missing(id: UnsentId) -> Failure {
    Failure::Refused(format!(
        "message {}/{} is not in the outbox, or Kafka has acknowledged it",
        id.shard.0, id.seq
    ))
}
