//! The task behind the relay.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{debug, info, warn};

use super::age::Ages;
use super::backoff::Backoff;
use super::shard::{Offer, ShardRelay};
use super::{Command, Publish, Report};
use crate::metrics::Metrics;
use crate::mutation::{self, CrashPoint};
use crate::store::{
    Outbox, RestoreEvidence, Session, ShardId, Store, StoreError, Token, Unpublished, input_of,
};

/// How many messages of one shard may await their reports.
const WINDOW: usize = 10_000;
/// How many messages are read from the table at a time.
const PAGE: i64 = 5_000;
/// How often the cursors are stored.
const CURSOR_EVERY: Duration = Duration::from_millis(100);
/// How many acknowledged messages are worth storing the cursors at once.
const CURSOR_AFTER: i64 = 1_000;
/// How often to look for shards that no instance publishes for.
const ORPHANS_EVERY: Duration = Duration::from_secs(3);
/// After how long an input shard that this version does not read is taken for abandoned.
const UNATTENDED: Duration = Duration::from_secs(60);
/// The wait after an error of the database.
const PAUSE: Duration = Duration::from_millis(500);

/// A message that awaits its report. If its shard has been adopted again since, the report is ignored.
struct InFlight {
    shard: ShardId,
    adoption: u64,
    seq: i64,
    reported: Option<bool>,
}

struct Adopted {
    relay: ShardRelay,
    ages: Ages,
    adoption: u64,
    /// Its lane; none for a shard whose instance is gone.
    owner: Option<mpsc::UnboundedSender<ShardId>>,
    /// The topic of its next message, while nothing may go there.
    barred: Option<String>,
    /// The wait since Kafka did not take its messages.
    backoff: Option<Backoff>,
}

/// Whether a service reads a partition of a topic.
type Reads = Box<dyn Fn(&str, i32) -> bool + Send>;

struct Task<D: Store, P: Publish> {
    store: D,
    session: Option<D::Session>,
    publisher: P,
    /// In order, so that a simulation can be repeated.
    shards: BTreeMap<ShardId, Adopted>,
    in_flight: VecDeque<InFlight>,
    /// The id of the first of `in_flight`.
    first_id: u64,
    adoptions: u64,
    flushing: Vec<oneshot::Sender<()>>,
    /// Do not touch the database before.
    pause_until: Instant,
    /// When to look for orphans next.
    look_at: Instant,
    reads: Reads,
    /// Input shards that this version does not read, and since when they stand still.
    unattended: BTreeMap<String, (Unpublished, Instant)>,
    backlog: Arc<AtomicI64>,
    metrics: Arc<Metrics>,
}

/// Serves all shards until every handle is gone. `reads` says of a topic and a partition whether
/// this service reads it: the input shards of others have no lane that would publish for them.
pub async fn run<D: Store, P: Publish>(
    store: D,
    publisher: P,
    mut commands: mpsc::UnboundedReceiver<Command>,
    mut reports: mpsc::UnboundedReceiver<Report>,
    backlog: Arc<AtomicI64>,
    metrics: Arc<Metrics>,
    reads: impl Fn(&str, i32) -> bool + Send + 'static,
) {
    let mut task = Task {
        reads: Box::new(reads),
        unattended: BTreeMap::new(),
        store,
        session: None,
        publisher,
        shards: BTreeMap::new(),
        in_flight: VecDeque::new(),
        first_id: 0,
        adoptions: 0,
        flushing: Vec::new(),
        pause_until: Instant::now(),
        look_at: Instant::now() + ORPHANS_EVERY,
        backlog,
        metrics,
    };
    let mut tick = interval(CURSOR_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        mutation::panic_in("relay");
        let mut store_cursors = false;
        // What is rarely ready comes first, so that nothing starves.
        tokio::select! {
            biased;
            _ = tick.tick() => store_cursors = true,
            Some(report) = reports.recv() => task.report(report),
            command = commands.recv() => match command {
                Some(command) => task.obey(command),
                None => return,
            },
        }
        while let Ok(command) = commands.try_recv() {
            task.obey(command);
        }
        while let Ok(report) = reports.try_recv() {
            task.report(report);
        }
        task.work(store_cursors).await;
    }
}

impl<D: Store, P: Publish> Task<D, P> {
    fn obey(&mut self, command: Command) {
        match command {
            Command::Adopt { shard, token, cursor, last_seq, owner } => {
                self.adopt(shard, ShardRelay::new(shard, token, cursor, last_seq), Some(owner));
            }
            Command::Drop(shard) => {
                self.shards.remove(&shard);
            }
            Command::Feed(outbox) => self.offer_all(&outbox),
            Command::Flush(done) => self.flushing.push(done),
        }
    }

    fn adopt(&mut self, shard: ShardId, relay: ShardRelay, owner: Option<mpsc::UnboundedSender<ShardId>>) {
        self.adoptions += 1;
        let mut ages = Ages::default();
        ages.committed(relay.acknowledged() + relay.backlog(), SystemTime::now());
        ages.acknowledged(relay.acknowledged());
        let adoption = self.adoptions;
        self.shards.insert(shard, Adopted { relay, ages, adoption, owner, barred: None, backoff: None });
    }

    /// Offers messages to the relays of their shards, and publishes those whose turn it is.
    fn offer_all(&mut self, outbox: &Outbox) {
        let now = SystemTime::now();
        for row in &outbox.rows {
            let Some(adopted) = self.shards.get_mut(&row.shard) else { continue };
            adopted.ages.committed(row.seq, now);
            let relay = &mut adopted.relay;
            let waiting = adopted.backoff.is_some_and(|backoff| backoff.lasts(Instant::now()));
            let room = relay.outstanding() < WINDOW && adopted.barred.is_none() && !waiting;
            if relay.offer(row.seq, row.incarnation, room) != Offer::Publish {
                continue;
            }
            if !self.publisher.takes(&row.topic) {
                adopted.barred = Some(row.topic.to_string());
                continue;
            }
            let id = self.first_id + self.in_flight.len() as u64;
            if self.publisher.publish(id, row, &outbox.bytes).is_ok() {
                relay.published(row.seq, row.incarnation, row.dseq == 1);
                mutation::crash_at(CrashPoint::AfterProduce);
                let adoption = adopted.adoption;
                self.in_flight.push_back(InFlight {
                    shard: row.shard,
                    adoption,
                    seq: row.seq,
                    reported: None,
                });
            }
        }
    }

    fn report(&mut self, Report { id, delivered }: Report) {
        self.metrics.outbox.reported(delivered);
        let at = usize::try_from(id.wrapping_sub(self.first_id)).unwrap_or(usize::MAX);
        let Some(in_flight) = self.in_flight.get_mut(at) else { return };
        in_flight.reported = Some(delivered);
        let adopted = self.shards.get_mut(&in_flight.shard);
        if let Some(adopted) = adopted.filter(|adopted| adopted.adoption == in_flight.adoption)
            && adopted.relay.reported(in_flight.seq, delivered)
        {
            adopted.backoff = Some(Backoff::after(adopted.backoff, Instant::now()));
        }
        while self.in_flight.front().is_some_and(|first| first.reported.is_some()) {
            self.in_flight.pop_front();
            self.first_id += 1;
        }
    }

    /// Everything that needs the database: catching up, and moving cursors.
    async fn work(&mut self, tick: bool) {
        let backlog = self.shards.values().map(|adopted| adopted.relay.backlog()).sum();
        self.backlog.store(backlog, Ordering::Relaxed);
        self.shards.values_mut().for_each(|adopted| adopted.ages.acknowledged(adopted.relay.acknowledged()));
        let oldest = self.shards.values().filter_map(|adopted| adopted.ages.oldest()).min();
        self.metrics.outbox.waits(backlog, oldest);
        if Instant::now() < self.pause_until {
            return;
        }
        if let Err(error) = self.try_work(tick).await {
            warn!(%error, "the relay failed; reclaiming its shards");
            self.session = None;
            self.pause_until = Instant::now() + PAUSE;
            let shards: Vec<ShardId> = self.shards.keys().copied().collect();
            shards.into_iter().for_each(|shard| self.lose(shard));
        }
        if self
            .shards
            .values()
            .all(|adopted| adopted.relay.backlog() == 0 && adopted.relay.cursor_move().is_none())
        {
            for done in self.flushing.drain(..) {
                let _ = done.send(());
            }
        }
    }

    async fn try_work(&mut self, tick: bool) -> Result<(), StoreError> {
        if Instant::now() >= self.look_at {
            self.look_at = Instant::now() + ORPHANS_EVERY;
            self.adopt_orphans().await?;
        }
        self.catch_up().await?;
        let moves: Vec<_> = self.shards.values().filter_map(|adopted| adopted.relay.cursor_move()).collect();
        let acknowledged: i64 = moves.iter().map(|cursor| cursor.to - cursor.from).sum();
        if moves.is_empty() || !(tick || acknowledged >= CURSOR_AFTER || !self.flushing.is_empty()) {
            return Ok(());
        }
        mutation::crash_at(CrashPoint::AfterAcknowledgement);
        let lost = self.session().await?.move_cursors(&moves).await?;
        mutation::crash_at(CrashPoint::AfterCursor);
        self.metrics.lanes.lost(lost.len());
        for cursor in &moves {
            if lost.contains(&cursor.shard) {
                self.lose(cursor.shard);
            } else if let Some(adopted) = self.shards.get_mut(&cursor.shard) {
                adopted.relay.cursor_moved(cursor.to);
            }
        }
        Ok(())
    }

    /// Publishes what is left of instances that are gone: their lease has run out.
    async fn adopt_orphans(&mut self) -> Result<(), StoreError> {
        let drained = |adopted: &Adopted| {
            adopted.owner.is_none() && adopted.relay.cursor_move().is_none() && adopted.relay.backlog() == 0
        };
        let done: Vec<_> = self.shards.iter().filter(|(_, adopted)| drained(adopted)).collect();
        let done: Vec<_> = done.into_iter().map(|(shard, adopted)| (*shard, adopted.relay.token())).collect();
        let session = self.session().await?;
        session.release(&done).await?;
        let mut names = session.orphans().await?;
        let unpublished = session.unpublished().await?;
        self.shards.retain(|_, adopted| !drained(adopted));
        names.extend(self.find_unattended(unpublished));
        if names.is_empty() {
            return Ok(());
        }
        let token = Token::random();
        for state in self.session().await?.take_over(&names, token, &RestoreEvidence::default()).await? {
            self.metrics.lanes.took_over(1);
            info!(
                shard = state.name,
                messages = state.last_seq - state.cursor,
                "publishing for an instance that is gone"
            );
            self.adopt(state.id, ShardRelay::new(state.id, token, state.cursor, state.last_seq), None);
        }
        Ok(())
    }

    /// The input shards that no lane of this version will ever take over, and that have stood still for a
    /// while. An instance of an older version may still own one: it would be moving it,
    /// unless Kafka is away, and if it is fenced all the same, it takes over again and is left alone
    /// for as long.
    fn find_unattended(&mut self, unpublished: Vec<Unpublished>) -> Vec<String> {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.unattended);
        let mut names = Vec::new();
        for shard in unpublished {
            let is_read =
                input_of(&shard.name).is_none_or(|(topic, partition)| (self.reads)(topic, partition));
            if is_read {
                continue;
            }
            let since = match before.remove(&shard.name) {
                Some((same, since)) if same == shard => since,
                _ => now,
            };
            if now.duration_since(since) >= UNATTENDED {
                names.push(shard.name);
            } else {
                self.unattended.insert(shard.name.clone(), (shard, since));
            }
        }
        names
    }

    /// Reads from the table what was not published from memory.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        for adopted in self.shards.values_mut() {
            // Until it may go on, its table need not be read.
            adopted.barred = adopted.barred.take().filter(|topic| !self.publisher.takes(topic));
        }
        let behind: Vec<_> = self
            .shards
            .iter()
            .filter(|(_, adopted)| adopted.relay.outstanding() < WINDOW / 2 && adopted.barred.is_none())
            .filter(|(_, adopted)| !adopted.backoff.is_some_and(|backoff| backoff.lasts(Instant::now())))
            .filter_map(|(shard, adopted)| Some((*shard, adopted.relay.behind()?)))
            .collect();
        for (shard, after) in behind {
            let page = self.session().await?.outbox_page(shard, after, PAGE).await?;
            if page.rows.is_empty() {
                debug!(?shard, after, "committed messages are not in the outbox");
                self.lose(shard);
            }
            if let Some(adopted) =
                self.shards.get_mut(&shard).filter(|adopted| adopted.relay.acknowledged() == after)
            {
                adopted.ages.found(&page);
            }
            self.offer_all(&page);
        }
        Ok(())
    }

    fn lose(&mut self, shard: ShardId) {
        if let Some(Adopted { owner: Some(owner), .. }) = self.shards.remove(&shard) {
            // A lane that is gone needs no telling.
            let _ = owner.send(shard);
        }
    }

    async fn session(&mut self) -> Result<&mut D::Session, StoreError> {
        match &mut self.session {
            Some(session) => Ok(session),
            slot => Ok(slot.insert(self.store.session().await?)),
        }
    }
}
