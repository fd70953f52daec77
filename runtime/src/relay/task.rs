//! The task behind the relay.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tracing::{debug, error, info, warn};

use super::age::Ages;
use super::orphans::ORPHANS_EVERY;
use super::shard::{Offer, ShardRelay};
use super::{Cause, Command, Delivery, Publish, Report};
use crate::metrics::Metrics;
use crate::mutation::{self, CrashPoint};
use crate::repeats::Repeats;
use crate::store::{Outbox, Session, ShardId, Store, StoreError, Unpublished};

/// How many messages of one shard may await their reports.
const WINDOW: usize = 10_000;
/// The most messages that are read from the table at a time, and how many at first.
const PAGE: i64 = 5_000;
const FIRST_PAGE: i64 = 200;
/// The bytes that such a page should have: messages can be large.
const PAGE_BYTES: usize = 8 << 20;
/// How often the cursors are stored.
const CURSOR_EVERY: Duration = Duration::from_millis(100);
/// How many acknowledged messages are worth storing the cursors at once.
const CURSOR_AFTER: i64 = 1_000;
/// The wait after an error of the database.
const PAUSE: Duration = Duration::from_millis(500);

/// A message that awaits its report. If its shard has been adopted again since, the report is ignored.
struct InFlight {
    shard: ShardId,
    adoption: u64,
    seq: i64,
    /// The place of its destination.
    destination: usize,
    bytes: usize,
    reported: bool,
}

pub(super) struct Adopted {
    pub relay: ShardRelay,
    ages: Ages,
    adoption: u64,
    /// Its lane; none for a shard whose instance is gone.
    pub owner: Option<mpsc::UnboundedSender<ShardId>>,
}

/// Whether a service reads a partition of a topic.
type Reads = Box<dyn Fn(&str, i32) -> bool + Send>;
/// Hears which messages Kafka does not take, by name, and why.
pub type Hears = Box<dyn Fn(Vec<(String, String)>) + Send>;

/// What the relay has of its surroundings.
pub struct Surroundings {
    /// The service's name.
    pub service: &'static str,
    /// Messages committed and not acknowledged.
    pub backlog: Arc<AtomicI64>,
    /// Where it measures.
    pub metrics: Arc<Metrics>,
    /// Whether this service reads a partition of a topic: the input shards of others have no lane that
    /// would publish for them.
    pub reads: Reads,
    /// Hears which messages Kafka does not take, whenever that changes.
    pub stuck: Hears,
}

pub(super) struct Task<D: Store, P: Publish> {
    store: D,
    session: Option<D::Session>,
    publisher: P,
    /// In order, so that a simulation can be repeated.
    pub(super) shards: BTreeMap<ShardId, Adopted>,
    in_flight: VecDeque<InFlight>,
    /// The id of the first of `in_flight`.
    first_id: u64,
    adoptions: u64,
    flushing: Vec<oneshot::Sender<()>>,
    /// Do not touch the database before.
    pause_until: Instant,
    /// When to look for orphans next.
    pub(super) look_at: Instant,
    /// Input shards that this version does not read, and since when they stand still.
    pub(super) unattended: BTreeMap<String, (Unpublished, Instant)>,
    /// How many messages are read from the table next.
    page: i64,
    /// The messages that were last reported as stuck.
    stuck: Vec<(String, String)>,
    repeats: Repeats,
    pub(super) around: Surroundings,
}

/// Serves all shards until every handle is gone.
pub async fn run<D: Store, P: Publish>(
    store: D,
    publisher: P,
    mut commands: mpsc::UnboundedReceiver<Command>,
    mut reports: mpsc::UnboundedReceiver<Report>,
    around: Surroundings,
) {
    let mut task = Task {
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
        page: FIRST_PAGE,
        stuck: Vec::new(),
        repeats: Repeats::new(),
        around,
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

    pub(super) fn adopt(
        &mut self,
        shard: ShardId,
        relay: ShardRelay,
        owner: Option<mpsc::UnboundedSender<ShardId>>,
    ) {
        self.adoptions += 1;
        let mut ages = Ages::default();
        ages.committed(relay.acknowledged() + relay.backlog(), SystemTime::now());
        ages.acknowledged(relay.acknowledged());
        let adoption = self.adoptions;
        self.shards.insert(shard, Adopted { relay, ages, adoption, owner });
    }

    /// Offers messages to the relays of their shards, and publishes those whose turn it is.
    fn offer_all(&mut self, outbox: &Outbox) {
        let (time, now) = (SystemTime::now(), Instant::now());
        let mut ready = self.publisher.is_ready();
        for row in &outbox.rows {
            let Some(adopted) = self.shards.get_mut(&row.shard) else { continue };
            adopted.ages.committed(row.seq, time);
            let relay = &mut adopted.relay;
            let room = ready && relay.outstanding() < WINDOW;
            let takes = self.publisher.takes(&row.topic);
            let Offer::Publish(destination) = relay.offer(row, room, takes, now) else { continue };
            let id = self.first_id + self.in_flight.len() as u64;
            if self.publisher.publish(id, row, &outbox.bytes).is_err() {
                ready = false;
                continue;
            }
            relay.published(destination, row.seq, row.incarnation, row.dseq == 1);
            mutation::crash_at(CrashPoint::AfterProduce);
            self.in_flight.push_back(InFlight {
                shard: row.shard,
                adoption: adopted.adoption,
                seq: row.seq,
                destination,
                bytes: row.key.len() + row.headers.len() + row.value.len(),
                reported: false,
            });
        }
    }

    fn report(&mut self, Report { id, delivery }: Report) {
        if delivery == Delivery::Gone {
            let gone: Vec<u64> = (self.first_id..=id).take(self.in_flight.len()).collect();
            gone.into_iter().for_each(|id| self.settle(id, Delivery::Failed(Cause::default())));
        } else {
            self.around.metrics.outbox.reported(delivery == Delivery::Delivered);
            self.settle(id, delivery);
        }
        while self.in_flight.front().is_some_and(|first| first.reported) {
            self.in_flight.pop_front();
            self.first_id += 1;
        }
    }

    /// Records what became of a message, unless that is known.
    fn settle(&mut self, id: u64, delivery: Delivery) {
        let at = usize::try_from(id.wrapping_sub(self.first_id)).unwrap_or(usize::MAX);
        let Some(in_flight) = self.in_flight.get_mut(at).filter(|it| !it.reported) else { return };
        in_flight.reported = true;
        let InFlight { shard, seq, destination, bytes, .. } = *in_flight;
        let adopted = self.shards.get_mut(&shard).filter(|adopted| adopted.adoption == in_flight.adoption);
        let Some(adopted) = adopted else { return };
        let now = Instant::now();
        match delivery {
            Delivery::Failed(cause) => adopted.relay.failed(destination, seq, bytes, cause, now),
            Delivery::Gone => {}
            Delivery::Delivered => {
                if let Some(destination) = adopted.relay.delivered(destination, seq, now) {
                    let (topic, partition) = (&destination.topic, destination.partition);
                    info!(service = self.around.service, %topic, partition, "publishing resumed");
                }
            }
        }
    }

    /// Says what Kafka does not take. The log has each reason once a minute, and `/readyz` every message.
    fn tell_stuck(&mut self) {
        let service = self.around.service;
        let mut stuck: Vec<(String, String)> = Vec::new();
        for (shard, adopted) in &self.shards {
            for message in adopted.relay.stuck() {
                let advice = message.advice(service, *shard);
                if let Some(repeated) = self.repeats.due(&format!("{} {}", message.topic, message.reason)) {
                    error!(
                        service,
                        repeated, "publishing STOPPED: {advice}. `/readyz` names every such message"
                    );
                }
                stuck.push((format!("{}/{}", shard.0, message.seq), advice));
            }
        }
        let messages = stuck.len();
        stuck.extend(self.publisher.trouble().map(|reason| ("producer".to_owned(), reason)));
        if stuck != self.stuck {
            self.around.metrics.outbox.stuck(messages);
            (self.around.stuck)(stuck.clone());
            self.stuck = stuck;
        }
    }

    /// Everything that needs the database: catching up, and moving cursors.
    async fn work(&mut self, tick: bool) {
        let backlog = self.shards.values().map(|adopted| adopted.relay.backlog()).sum();
        self.around.backlog.store(backlog, Ordering::Relaxed);
        self.shards.values_mut().for_each(|adopted| adopted.ages.acknowledged(adopted.relay.acknowledged()));
        let oldest = self.shards.values().filter_map(|adopted| adopted.ages.oldest()).min();
        self.around.metrics.outbox.waits(backlog, oldest);
        if tick {
            self.tell_stuck();
        }
        if Instant::now() < self.pause_until {
            return;
        }
        if let Err(error) = self.try_work(tick).await {
            if let Some(repeated) = self.repeats.due(&error.to_string()) {
                warn!(%error, repeated, "the relay failed; reclaiming its shards");
            }
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
        self.around.metrics.lanes.lost(lost.len());
        for cursor in &moves {
            if lost.contains(&cursor.shard) {
                self.lose(cursor.shard);
            } else if let Some(adopted) = self.shards.get_mut(&cursor.shard) {
                adopted.relay.cursor_moved(cursor.to);
            }
        }
        Ok(())
    }

    /// Reads from the table what was not published from memory.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        if !self.publisher.is_ready() {
            return Ok(());
        }
        let now = Instant::now();
        let takes = |topic: &str| self.publisher.takes(topic);
        let behind: Vec<_> = self
            .shards
            .iter()
            .filter(|(_, adopted)| adopted.relay.outstanding() < WINDOW / 2)
            .flat_map(|(shard, adopted)| {
                adopted.relay.behind(takes, now).into_iter().map(|after| (*shard, after))
            })
            .collect();
        for (shard, after) in behind {
            let rows = self.page;
            let page = self.session().await?.outbox_page(shard, after, rows).await?;
            self.page = match page.bytes.len() {
                bytes if bytes > PAGE_BYTES => (rows / 2).max(1),
                bytes if bytes < PAGE_BYTES / 4 => (rows * 2).min(PAGE),
                _ => rows,
            };
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

    pub(super) async fn session(&mut self) -> Result<&mut D::Session, StoreError> {
        match &mut self.session {
            Some(session) => Ok(session),
            slot => Ok(slot.insert(self.store.session().await?)),
        }
    }
}
