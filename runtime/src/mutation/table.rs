//! Every mutation, every crash point, and the tests that must notice each.
//!
//! This file depends on nothing: `dev/mutations` includes it by its path, so that commands can offer
//! the names without building the runtime.

/// The variable that names the active mutation.
pub const MUTATION_VARIABLE: &str = "SAGA_MUTATION";
/// The variable that says where the process aborts, and how often: `after-commit=500,before-commit=900`.
pub const CRASH_VARIABLE: &str = "SAGA_CRASH";
/// The variable that says how many milliseconds each call of a handler takes longer.
pub const SLOW_VARIABLE: &str = "SAGA_SLOW";
/// The simulation notices each of its mutations within this many seeds.
pub const SIMULATION_SEEDS: u32 = 5_000;

/// A test that must fail while a mutation is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// This test of `bugs.rs`, on the embedded broker and database.
    Test(&'static str),
    /// This test of `real.rs`, on a real broker and a real database.
    RealTest(&'static str),
    /// This unit test of the runtime itself.
    RuntimeTest(&'static str),
    /// The simulation.
    Simulation,
    /// The simulation of another saga, by the name of its test.
    SimulationOf(&'static str),
    /// `cargo xtask chaos`, on real servers.
    Chaos,
}

macro_rules! mutations {
    ($($(#[doc = $line:literal])+ $mutation:ident $name:literal [$($witness:expr),+],)+) => {
        /// One mechanism, switched off in a test build. Each says what goes wrong without it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $($(#[doc = $line])+ $mutation),+
        }

        impl Mutation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$mutation),+];

            /// Its name in commands and in `SAGA_MUTATION`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$mutation => $name),+ }
            }

            /// What goes wrong while it is active: the bug that the mechanism prevents.
            pub const fn consequence(self) -> &'static str {
                match self { $(Self::$mutation => concat!($($line),+).trim_ascii_start()),+ }
            }

            /// The tests that must notice it.
            pub const fn witnesses(self) -> &'static [Witness] {
                use Witness::{Chaos, RealTest, RuntimeTest, Simulation, SimulationOf, Test};
                match self { $(Self::$mutation => const { &[$($witness),+] }),+ }
            }
        }
    };
}

mutations! {
    /// An address kept in memory is lost when the service restarts.
    AddressInMemory "address-in-memory" [Test("address_in_memory"), Simulation],
    /// `ProductDecreased` overtakes `OrderCreated`, and the order stays PENDING.
    Overtaking "overtaking" [Test("overtaking"), Simulation],
    /// A failed decrease is never published, and the order stays PENDING.
    SilentFailedDecrease "silent-failed-decrease" [Test("silent_failed_decrease"), Simulation],
    /// Events are sent before their transaction commits: ghosts and losses.
    UncommittedSend "uncommitted-send" [Test("uncommitted_send"), Simulation, Chaos],
    /// Messages have no key, so those of one order arrive in any order.
    MissingKey "missing-key" [Test("missing_key")],
    /// A redelivered message takes the stock twice.
    Redelivery "redelivery" [Test("redelivery"), Simulation, Chaos],
    /// Two orders read the same stock, and both take it.
    LostUpdate "lost-update" [RealTest("lost_update")],
    /// A rejected decrease is retried, blocks its partition and fails ten times.
    RejectionRetry "rejection-retry" [Test("rejection_retry")],
    /// A service that first starts after the first messages never sees them.
    LateStart "late-start" [Test("late_start")],
    /// A message that cannot be decoded, such as an enum value of a newer version, is dropped.
    Undecodable "undecodable" [Test("undecodable")],
    /// A failed compensation is only logged.
    FailedCompensation "failed-compensation" [Test("failed_compensation")],
    /// A service stopped between the two messages of a join forgets the first.
    RestartBetweenMessages "restart-between-messages" [Test("restart_between_messages"), Simulation],
    /// A message without headers that arrives twice takes effect twice.
    HeaderlessTwice "headerless-twice" [Test("headerless_twice"), Simulation],
    /// The same `Idempotency-Key` creates two orders.
    IdempotencyKey "idempotency-key" [Test("idempotency_key"), Simulation],
    /// Two instances of `product` oversell one hot product.
    HotProduct "hot-product" [RealTest("hot_product")],
    /// A transaction does not compare its shard rows, so an owner that was replaced still writes.
    NoCompareAndSet "no-compare-and-set" [Simulation, Chaos],
    /// A lane that is fenced gives its partitions up instead of taking them over again.
    GiveUpWhenFenced "give-up-when-fenced" [Simulation],
    /// An owner that takes over its own shard does not reload the outbox, so committed messages are
    /// never published.
    ReloadWorkerOnly "reload-worker-only" [Simulation, Chaos],
    /// The cursor passes messages that Kafka has not acknowledged, and a crash loses them.
    MarkBeforeAck "mark-before-ack" [Simulation, Chaos],
    /// A failed delivery counts as acknowledged, and the message is never sent again.
    NoSecondTry "no-second-try" [Simulation],
    /// Messages of a new incarnation overtake those of the old one, which receivers then drop.
    NoBarrier "no-barrier" [Simulation],
    /// The first message to a partition is overtaken, and receivers take it for a duplicate.
    OvertakenFirst "overtaken-first" [Simulation],
    /// A restored database keeps its incarnation, and receivers take its new messages for duplicates.
    SameIncarnation "same-incarnation" [Simulation],
    /// A commit whose outcome is unknown is taken as committed.
    UnknownTakenAsCommitted "unknown-taken-as-committed" [Simulation],
    /// A message read before a take-over is handled although it does not continue its partition.
    StaleRecords "stale-records" [Simulation],
    /// An out-of-order message is dropped instead of held back.
    DropOnGap "drop-on-gap" [Simulation],
    /// An out-of-order message is applied at once, and the one before it is taken for a duplicate.
    BareMark "bare-mark" [Simulation, Chaos],
    /// A take-over forgets the messages that were held back.
    HeldInMemory "held-in-memory" [Simulation],
    /// A message whose handler fails is passed over.
    ParkingOff "parking-off" [Simulation],
    /// A message overtakes a parked one with the same key.
    ParkedOvertaken "parked-overtaken" [Simulation],
    /// A take-over forgets the parked messages.
    ParkedInMemory "parked-in-memory" [Simulation],
    /// A conflict in the database counts as a failed attempt.
    ConflictCounted "conflict-counted" [Simulation],
    /// A message that is given up is not kept as a dead letter.
    DeadDropped "dead-dropped" [Simulation],
    /// A compensation that keeps failing is given up.
    CompensationGivenUp "compensation-given-up" [Simulation],
    /// A step that has exhausted its retries does not publish its failure.
    SpentDropped "spent-dropped" [Simulation],
    /// A deadline closes its step, and the next look finds it open and closes it again.
    DeadlineTwice "deadline-twice"
        [RuntimeTest("lane::tests::timers::a_deadline_closes_its_step_once"), SimulationOf("people")],
    /// A deadline is known to the process that set it alone, and is lost when that restarts.
    DeadlineInMemory "deadline-in-memory"
        [
            RuntimeTest("lane::tests::timers::a_deadline_that_passed_while_nothing_ran_fires_at_once"),
            SimulationOf("people")
        ],
    /// A call starts although its record was rolled back.
    CallWithoutRecord "call-without-record"
        [RuntimeTest("lane::tests::calls::a_call_starts_when_it_is_recorded"), SimulationOf("travel")],
    /// Each attempt of a call has a key of its own, so the system that is called acts each time: a card is
    /// charged twice after a crash.
    KeyChanges "key-changes"
        [RuntimeTest("lane::tests::calls::every_attempt_has_the_same_key"), SimulationOf("travel")],
    /// A call whose retries are exhausted counts as a success.
    UnknownIsSuccess "unknown-is-success"
        [
            RuntimeTest("lane::tests::calls::a_call_without_an_answer_fails_its_step_and_is_undone"),
            SimulationOf("travel")
        ],
    /// A charge whose answer was lost is never voided.
    UnknownNotUndone "unknown-not-undone" [SimulationOf("travel")],
    /// A reservation that comes after the saga has failed is made, and kept.
    BarringOff "barring-off" [SimulationOf("travel")],
    /// A step that has ended forgets what it saw, and nothing can be compensated with it.
    InputsForgotten "inputs-forgotten" [SimulationOf("travel")],
    /// A decimal loses its last digits.
    DecimalRounded "decimal-rounded" [SimulationOf("travel")],
    /// A message that closes a step has no effect: a cancelled parcel is picked up.
    UnlessIgnored "unless-ignored" [SimulationOf("people")],
    /// An approval is given twice, and published twice.
    ApprovalTwice "approval-twice" [SimulationOf("people")],
    /// A cancel that comes after the pivot is carried out, on a row that has ended.
    CancelAfterPivot "cancel-after-pivot" [SimulationOf("people")],
}

impl Mutation {
    /// The mutation with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mutation| mutation.name() == name)
    }

    /// Whether this is one of the tests that must notice it.
    pub fn is_noticed_by(self, witness: Witness) -> bool {
        self.witnesses().contains(&witness)
    }
}

/// A point at which the process may abort, as if by `kill -9`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrashPoint {
    /// All is written, nothing is committed.
    BeforeCommit,
    /// The database has committed, and memory does not know it yet.
    AfterCommit,
    /// The producer has taken a message.
    AfterProduce,
    /// Kafka has acknowledged messages, and the cursor has not moved yet.
    AfterAcknowledgement,
    /// The cursor has moved.
    AfterCursor,
}

impl CrashPoint {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::AfterProduce,
        Self::AfterAcknowledgement,
        Self::AfterCursor,
    ];

    /// Its name in `SAGA_CRASH`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::AfterProduce => "after-produce",
            Self::AfterAcknowledgement => "after-acknowledgement",
            Self::AfterCursor => "after-cursor",
        }
    }

    /// The crash point with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|point| point.name() == name)
    }
}
