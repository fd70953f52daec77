//! The commands as they are typed.

use clap::{Arg, ArgAction, ArgGroup, Command, value_parser};

use crate::store::MessageId;

/// What `ops --help` ends with.
const WORDS: &str = "\
What the words mean:
  parked  A message that failed. It is tried again by itself, later each time, and later
          messages of its key wait behind it.
  dead    A message that is not tried again by itself: it could not be read, or its last
          try failed. A copy stands on the topic <topic>.<service>.dlt.
  held    A message that overtook an earlier one of its source, and waits for it. It is
          handled by itself as soon as that one comes.

The service may run meanwhile. It notices a change within five seconds.
Messages are named as the lists print them: topic[partition]@offset. Some shells want
that in quotes.

Exit codes: 0 done; 1 nothing found, refused, or not agreed to; 2 bad usage, or no database or Kafka.

Environment:
  DATABASE_URL       the service's database: postgres://user:password@host:port/database, or sqlite://path
  DATABASE_URL_FILE  a file that holds the URL instead, such as a mounted secret
  KAFKA_BROKERS      host:port of the brokers; only for offsets, replay and repartition
  TLS and SASL       as for the service itself";

/// The command `ops` of the service `service`.
pub fn command(service: &str) -> Command {
    let examples = |lines: &[&str]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("\n  {service} ops {line}")).collect();
        format!("Examples:{}", lines.concat())
    };
    Command::new("ops")
        .about("Looks at what waits or was given up, and mends it by hand")
        .after_help(WORDS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            list("parked", "Lists the messages that failed and are tried again")
                .after_help(examples(&["parked", "parked --topic order-created --key 42", "parked --json"])),
        )
        .subcommand(
            list("dead", "Lists the messages that are not tried again by themselves")
                .arg(flag("all", "Also those that were redriven or dropped, with the reason that was given"))
                .after_help(examples(&["dead", "dead --all --limit 1000"])),
        )
        .subcommand(
            Command::new("held")
                .about("Lists what waits for an earlier message of its source: from which number on, how many, since when")
                .arg(flag("json", "As JSON"))
                .after_help(examples(&["held"])),
        )
        .subcommand(show().after_help(examples(&["show 'order-created[3]@42'", "show order-created 3 42"])))
        .subcommand(
            changing("retry", "Has parked messages tried now instead of later")
                .args(selection())
                .arg(key("Those of this key"))
                .group(ArgGroup::new("which").args(["id", "key", "topic", "all"]).required(true))
                .after_help(examples(&["retry 'order-created[3]@42'", "retry --key 42", "retry --all --yes"])),
        )
        .subcommand(
            changing("redrive", "Parks dead messages again, behind what is parked of their key: their tries start over")
                .args(selection())
                .group(ArgGroup::new("which").args(["id", "topic", "all"]).required(true))
                .after_help(examples(&["redrive 'order-created[3]@42'", "redrive --topic order-created"])),
        )
        .subcommand(
            changing("drop", "Gives parked or dead messages up; they stay to be looked at")
                .arg(ids().required(true))
                .arg(Arg::new("reason").long("reason").value_name("TEXT").required(true).help("Why; it is kept"))
                .after_help(examples(&["drop 'order-created[3]@42' --reason 'test data, see the log of May 3'"])),
        )
        .subcommand(
            changing("restored", "After the database was put back from a snapshot: begins its numbers anew")
                .long_about(RESTORED)
                .after_help(examples(&["restored"])),
        )
        .subcommand(
            changing("accept-gap", "Gives up messages that Kafka lost, and handles what waits behind them")
                .long_about(ACCEPT_GAP)
                .arg(Arg::new("source").long("source").value_name("S").help("Only what waits for this source, as `held` prints it"))
                .args(partition(true))
                .after_help(examples(&["accept-gap order-created 3", "accept-gap --source order/7 order-created 3"])),
        )
        .subcommand(
            changing("repartition", "Accepts that a topic has another number of partitions than it had")
                .long_about(REPARTITION)
                .arg(Arg::new("topic").value_name("TOPIC").required(true).help("The topic"))
                .arg(flag("undrained", "Although messages are under way that were placed by the old number"))
                .after_help(examples(&["repartition order-created"])),
        )
        .subcommand(
            changing("offsets", "Shows where partitions are read on from, and resumes one whose place in the log is gone")
                .long_about(OFFSETS)
                .args(partition(false))
                .arg(flag("to-start", "Read on from the beginning of the log").requires("topic"))
                .arg(flag("to-end", "Read on from the end of the log: skips what is in it").requires("topic"))
                .arg(flag("accept-new-topic", "The topic was made anew: read it from its beginning").requires("topic"))
                .group(ArgGroup::new("where").args(["to-start", "to-end", "accept-new-topic"]))
                .after_help(examples(&["offsets", "offsets order-created 3", "offsets order-created 3 --to-start"])),
        )
        .subcommand(
            changing("replay", "Reads a partition again from an offset on, with every effect")
                .long_about(REPLAY)
                .args(partition(true))
                .arg(
                    Arg::new("from")
                        .long("from")
                        .value_name("OFFSET")
                        .required(true)
                        .value_parser(value_parser!(i64).range(0..))
                        .help("The first message that comes again"),
                )
                .arg(flag("effects-again", "Yes, every effect shall happen again"))
                .after_help(examples(&["replay --from 1200 order-created 3 --effects-again"])),
        )
}

const RESTORED: &str = "\
After the database was put back from a snapshot of its volume: begins its numbers anew.

A service notices by itself when its database comes from a base backup, or from another
place. A snapshot of the volume keeps the database's identity, so nobody notices; and the
numbers of messages sent after the snapshot would be given a second time, to messages that
receivers then drop as repeats. Run this before the service starts on such a database.
Running it once too often does no harm.";

const ACCEPT_GAP: &str = "\
Gives up messages that Kafka lost, and handles what waits behind them.

Only if they are lost for sure: one that comes later all the same is dropped as a repeat.
What they would have done is never done. The messages right behind the gap are parked, to be
tried at once; if another gap follows, run it again.";

const REPARTITION: &str = "\
Accepts that a topic has another number of partitions than when the service first saw it.

The partition of a message follows from its key and from the number of partitions, so later
messages of a key may go to another partition than its earlier ones, and overtake them. Stop
what sends to the topic, and wait until nothing is under way; then run this with every
service that reads or publishes the topic, and start them again. It refuses while this
service has messages of the topic under way.";

const OFFSETS: &str = "\
Shows where partitions are read on from; with a flag, resumes those whose place in the log
is gone.

A service never jumps by itself when the next message is no longer in the log, because it
was deleted before it was read, or because the topic was made anew. With a flag such a
partition is read on from elsewhere, and what lies between is never handled. Partitions
whose next message is in the log stay as they are, except for a topic that was made anew:
nothing shows that its offsets are other ones.";

const REPLAY: &str = "\
Reads a partition again from an offset on, with every effect.

Every message from there on is handled as if it had never come: rows are written again, keys
are given again, messages are published again, under new numbers, so that other services
take them for new ones. It is for a database that lost what these messages did, and for
nothing else. What steps remember of themselves stays: one that waits for several messages,
or moves a status, sees that it has run before.";

fn list(name: &'static str, about: &'static str) -> Command {
    Command::new(name)
        .about(about)
        .arg(topic())
        .arg(key("Only those of this key"))
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .default_value("100")
                .value_parser(value_parser!(u32).range(1..))
                .help("How many are listed at most"),
        )
        .arg(flag("json", "As JSON, with the whole errors"))
}

fn show() -> Command {
    Command::new("show")
        .about("Shows one message that is parked, dead or held: headers, body, error, history")
        .arg(
            Arg::new("message")
                .value_names(["TOPIC", "PARTITION", "OFFSET"])
                .num_args(1..=3)
                .required(true)
                .help("Which one; also as topic[partition]@offset"),
        )
}

fn changing(name: &'static str, about: &'static str) -> Command {
    let yes = Arg::new("yes").long("yes").short('y').action(ArgAction::SetTrue);
    Command::new(name).about(about).arg(yes.help("Do not ask"))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn topic() -> Arg {
    Arg::new("topic").long("topic").value_name("T").help("Only those of this topic")
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
    [ids(), topic().help("Those of this topic"), flag("all", "All there are")]
}

fn partition(required: bool) -> [Arg; 2] {
    let number = value_parser!(i32).range(0..);
    [
        Arg::new("topic").value_name("TOPIC").required(required).help("The topic"),
        Arg::new("partition")
            .value_name("PARTITION")
            .required(required)
            .value_parser(number)
            .help("The number of the partition"),
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
