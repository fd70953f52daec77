//! What can go wrong. The adversary draws from these, and the command's help lists them.

use clap::ValueEnum;
use clap::builder::PossibleValue;

macro_rules! kinds {
    ($($kind:ident $flag:literal $name:literal $weight:literal),* $(,)?) => {
        /// What can go wrong, as it is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $name] $kind),*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// Its name among the values of `--faults`.
            pub fn flag(self) -> &'static str {
                match self { $(Kind::$kind => $flag),* }
            }

            /// What it is, for people.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name),* }
            }

            /// How often it comes, compared with the others.
            pub fn weight(self) -> u64 {
                match self { $(Kind::$kind => $weight),* }
            }
        }
    };
}

kinds! {
    Kill "kill" "kill -9 of a service" 10,
    Stop "stop" "SIGTERM of a service" 4,
    Pause "pause" "SIGSTOP of a service" 2,
    Zombie "zombie" "SIGSTOP past the session timeout" 3,
    Freeze "freeze" "SIGSTOP with transactions on the way" 2,
    Crash "crash" "abort at a fail point" 7,
    KillKafka "kill-kafka" "kill -9 of Kafka" 2,
    KillPostgres "kill-postgres" "kill -9 of PostgreSQL" 2,
    Outage "outage" "kill -9 of a service while Kafka is away" 2,
    Narrow "narrow" "batches refused" 3,
    Grow "grow" "one more instance" 3,
    Reset "reset" "connections reset" 5,
    Cut "cut" "connections cut in the middle of a write" 5,
    HalfClose "half-close" "connections half-closed" 3,
    Stall "stall" "connections stalled" 3,
    Delay "delay" "connections slow" 2,
    BeforeCommit "before-commit" "COMMIT lost" 4,
    AfterCommit "after-commit" "answer to a COMMIT lost" 6,
    Replay "replay" "old messages again" 6,
    Headerless "headerless" "old messages again, without headers" 2,
    ExternalOrders "external-orders" "orders of an external producer" 3,
    Poison "poison" "poison messages" 4,
    Hopeless "hopeless" "compensations that cannot be done" 1,
    Slow "slow" "slow handlers" 2,
    Lock "lock" "rows locked by others" 4,
    CutOff "cut-off" "an instance cut off from its database alone" 2,
    Shrink "shrink" "a topic that takes no message at all" 2,
    Denied "denied" "rights withdrawn and given back" 2,
    Headers "headers" "hostile headers" 3,
    Codec "codec" "batches in every codec" 2,
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.flag()).help(self.name()))
    }
}
