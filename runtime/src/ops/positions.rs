//! The commands on the offsets at which partitions resume.

use clap::ArgMatches;

use super::Failure;
use super::session::Session;
use super::words::counted;
use crate::context::IdempotencyClaims;
use crate::kafka::log::Log;
use crate::record::TopicPartition;
use crate::service::Service;
use crate::store::{Position, Replay};

/// A partition, and the bounds of its log in Kafka.
struct Place {
    position: Position,
    /// The first offset in the log, and the first behind it; `None` when there is no such partition.
    bounds: Option<(i64, i64)>,
}

/// Where to resume a partition whose next message is gone from the log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Resume {
    Start,
    End,
    NewTopic,
}

impl Place {
    /// Whether its next message is in the log, or would be the next one in it.
    fn is_in_log(&self) -> bool {
        let next = self.position.next_offset;
        next < 0 || self.bounds.is_some_and(|(start, end)| (start..=end).contains(&next))
    }

    fn row(&self) -> [String; 6] {
        let Position { topic, partition, next_offset } = &self.position;
        let place = format!("{topic}[{partition}]");
        let next = if *next_offset < 0 { "none yet".to_owned() } else { next_offset.to_string() };
        let Some((start, end)) = self.bounds else {
            return [place, next, "-".into(), "-".into(), "-".into(), "no such partition".into()];
        };
        let lag = end - (*next_offset).clamp(start, end);
        let state = if self.is_in_log() { "" } else { "not in the log" };
        [place, next, start.to_string(), end.to_string(), lag.to_string(), state.to_owned()]
    }
}

/// The topic and the partition of a command that has both.
pub(super) fn place(matches: &ArgMatches) -> Option<(&str, i32)> {
    let topic = matches.get_one::<String>("topic")?;
    Some((topic, *matches.get_one::<i32>("partition")?))
}

pub(super) async fn offsets<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let log = session.log().await?;
    let accepts = matches.get_flag("accept-new-topic");
    let topic = matches.get_one::<String>("topic");
    if let Some(topic) = topic.filter(|_| accepts) {
        there(topic, log.partitions(topic)?)?;
    }
    let published = topic.is_some_and(|topic| S::PUBLISHES.contains(&topic.as_str()));
    let places = match places(session, &log, matches).await {
        // What is only published has no position, and is accepted all the same.
        Err(Failure::Refused(_)) if accepts && published => Vec::new(),
        places => places?,
    };
    let rows: Vec<[String; 6]> = places.iter().map(Place::row).collect();
    session.console.table(["PARTITION", "NEXT", "LOG START", "LOG END", "LAG", ""], &rows);
    let resume =
        [("to-start", Resume::Start), ("to-end", Resume::End), ("accept-new-topic", Resume::NewTopic)];
    match resume.iter().find(|(flag, _)| matches.get_flag(flag)) {
        Some((_, resume)) => self::resume(session, matches, &places, *resume).await,
        None => Ok(()),
    }
}

/// A topic that is missing is not accepted: whatever is created later would be taken for the one that was read.
fn there(topic: &str, partitions: Option<i32>) -> Result<(), Failure> {
    match partitions {
        Some(_) => Ok(()),
        None => Err(Failure::Refused(format!(
            "nothing was done: Kafka has no topic `{topic}`. Create it first, and accept it then"
        ))),
    }
}

async fn places<S: Service>(
    session: &mut Session<'_, '_, S>,
    log: &Log,
    matches: &ArgMatches,
) -> Result<Vec<Place>, Failure> {
    let topic = matches.get_one::<String>("topic");
    let partition = matches.get_one::<i32>("partition");
    let mut places = Vec::new();
    let mut counted: Option<(String, Option<i32>)> = None;
    for position in session.operator.positions().await? {
        let wanted = topic.is_none_or(|topic| *topic == position.topic)
            && partition.is_none_or(|partition| *partition == position.partition);
        if !wanted {
            continue;
        }
        let partitions = match &counted {
            Some((topic, partitions)) if *topic == position.topic => *partitions,
            _ => counted.insert((position.topic.clone(), log.partitions(&position.topic)?)).1,
        };
        let exists = partitions.is_some_and(|partitions| position.partition < partitions);
        let bounds = if exists { Some(log.bounds(&position.topic, position.partition)?) } else { None };
        places.push(Place { position, bounds });
    }
    if places.is_empty() {
        return Err(Failure::Refused("this service has never read that partition".to_owned()));
    }
    Ok(places)
}

async fn resume<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
    places: &[Place],
    resume: Resume,
) -> Result<(), Failure> {
    let mut moves = Vec::new();
    for place in places {
        let Some((start, end)) = place.bounds else { continue };
        if place.is_in_log() && resume != Resume::NewTopic {
            continue;
        }
        let to = if resume == Resume::End { end } else { start };
        let Position { topic, partition, next_offset } = &place.position;
        let skipped = skipped(*next_offset, to, (start, end), resume);
        session
            .console
            .say(&format!("{topic}[{partition}]: to resume at {to} instead of {next_offset}; {skipped}"));
        moves.push((&place.position, to, skipped));
    }
    let new_topic = matches.get_one::<String>("topic").filter(|_| resume == Resume::NewTopic);
    if moves.is_empty() && new_topic.is_none() {
        let all_there = "nothing was done: no partition's next message is missing from the log";
        return Err(Failure::Refused(all_there.to_owned()));
    }
    session.console.say(
        "Skipped messages are never handled. Messages that wait for a skipped one are retried now, and a number that \
         turns out to be missing later goes unnoticed.",
    );
    session.console.confirm(matches.get_flag("yes"))?;
    for (position, to, skipped) in moves {
        let released = session.operator.resume(position, to).await?;
        let Position { topic, partition, next_offset } = position;
        session.done(&format!(
            "{topic}[{partition}]: resumes at {to} instead of {next_offset}; {skipped}; {released} that waited are \
             retried now"
        ));
    }
    if let Some(topic) = new_topic {
        session.operator.accept_new_topic(topic).await?;
        session.done(&format!("{topic}: accepted the recreated topic"));
    }
    Ok(())
}

/// Says how many messages are skipped between `next` and `to`.
fn skipped(next: i64, to: i64, (start, end): (i64, i64), resume: Resume) -> String {
    if resume != Resume::NewTopic && next > end {
        return format!(
            "Kafka lost offsets {end} to {}, which were already processed; nothing else is skipped",
            next - 1
        );
    }
    if resume == Resume::NewTopic {
        // The offsets of another log do not say how many messages it had left.
        let here = to - start;
        return format!("unread messages of the old topic are skipped, and {here} messages of the new one");
    }
    format!("{} are skipped", counted(to - next, "message", "messages"))
}

pub(super) async fn replay<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let from = matches.get_one::<i64>("from").copied().unwrap_or_default();
    if !matches.get_flag("effects-again") {
        return Err(Failure::Refused(
            "nothing was done: every message from that offset on would be handled as if it were new. Rows are written \
             again, new keys are allocated, and other services handle what is published as new messages. If that \
             is what you want, add --effects-again"
                .to_owned(),
        ));
    }
    let log = session.log().await?;
    let mut places = places(session, &log, matches).await?;
    let Some(Place { position, bounds }) = places.pop() else { return Ok(()) };
    let Some((start, _)) = bounds else {
        return Err(Failure::Refused("Kafka has no such partition".to_owned()));
    };
    if from < start || from >= position.next_offset {
        return Err(Failure::Refused(format!(
            "nothing was done: {from} is not between the start of the log, {start}, and the next offset to read, {}",
            position.next_offset
        )));
    }
    let replay = read_again(session.service, &log, &position, from)?;
    let (unapplied, _) = session.operator.unapplied(&position, from).await?;
    let Position { topic, partition, next_offset } = &position;
    let messages = counted(replay.messages, "message", "messages");
    session.console.say(&format!(
        "{topic}[{partition}]: {messages} from {from} to {} to be handled again, with every effect; {unapplied} of them \
         are held, parked or dead now, and will no longer be; {} that ran for unsequenced messages may run again",
        next_offset - 1,
        counted(i64::try_from(replay.once.len()).unwrap_or(i64::MAX), "step", "steps"),
    ));
    session.console.confirm(matches.get_flag("yes"))?;
    session.operator.replay(&position, &replay).await?;
    session.done(&format!("{topic}[{partition}]: replays from {from}, with every effect of {messages}"));
    Ok(())
}

/// Reads what is replayed. `saga_once` does not say which message made a step
/// run, but the messages do.
fn read_again<S: Service>(service: &S, log: &Log, position: &Position, from: i64) -> Result<Replay, Failure> {
    let Some(topic) = S::CONSUMES.iter().find(|topic| **topic == position.topic) else {
        return Err(Failure::Refused(format!("this service no longer reads {}", position.topic)));
    };
    let origin = TopicPartition { topic, partition: position.partition };
    let mut replay = Replay { from, ..Replay::default() };
    let mut claims = IdempotencyClaims { unsequenced: true, ..IdempotencyClaims::default() };
    let mut rows = S::Rows::default();
    log.read(origin, from, position.next_offset, |record| {
        replay.messages += 1;
        if record.number(log.prefix()).is_none()
            && let Ok(input) = S::decode(topic, record.value())
        {
            service.lock_steps(&input, &mut rows, &mut claims);
        }
    })?;
    replay.once = claims.claimed;
    Ok(replay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_is_missing_is_not_accepted() {
        assert!(there("order-created", Some(3)).is_ok());
        let refused = there("order-created", None).err().map(|failure| failure.to_string());
        assert!(refused.is_some_and(|text| text.contains("no topic `order-created`")));
    }
}
