//! What can be done to the services and what is around them.

use std::fmt::{self, Display};
use std::time::Duration;

use mutations::CrashPoint;

use crate::proxy::{ConnectionFault, Scope, Way};
use crate::saga::Saga;

/// The services of the order saga, in the order in which they are numbered everywhere here.
pub(crate) const SERVICES: [&str; 3] = ["order", "product", "delivery"];

/// The topics of the order saga.
pub(crate) const TOPICS: [&str; 4] =
    ["order-created", "product-decreased", "delivery-created", "increase-product-command"];

/// One instance of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    /// The saga it is of.
    pub saga: Saga,
    /// Which program, as an index into [`Saga::programs`].
    pub service: usize,
    /// Which of its instances.
    pub index: usize,
}

impl Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.saga.programs()[self.service], self.index)
    }
}

/// A server that the services use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    /// The broker.
    Kafka,
    /// The database server.
    Postgres,
}

impl Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kafka => "Kafka",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// A message that cannot be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poison {
    /// A body that is no JSON.
    NotJson,
    /// JSON with values of other types.
    WrongTypes,
    /// No body at all.
    Empty,
    /// Nearly a megabyte of something else.
    Huge,
    /// Garbage without a key.
    NoKey,
    /// Garbage under a key that is no text.
    KeyNotText,
}

/// The kinds of poison.
pub(crate) const POISONS: [Poison; 6] =
    [Poison::NotJson, Poison::WrongTypes, Poison::Empty, Poison::Huge, Poison::NoKey, Poison::KeyNotText];

/// A row that others lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// The order that was placed last.
    LastOrder,
    /// The product that most orders are for.
    HotProduct,
    /// A step that waits for its second message.
    WaitingStep,
    /// The next key of the orders.
    OrderKeys,
}

impl Row {
    /// Those that a schedule draws from.
    pub(crate) const ALL: [Row; 4] = [Self::LastOrder, Self::HotProduct, Self::WaitingStep, Self::OrderKeys];

    /// The service in whose database it is, as an index into [`SERVICES`].
    pub(crate) fn service(self) -> usize {
        match self {
            Self::LastOrder | Self::OrderKeys => 0,
            Self::HotProduct => 1,
            Self::WaitingStep => 2,
        }
    }

    /// The statement that locks it.
    pub(crate) fn lock(self) -> &'static str {
        match self {
            Self::LastOrder => "SELECT id FROM order_tb ORDER BY id DESC LIMIT 1 FOR UPDATE",
            Self::HotProduct => "SELECT id FROM product_tb WHERE id = 1 FOR UPDATE",
            Self::WaitingStep => "SELECT step FROM saga_step WHERE mode = 'waiting' LIMIT 1 FOR UPDATE",
            Self::OrderKeys => "SELECT * FROM saga_id FOR UPDATE",
        }
    }
}

/// A right that services need and lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// To write to a topic.
    Write(&'static str),
    /// To the consumer group of a service, as an index into [`SERVICES`].
    Group(usize),
}

/// How the batches of an external producer are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    /// The one that Kafka had first.
    Gzip,
    /// The fastest.
    Lz4,
    /// In the framing of the Java client.
    Snappy,
    /// The smallest.
    Zstd,
}

impl Codec {
    /// All that Kafka knows.
    pub(crate) const ALL: [Codec; 4] = [Self::Gzip, Self::Lz4, Self::Snappy, Self::Zstd];

    /// Its name in the configuration of clients.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::Zstd => "zstd",
        }
    }
}

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9`, and started again after a while.
    Kill(Slot, Duration),
    /// SIGTERM, and started again after a while.
    Stop(Slot, Duration),
    /// SIGSTOP, and SIGCONT after a while.
    Pause(Slot, Duration),
    /// SIGSTOP while a transaction is on its way to the database, where it arrives only after SIGCONT.
    Freeze(Slot, Duration),
    /// Restarted so that it aborts at a point; then restarted as before.
    Crash(Slot, CrashPoint),
    /// A server dies, and is started again after a while.
    KillServer(Server, Duration),
    /// Kafka dies, and while it is away so does a service that has published into the void.
    Outage(Slot, Duration),
    /// A topic refuses all but the smallest batches for a while.
    Narrow(&'static str, Duration),
    /// One more instance of a service for a while; it is killed or stopped in the end.
    Grow {
        /// Where it runs.
        slot: Slot,
        /// How long it stays.
        stay: Duration,
        /// Whether it ends by `kill -9`.
        killed: bool,
    },
    /// A fault of connections to a server.
    Network(Server, Scope, ConnectionFault),
    /// Old messages of a topic once more, as they are.
    Replay(&'static str, u64),
    /// The same without their headers.
    Headerless(&'static str, u64),
    /// Orders of an external producer, some of them sent twice.
    ExternalOrders(u64),
    /// Messages that cannot be handled.
    Poison(&'static str, Poison),
    /// A compensation of a product that does not exist.
    HopelessCompensation,
    /// A transaction of another program locks a row, and stays open for a while.
    Lock(Row, Duration),
    /// The handlers of an instance take so many milliseconds longer, for a while.
    Slow(Slot, u64, Duration),
    /// An instance loses its database, and keeps Kafka.
    CutOff(Slot, Duration),
    /// A topic refuses every message for a while.
    Shrink(&'static str, Duration),
    /// A right is missing for a while.
    Denied(Right, Duration),
    /// Orders of an external producer, with headers that no service would write.
    Headers(u64),
    /// Orders of an external producer, compressed.
    Compressed(Codec, u64),
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |time: &Duration| format!("{:.1} s", time.as_secs_f32());
        match self {
            Self::Kill(slot, down) => write!(f, "kill -9 {slot}, back after {}", seconds(down)),
            Self::Stop(slot, down) => write!(f, "SIGTERM {slot}, back after {}", seconds(down)),
            Self::Pause(slot, time) => write!(f, "SIGSTOP {slot} for {}", seconds(time)),
            Self::Freeze(slot, time) => {
                write!(f, "SIGSTOP {slot} for {}, with its transactions on the way", seconds(time))
            }
            Self::Crash(slot, point) => write!(f, "{slot} aborts {}", point.name()),
            Self::KillServer(server, down) => write!(f, "kill -9 {server}, back after {}", seconds(down)),
            Self::Outage(slot, time) => {
                write!(f, "kill -9 Kafka, and of {slot} meanwhile; back after {}", seconds(time))
            }
            Self::Narrow(topic, time) => {
                write!(f, "{topic} refuses all but the smallest batches for {}", seconds(time))
            }
            Self::Grow { slot, stay, killed } => {
                let end = if *killed { "killed" } else { "stopped" };
                write!(f, "{slot} for {}, {end} then", seconds(stay))
            }
            Self::Network(server, scope, fault) => {
                let which = match scope {
                    Scope::All => "all connections".to_owned(),
                    Scope::Door(door) => format!("the connections of door {door}"),
                    Scope::One(which) => format!("connection {which}"),
                };
                write!(f, "{} of {which} to {server}", described(fault))
            }
            Self::Replay(topic, count) => write!(f, "{count} old messages of {topic} again"),
            Self::Headerless(topic, count) => {
                write!(f, "{count} old messages of {topic} again, without headers")
            }
            Self::ExternalOrders(count) => write!(f, "{count} orders of an external producer"),
            Self::Poison(topic, poison) => write!(f, "poison on {topic}: {poison:?}"),
            Self::HopelessCompensation => f.write_str("a compensation of a product that does not exist"),
            Self::Lock(row, time) => {
                write!(f, "{row:?} of {} locked for {}", SERVICES[row.service()], seconds(time))
            }
            Self::Slow(slot, milliseconds, time) => {
                write!(f, "handlers of {slot} take {milliseconds} ms longer for {}", seconds(time))
            }
            Self::CutOff(slot, time) => write!(f, "{slot} cut off from its database for {}", seconds(time)),
            Self::Shrink(topic, time) => write!(f, "{topic} refuses every message for {}", seconds(time)),
            Self::Denied(Right::Write(topic), time) => {
                write!(f, "no right to write to {topic} for {}", seconds(time))
            }
            Self::Denied(Right::Group(service), time) => {
                write!(f, "no right to the group of {} for {}", SERVICES[*service], seconds(time))
            }
            Self::Headers(count) => write!(f, "{count} orders with hostile headers"),
            Self::Compressed(codec, count) => {
                write!(f, "{count} orders of an external producer in {}", codec.name())
            }
        }
    }
}

fn described(fault: &ConnectionFault) -> String {
    let way = |way: &Way| if *way == Way::Up { "to the server" } else { "from the server" };
    match fault {
        ConnectionFault::Reset => "reset".to_owned(),
        ConnectionFault::CutIn(direction) => format!("cut in the middle of what goes {}", way(direction)),
        ConnectionFault::HalfClose(direction) => format!("half-close ({})", way(direction)),
        ConnectionFault::Stall(time) => format!("stall for {:.1} s", time.as_secs_f32()),
        ConnectionFault::StallAtBegin(time) => format!("stall at BEGIN for {:.1} s", time.as_secs_f32()),
        ConnectionFault::Delay(by, time) => {
            format!("delay by {} ms for {:.1} s", by.as_millis(), time.as_secs_f32())
        }
        ConnectionFault::CutBeforeCommit => "cut before COMMIT".to_owned(),
        ConnectionFault::CutAfterCommit => "cut after COMMIT, before its answer,".to_owned(),
    }
}
