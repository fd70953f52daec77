//! How often each fault is injected in a simulated world.

use super::rng::Rng;

/// How often each fault occurs: in a thousand attempts or, for actions of the world, the weight
/// of that action among all the others.
///
/// Every seed leaves about half of them out: one world with every fault
/// at once reaches fewer states than many worlds with a few faults each.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FaultRates {
    /// A statement lets others go first.
    pub yields: u64,
    /// A statement takes long.
    pub stalls: u64,
    /// The connection drops.
    pub broken: u64,
    /// A transaction loses against another one.
    pub conflicts: u64,
    /// The database refuses what is written.
    pub refusals: u64,
    /// A commit does not happen, and its answer is lost.
    pub commit_lost: u64,
    /// A commit happens, and its answer is lost.
    pub answer_lost: u64,
    /// The answer is lost, and the commit happens later, or not.
    pub in_doubt: u64,
    /// The broker does not take a message.
    pub not_delivered: u64,
    /// A partition takes no message for a while, as one does whose limits shrink.
    pub refusing: u64,
    /// The broker takes a message and reports to its producer that it has not.
    pub not_acknowledged: u64,
    /// The broker takes messages twice.
    pub twice: u64,
    /// The broker takes two messages in the wrong order.
    pub swapped: u64,
    /// The producer takes no more for a while.
    pub full: u64,
    /// An old message is written again.
    pub replays: u64,
    /// An instance dies.
    pub crashes: u64,
    /// An instance is stopped.
    pub stops: u64,
    /// A partition gets another owner.
    pub rebalances: u64,
    /// Of these, how many the old owner learns of only later.
    pub zombies: u64,
    /// A database becomes another one with the same content.
    pub moves: u64,
    /// A database is put back as it was some time ago.
    pub restores: u64,
    /// An external producer publishes what looks like a message of the saga.
    pub publishes: u64,
    /// A handler panics on an instance.
    pub panics: u64,
    /// A database refuses what is written for an instance.
    pub unstorable: u64,
    /// An external producer publishes bytes that cannot be decoded.
    pub garbage: u64,
    /// The clock of a database jumps ahead or back.
    pub jumps: u64,
    /// An operator acts on parked messages.
    pub operators: u64,
}

impl FaultRates {
    /// Draws the rates of one world.
    pub(crate) fn of(rng: &mut Rng) -> Self {
        // The audit can say less about a world with restores, so there are few of them.
        let restores = if rng.happens(80) { rng.between(1, 4) } else { 0 };
        let mut some = |most| if rng.happens(500) { rng.between(1, most) } else { 0 };
        let mut rates = Self {
            yields: some(400),
            stalls: some(60),
            broken: some(30),
            conflicts: some(60),
            refusals: some(20),
            commit_lost: some(100),
            answer_lost: some(100),
            in_doubt: some(60),
            not_delivered: some(120),
            refusing: 0,
            not_acknowledged: some(80),
            twice: some(120),
            swapped: some(60),
            full: some(40),
            replays: some(8),
            crashes: some(6),
            stops: some(3),
            rebalances: some(12),
            zombies: some(700),
            moves: some(4),
            restores,
            publishes: some(20),
            panics: some(300),
            unstorable: some(100),
            garbage: some(8),
            jumps: some(8),
            operators: some(25),
        };
        // Not drawn, so that every seed without it is the world it was.
        if rates.not_delivered % 4 == 1 {
            rates.refusing = rates.not_delivered / 2;
        }
        rates
    }
}
