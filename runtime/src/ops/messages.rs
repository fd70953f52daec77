//! The commands on parked and dead messages.

use clap::ArgMatches;
use serde::Serialize;

use super::Failure;
use super::session::Session;
use super::words::{counted, key, moment, one_line, span, until};
use crate::service::Service;
use crate::store::{Filter, Group, Message, MessageId, Messages, Queue, State};

/// A message in a list, for other programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed<'m> {
    id: String,
    topic: &'m str,
    partition: i32,
    offset: i64,
    key: String,
    state: &'static str,
    reason: &'m str,
    error: &'m str,
    attempts: i32,
    note: &'m str,
    since: String,
    changed: String,
    next_try: Option<String>,
}

impl<'m> Listed<'m> {
    pub(super) fn of(message: &'m Message) -> Self {
        Self {
            id: message.id.to_string(),
            topic: &message.id.topic,
            partition: message.id.partition,
            offset: message.id.offset,
            key: key(&message.key),
            state: message.state.name(),
            reason: &message.reason,
            error: &message.error,
            attempts: message.attempts,
            note: &message.note,
            since: moment(message.since_ms),
            changed: moment(message.changed_ms),
            next_try: message.next_ms.map(moment),
        }
    }
}

pub(super) async fn parked<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let now = session.operator.now_ms().await?;
    let row = |message: &Message| {
        let next = message.next_ms.map_or_else(String::new, |next| until(next, now));
        let Message { id, reason, error, attempts, since_ms, .. } = message;
        let (key, error) = (key(&message.key), one_line(error));
        [id.to_string(), key, reason.clone(), attempts.to_string(), span(now - since_ms), next, error]
    };
    let head = ["MESSAGE", "KEY", "REASON", "TRIES", "AGE", "NEXT TRY", "ERROR"];
    list(session, matches, Messages::Parked, head, row).await
}

pub(super) async fn dead<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let now = session.operator.now_ms().await?;
    let row = |message: &Message| {
        let Message { id, state, reason, error, attempts, note, since_ms, .. } = message;
        let (key, age, error) = (key(&message.key), span(now - since_ms), one_line(error));
        let state = state.name().to_owned();
        [id.to_string(), key, state, reason.clone(), attempts.to_string(), age, error, one_line(note)]
    };
    let head = ["MESSAGE", "KEY", "STATE", "REASON", "TRIES", "AGE", "ERROR", "NOTE"];
    let of = if matches.get_flag("all") { Messages::EverDead } else { Messages::Dead };
    list(session, matches, of, head, row).await
}

async fn list<S: Service, const N: usize>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
    of: Messages,
    head: [&str; N],
    row: impl Fn(&Message) -> [String; N],
) -> Result<(), Failure> {
    let filter = filter(matches);
    let limit = matches.get_one::<u32>("limit").copied().unwrap_or(u32::MAX);
    let messages = session.operator.messages(of, &filter, limit).await?;
    if matches.get_flag("json") {
        let listed: Vec<Listed<'_>> = messages.iter().map(Listed::of).collect();
        session.console.say_json(&listed)?;
    } else if !messages.is_empty() {
        session.console.table(head, &messages.iter().map(row).collect::<Vec<_>>());
        let all = total(&session.operator.groups(of, &filter).await?);
        let more = all - i64::try_from(messages.len()).unwrap_or(all);
        if more > 0 {
            session.console.say(&format!("… and {more} more; raise --limit to see them"));
        }
    }
    if messages.is_empty() { Err(none_of(of)) } else { Ok(()) }
}

pub(super) async fn retry<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let filter = filter(matches);
    let groups = session.operator.groups(Messages::Parked, &filter).await?;
    say_groups(session, "to be retried now", &groups, Messages::Parked)?;
    session.console.say("A message that is not the first of its key still waits for those before it.");
    session.console.confirm(matches.get_flag("yes"))?;
    let mut changed = 0;
    for group in &groups {
        let messages = session.operator.retry(group, &filter).await?;
        changed += noted(session, group, &filter, messages, "retried now");
    }
    finish(session, changed, "retried now")
}

pub(super) async fn redrive<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let filter = filter(matches);
    let groups = session.operator.groups(Messages::Dead, &filter).await?;
    say_groups(session, "to be parked again and retried now", &groups, Messages::Dead)?;
    session.console.say("Later messages with the same keys may have been handled already.");
    session.console.confirm(matches.get_flag("yes"))?;
    let mut changed = 0;
    for group in &groups {
        let messages = session.operator.redrive(group, &filter).await?;
        changed += noted(session, group, &filter, messages, "parked again");
    }
    finish(session, changed, "parked again")
}

pub(super) async fn drop_messages<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let filter = filter(matches);
    let reason = matches.get_one::<String>("reason").map(|reason| reason.trim()).unwrap_or_default();
    if reason.is_empty() {
        return Err(Failure::Broken("--reason must not be empty: it is the only record of why".to_owned()));
    }
    let mut groups = session.operator.groups(Messages::Parked, &filter).await?;
    for group in session.operator.groups(Messages::Dead, &filter).await? {
        match groups
            .iter_mut()
            .find(|known| (&known.topic, known.partition) == (&group.topic, group.partition))
        {
            Some(known) => known.messages += group.messages,
            None => groups.push(group),
        }
    }
    say_groups(session, "to be dropped", &groups, Messages::EverDead)?;
    session.console.say("Their effects will never happen, and their sagas may not end.");
    session.console.confirm(matches.get_flag("yes"))?;
    let what = format!("dropped ({reason})");
    let mut changed = 0;
    for group in &groups {
        let messages = session.operator.drop_messages(group, &filter, reason).await?;
        changed += noted(session, group, &filter, messages, &what);
    }
    finish(session, changed, &what)
}

/// Says what a change is about.
fn say_groups<S: Service>(
    session: &mut Session<'_, '_, S>,
    what: &str,
    groups: &[Group],
    of: Messages,
) -> Result<(), Failure> {
    if groups.is_empty() {
        return Err(none_of(of));
    }
    for Group { topic, partition, messages } in groups {
        let messages = counted(*messages, "message", "messages");
        session.console.say(&format!("{topic}[{partition}]: {messages} {what}"));
    }
    Ok(())
}

/// Logs what was done in one partition: a later one may fail.
fn noted<S: Service>(
    session: &Session<'_, '_, S>,
    group: &Group,
    filter: &Filter,
    messages: u64,
    what: &str,
) -> i64 {
    let messages = i64::try_from(messages).unwrap_or(i64::MAX);
    let which: Vec<String> = filter.ids.iter().map(MessageId::to_string).collect();
    let which = if which.is_empty() { String::new() } else { format!(", among {}", which.join(" ")) };
    if messages > 0 {
        let Group { topic, partition, .. } = group;
        let messages = counted(messages, "message is", "messages are");
        session.did(&format!("{topic}[{partition}]: {messages} {what}{which}"));
    }
    messages
}

fn finish<S: Service>(session: &mut Session<'_, '_, S>, changed: i64, what: &str) -> Result<(), Failure> {
    if changed == 0 {
        return Err(Failure::Refused("nothing was done: the messages are no longer there".to_owned()));
    }
    session.console.say(&format!("{} {what}", counted(changed, "message is", "messages are")));
    Ok(())
}

fn total(groups: &[Group]) -> i64 {
    groups.iter().map(|group| group.messages).sum()
}

fn none_of(of: Messages) -> Failure {
    Failure::Refused(match of {
        Messages::Parked => format!("no {} message matches", State::Parked.name()),
        Messages::Dead => format!("no {} message matches", State::Dead.name()),
        Messages::EverDead => "no message matches".to_owned(),
    })
}

fn filter(matches: &ArgMatches) -> Filter {
    // A command does not have every argument.
    let text = |name| matches.try_get_one::<String>(name).ok().flatten().cloned();
    let ids = matches.try_get_many::<MessageId>("id").ok().flatten();
    Filter {
        ids: ids.into_iter().flatten().cloned().collect(),
        topic: text("topic"),
        key: text("key").map(|key| Queue::of(key.as_bytes(), 0).key),
    }
}
