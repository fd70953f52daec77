//! The commands as they are typed.

use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};

use super::deadlines::Wanted;
use super::outbox::UnsentId;
use crate::store::MessageId;

/// What `ops --help` ends with.
const WORDS: &str = "\
Terms:
  parked  A message that failed. It is retried automatically, with growing delays, and later
          messages with its key wait behind it.
  dead    A message that is no longer retried automatically: it could not be read, or its last
          try failed. A copy is on the topic <topic>.<service>.dlt.
  held    A message that arrived before an earlier one from its source. It is handled
          automatically as soon as the missing message arrives.
  outbox  What this service publishes, until Kafka has acknowledged it.

A step that waits for a time is named by itself and its saga instance: `deadlines list`.

The service may keep running; it notices a change within five seconds.
Messages are named as the lists print them: topic[partition]@offset. Some shells require
quotes around that.

Exit codes: 0 done; 1 nothing found, refused, or not confirmed; 2 bad usage, or no database or Kafka.

Environment:
  DATABASE_URL       the service's database: postgres://user:password@host:port/database, or sqlite://path
  DATABASE_URL_FILE  a file that contains the URL instead, such as a mounted secret
  KAFKA_BROKERS      host:port of the brokers; needed only for offsets, replay and repartition
  KAFKA_PREFIX       as for the service itself
  TLS and SASL       as for the service itself";

/// The command `ops` of the service `service`.
pub fn command(service: &str) -> Command {
    Command::new("ops")
        .about("Inspects and repairs messages that are parked, dead or held, and partitions that stopped")
        .after_help(WORDS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(inspections(service))
        .subcommands(message_repairs(service))
        .subcommand(outbox(service))
        .subcommand(deadlines(service))
        .subcommands(gap_repairs(service))
        .subcommands(partition_repairs(service))
        .subcommands(step_repairs(service))
}

/// The commands that only show.
fn inspections(service: &str) -> [Command; 4] {
    let held = "Lists what waits for an earlier message from its source: the missing number, how many wait, since when";
    [
        list("parked", "Lists the messages that failed and are being retried").after_help(examples(
            service,
            &["parked", "parked --topic order-created --key 42", "parked --json"],
        )),
        list("dead", "Lists the messages that are no longer retried automatically")
            .arg(flag("all", "Include those that were redriven or dropped, with the recorded reason"))
            .after_help(examples(service, &["dead", "dead --all --limit 1000"])),
        Command::new("held")
            .about(held)
            .arg(flag("json", "Print JSON"))
            .after_help(examples(service, &["held"])),
        show()
            .after_help(examples(service, &["show 'order-created[3]@42'", "show order-created 3 42 --json"])),
    ]
}

/// The commands on parked and dead messages.
fn message_repairs(service: &str) -> [Command; 3] {
    let reason = Arg::new("reason").long("reason").value_name("TEXT").required(true);
    [
        changing("retry", "Retries parked messages now instead of later")
            .args(selection())
            .arg(key("Those with this key"))
            .group(ArgGroup::new("which").args(["id", "key", "topic", "all"]).required(true))
            .after_help(examples(
                service,
                &["retry 'order-created[3]@42'", "retry --key 42", "retry --all --yes"],
            )),
        changing(
            "redrive",
            "Parks dead messages again, behind those parked with their key, and resets their tries",
        )
        .args(selection())
        .group(ArgGroup::new("which").args(["id", "topic", "all"]).required(true))
        .after_help(examples(service, &["redrive 'order-created[3]@42'", "redrive --topic order-created"])),
        changing("drop", "Gives up parked or dead messages; they stay visible in `dead --all`")
            .arg(ids().required(true))
            .arg(reason.help("Why; recorded with the message"))
            .after_help(examples(
                service,
                &["drop 'order-created[3]@42' --reason 'test data, see the log of May 3'"],
            )),
    ]
}

/// The commands on messages that Kafka does not take.
fn outbox(service: &str) -> Command {
    let id = |help: &'static str| {
        let id = Arg::new("id").value_name("SHARD/NUMBER").required(true);
        id.value_parser(|text: &str| text.parse::<UnsentId>()).help(help)
    };
    Command::new("outbox")
        .about("Lists, shows and skips messages that wait for Kafka")
        .long_about(OUTBOX)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            Command::new("list")
                .about("Lists the messages that Kafka has not acknowledged, first those others may wait for")
                .args([topic(), limit(), flag("json", "Print JSON")])
                .after_help(examples(service, &["outbox list", "outbox list --topic order-created"])),
            Command::new("show")
                .about("Shows one of them: headers and body")
                .arg(id("The message, as the list and the log name it"))
                .after_help(examples(service, &["outbox show 3/120"])),
            changing("skip", "Replaces a message that can never be sent by one without effect")
                .arg(id("The message, as the list and the log name it"))
                .after_help(examples(service, &["outbox skip 3/120"])),
        ])
        .after_help(examples(service, &["outbox list", "outbox show 3/120", "outbox skip 3/120"]))
}

/// The commands on steps that wait for a time.
fn deadlines(service: &str) -> Command {
    let name = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).value_name(value).required(true).help(help)
    };
    let step = || name("step", "STEP", "The step, as `deadlines list` prints it");
    let instance = name("instance", "INSTANCE", "The saga instance: the correlation");
    // A correlation may be a number.
    let instance = || instance.clone().allow_negative_numbers(true);
    let when =
        name("when", "WHEN", "+90s, +15m, +24h or +3d from now, or a time such as 2026-01-31T12:00:00Z");
    let when = when.value_parser(|text: &str| text.parse::<Wanted>());
    Command::new("deadlines")
        .about("Lists what waits for a time; moves such a time, or lets it come now")
        .long_about(DEADLINES)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            Command::new("list")
                .about("Lists the steps that wait for a time, the soonest first")
                .arg(Arg::new("step").long("step").value_name("S").help("Only those of this step"))
                .args([limit().help("The maximum number of steps to list"), flag("json", "Print JSON")])
                .after_help(examples(service, &["deadlines list", "deadlines list --step charge-trip"])),
            changing("move", "Moves the time that a step waits for")
                .args([step(), instance(), when])
                .after_help(examples(service, &["deadlines move charge-trip 42 +15m"])),
            changing("fire", "Lets the time that a step waits for come now")
                .args([step(), instance()])
                .after_help(examples(service, &["deadlines fire charge-trip 42"])),
        ])
        .after_help(examples(
            service,
            &["deadlines list", "deadlines move charge-trip 42 +15m", "deadlines fire charge-trip 42"],
        ))
}

/// The commands on what a restore or Kafka has lost.
fn gap_repairs(service: &str) -> [Command; 2] {
    let source = Arg::new("source").long("source").value_name("S");
    [
        changing("restored", "Begins a new incarnation after the database was restored from a snapshot")
            .long_about(RESTORED)
            .after_help(examples(service, &["restored"])),
        changing("accept-gap", "Gives up messages that Kafka lost, and handles those held behind them")
            .long_about(ACCEPT_GAP)
            .arg(source.help("Only what waits for this source, as `held` prints it"))
            .args(partition(true))
            .after_help(examples(
                service,
                &["accept-gap order-created 3", "accept-gap --source order/7 order-created 3"],
            )),
    ]
}

/// The commands on topics and on where partitions are read.
fn partition_repairs(service: &str) -> [Command; 3] {
    let from = Arg::new("from").long("from").value_name("OFFSET").required(true);
    [
        changing("repartition", "Accepts a changed number of partitions of a topic")
            .long_about(REPARTITION)
            .arg(Arg::new("topic").value_name("TOPIC").required(true).help("The topic"))
            .arg(flag("undrained", "Even if messages placed under the old number are still in flight"))
            .after_help(examples(service, &["repartition order-created"])),
        changing(
            "offsets",
            "Shows where partitions resume, and moves those whose next message is gone from the log",
        )
        .long_about(OFFSETS)
        .args(partition(false))
        .arg(flag("to-start", "Resume at the start of the log").requires("topic"))
        .arg(flag("to-end", "Resume at the end of the log, skipping its messages").requires("topic"))
        .arg(
            flag("accept-new-topic", "Accept a recreated topic and read it from its start").requires("topic"),
        )
        .group(ArgGroup::new("where").args(["to-start", "to-end", "accept-new-topic"]))
        .after_help(examples(
            service,
            &["offsets", "offsets order-created 3", "offsets order-created 3 --to-start"],
        )),
        changing("replay", "Handles a partition again from an offset on, repeating every effect")
            .long_about(REPLAY)
            .args(partition(true))
            .arg(from.value_parser(value_parser!(i64).range(0..)).help("The first message to handle again"))
            .arg(flag("effects-again", "Confirms that every effect is to be repeated"))
            .after_help(examples(service, &["replay --from 1200 order-created 3 --effects-again"])),
    ]
}

/// The commands on steps that this version does not have any more.
fn step_repairs(service: &str) -> [Command; 2] {
    let name = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).value_name(value).required(true).help(help)
    };
    [
        changing("adopt-step", "Gives what a step has left in the tables to the step it has become")
            .long_about(ADOPT_STEP)
            .arg(name("old", "OLD", "The name that the step had"))
            .arg(name("new", "NEW", "The name that it has in this version"))
            .after_help(examples(service, &["adopt-step take-stock reserve-stock"])),
        changing("drop-step", "Gives up what a step has left in the tables")
            .arg(name("old", "STEP", "The step"))
            .after_help(examples(service, &["drop-step take-stock"])),
    ]
}

fn examples(service: &str, lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("\n  {service} ops {line}")).collect();
    format!("Examples:{}", lines.concat())
}

const OUTBOX: &str = "\
Lists, shows and skips messages that wait for Kafka.

A message that Kafka refuses, such as one larger than its topic takes, holds up later messages
of its shard to the same partition. Everything else goes on, so the list may contain messages
that are delivered already. The service tries again every few seconds: once the topic takes the
message, it goes out by itself. `skip` is for a message that can never be sent. Receivers count
its number and do nothing, so the effect it would have had never happens.";

const RESTORED: &str = "\
Begins a new incarnation after the database was restored from a snapshot of its volume.

A service detects a restore on its own if the database comes from a base backup or from
another location. A volume snapshot preserves the database's identity, so it goes unnoticed:
the service would reuse sequence numbers it assigned after the snapshot, and receivers would
drop those messages as duplicates. Run this before the service starts on such a database.
Running it once too often does no harm.";

const DEADLINES: &str = "\
Lists what waits for a time; moves such a time, or lets it come now.

A step waits for its deadline, a call for its next try, and so does a compensation that failed.
When the time comes, by the database's clock, a step that still waits fails, and a try begins.";

const ACCEPT_GAP: &str = "\
Gives up messages that Kafka lost, and handles those held behind them.

Use it only if the messages are certainly lost: one that arrives later is dropped as a
duplicate, and its effects never happen. The messages right behind the gap are parked and
tried at once; if another gap follows, run the command again.";

const REPARTITION: &str = "\
Accepts that a topic no longer has the number of partitions it had when the service first
saw it.

The key of a message and the number of partitions determine its partition, so later messages
of a key may go to a different partition than earlier ones, and overtake them. Stop the
producers of the topic and wait until nothing is in flight; then run this with every service
that reads or publishes the topic. Running instances continue within seconds. The command
refuses while this service has messages of the topic in flight.";

const OFFSETS: &str = "\
Shows where partitions resume; with a flag, moves those whose next message is gone from the
log.

A service never skips ahead on its own when the next message is no longer in the log, because
it was deleted before it was read or because the topic was recreated. With a flag, such a
partition resumes elsewhere, and the messages in between are never handled. Partitions whose
next message is in the log stay unchanged, except with --accept-new-topic: nothing else shows
that the offsets of a recreated topic have a different meaning.";

const ADOPT_STEP: &str = "\
Gives what a step has left in the tables to the step it has become.

A step that waits for several messages, or ran for messages without numbers, has rows under
its name. When saga.yaml gives it another name, the service does not start until it knows
what becomes of them. Run this with the new version, while no instance of the service runs.";

const REPLAY: &str = "\
Handles a partition again from an offset on, repeating every effect.

Every message from there on is handled as if it were new: rows are written again, new keys
are allocated, and messages are published again under new numbers, so other services treat
them as new. Use it only for a database that lost the effects of these messages. Step state
is kept: a step that waits for several messages, or changes a status, sees that it has
already run.";

fn list(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .arg(topic())
        .arg(key("Only those with this key"))
        .arg(limit())
        .arg(flag("json", "Print JSON, with complete errors"))
}

fn limit() -> Arg {
    Arg::new("limit")
        .long("limit")
        .value_name("N")
        .default_value("100")
        .value_parser(value_parser!(u32).range(1..))
        .help("The maximum number of messages to list")
}

fn show() -> Command {
    Command::new("show")
        .about("Shows a parked, dead or held message: headers, body, error, history")
        .arg(
            Arg::new("message")
                .value_names(["TOPIC", "PARTITION", "OFFSET"])
                .num_args(1..=3)
                .required(true)
                .help("The message; also written topic[partition]@offset"),
        )
        .arg(flag("json", "Print JSON, with every byte: what is not UTF-8 is written as {\"hex\": \"…\"}"))
}

fn changing(name: &'static str, about: &'static str) -> Command {
    let yes = Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue);
    Command::new(name).about(about).arg(yes.help("Do not ask for confirmation"))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn topic() -> Arg {
    Arg::new("topic").long("topic").value_name("T").help("Only those on this topic")
}

fn key(help: &'static str) -> Arg {
    Arg::new("key").long("key").value_name("K").help(help)
}

fn ids() -> Arg {
    Arg::new("id")
        .value_name("ID")
        .action(ArgAction::Append)
        .num_args(1..)
        .value_parser(|text: &str| text.parse::<MessageId>())
        .help("topic[partition]@offset, as the lists print it")
}

fn selection() -> [Arg; 3] {
    [ids(), topic().help("Those on this topic"), flag("all", "All of them")]
}

fn partition(required: bool) -> [Arg; 2] {
    let number = value_parser!(i32).range(0..);
    [
        Arg::new("topic").value_name("TOPIC").required(required).help("The topic"),
        Arg::new("partition")
            .value_name("PARTITION")
            .required(required)
            .value_parser(number)
            .help("The partition number"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_sound() {
        command("order").debug_assert();
    }

    #[test]
    fn what_changes_something_names_what() {
        let parse = |line: &str| command("order").try_get_matches_from(line.split(' ')).is_ok();
        for good in [
            "ops retry t[0]@1 t[0]@2",
            "ops retry --key k",
            "ops redrive --all",
            "ops drop t[0]@1 --reason r",
            "ops offsets",
            "ops offsets t --to-end",
            "ops show t[0]@1",
            "ops show t 0 1",
            "ops replay t 0 --from 3",
            "ops outbox list --topic t --limit 3",
            "ops outbox skip 3/120 --yes",
            "ops deadlines list --step s --limit 3",
            "ops deadlines move s 42 +15m",
            "ops deadlines move s 42 2026-01-31T12:00:00Z --yes",
            "ops deadlines fire s -42",
        ] {
            assert!(parse(good), "{good}");
        }
        for bad in [
            "ops",
            "ops retry",
            "ops redrive",
            "ops retry --all --key k",
            "ops retry t",
            "ops drop t[0]@1",
            "ops offsets --to-end",
            "ops offsets t 0 --to-end --to-start",
            "ops replay t 0 --from -1",
            "ops outbox",
            "ops outbox skip",
            "ops outbox skip 3",
            "ops outbox show t[0]@1",
            "ops deadlines",
            "ops deadlines move s 42",
            "ops deadlines move s 42 15m",
            "ops deadlines fire s",
        ] {
            assert!(!parse(bad), "{bad}");
        }
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        for sub in command("order").get_subcommands() {
            let help = sub.get_after_help().expect("examples").to_string();
            let examples: Vec<&str> = help.lines().filter_map(|line| line.strip_prefix("  order ")).collect();
            assert!(!examples.is_empty(), "{}", sub.get_name());
            for example in examples {
                // The quotes are the shell's.
                let mut words = Vec::new();
                for (at, part) in example.split('\'').enumerate() {
                    if at % 2 == 1 { words.push(part) } else { words.extend(part.split_whitespace()) }
                }
                assert!(command("order").try_get_matches_from(&words).is_ok(), "{example}");
            }
        }
    }
}
