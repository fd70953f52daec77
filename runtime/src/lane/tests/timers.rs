//! The lane of timers, with a service that waits for an approval.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use saga_step::flow::{Flow, Step};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::ORIGIN;
use crate::context::RequestContext;
use crate::event::{Event, Outcome, Undecodable};
use crate::lane::{Lane, TimerLane};
use crate::metrics::Metrics;
use crate::outcome::Refusal;
use crate::record::{Record, TopicPartition};
use crate::relay::{Command, RelayHandle};
use crate::rows::{AnySteps, AnyTable, Inputs, Rows, StepRows, Steps, TableSchema};
use crate::service::{Answer, ContextOf, Failing, Halt, Routes, Service};
use crate::store::{CommitFault, MemoryStore, PinnedTopic, Session as _, SqliteStore, Store};
use crate::topology::Topology;
use crate::traces::Traces;
use crate::wire::{Number, SEQ_HEADER};

const SECOND: Duration = Duration::from_secs(1);

/// A payment is asked for, or approved.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Word {
    id: i64,
    approved: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Decided {
    pub id: i64,
    pub success: bool,
}

impl Event for Decided {
    type Correlation = i64;
    const NAME: &'static str = "Decided";
    const TOPIC: &'static str = "taken";

    fn correlation(&self) -> &i64 {
        &self.id
    }

    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::of(self.success))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Words {
    asked: Option<Word>,
    approved: Option<Word>,
}

impl Inputs for Words {
    const STEP: &'static str = "decide";

    type Message = Word;

    fn has(&self, need: usize) -> bool {
        if need == 0 { self.asked.is_some() } else { self.approved.is_some() }
    }

    fn keep(&mut self, _: usize, word: &Word) {
        let kept = if word.approved { &mut self.approved } else { &mut self.asked };
        *kept = Some(word.clone());
    }
}

#[derive(Default)]
struct Desks {
    decide: StepRows<Words>,
}

impl Rows for Desks {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.decide]
    }
}

static FLOW: LazyLock<Flow> = LazyLock::new(|| {
    let decide = Step::of("decide", 0).needs(0).needs(1).deadline().kept();
    Flow::new(1, 4, vec![decide.publishes([2]).fails_with(3)], vec![], vec![])
});

/// Waits so many milliseconds for an approval.
#[derive(Default)]
struct Desk<const MILLIS: u64> {
    /// Whether the instance 13 cannot be closed.
    jinxed: AtomicBool,
}

impl<const MILLIS: u64> Service for Desk<MILLIS> {
    const SAGA: &'static str = "payment";
    const NAME: &'static str = "desk";
    const PORT: u16 = 1;
    const CONSUMES: &'static [&'static str] = &["orders"];
    const PUBLISHES: &'static [&'static str] = &["taken"];
    const AT: usize = 0;

    type Input = Word;
    type Request = Infallible;
    type Rows = Desks;
    type Correlation = i64;
    type Answered = Infallible;

    fn flow() -> &'static Flow {
        &FLOW
    }

    fn tables() -> Vec<TableSchema> {
        Vec::new()
    }

    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(_: &str, body: &[u8]) -> Result<Word, Undecodable> {
        serde_json::from_slice(body).map_err(|_| Undecodable::Topic("no word".to_owned()))
    }

    fn message(word: &Word) -> usize {
        usize::from(word.approved)
    }

    fn correlation(word: &Word) -> &i64 {
        &word.id
    }

    fn memory(rows: &mut Desks, _: usize) -> Option<&mut dyn Steps<Word>> {
        Some(&mut rows.decide)
    }

    fn decide(&self, _: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        cx.out.emit("decide", &Decided { id: *cx.correlation, success: true });
        Ok(0)
    }

    fn fail(&self, _: usize, why: &Failing, cx: &mut ContextOf<'_, Self>) {
        assert_eq!(*why, Failing::Deadline);
        assert!(*cx.correlation != 13 || !self.jinxed.load(Ordering::Relaxed), "bad luck");
        cx.out.emit("decide", &Decided { id: *cx.correlation, success: false });
    }

    fn deadline(_: usize) -> Option<Duration> {
        Some(Duration::from_millis(MILLIS))
    }

    fn answer(&self, no: &Infallible, _: &mut RequestContext<'_, Desks>) -> Result<Answer, Refusal> {
        match *no {}
    }
}

/// A service whose lane of timers can be started and stopped, over a database that stays.
pub(super) struct Rig<S: Service, D: Store> {
    pub service: Arc<S>,
    pub store: D,
    topology: Arc<Topology>,
    relay: RelayHandle,
    commands: mpsc::UnboundedReceiver<Command>,
    metrics: Arc<Metrics>,
    /// What has been published.
    decided: Vec<Decided>,
    offset: i64,
}

/// A lane of timers that runs.
pub(super) struct Running {
    waker: Arc<Notify>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    pub(super) async fn stop(self) {
        assert!(self.stop.send(()).is_ok(), "it runs");
        self.task.await.expect("it ends");
    }

    /// Ends it without a chance to finish anything.
    pub(super) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }
}

type Minute = Rig<Desk<60_000>, MemoryStore>;

impl<S: Service + Default, D: Store> Rig<S, D> {
    pub(super) async fn new(store: D) -> Self {
        store.prepare(S::SAGA, S::NAME, &[]).await.expect("tables");
        let names = ["orders", "taken"];
        let pinned = names.map(|topic| PinnedTopic { topic: topic.into(), partitions: 1, id: None });
        store.pin_topics(&pinned).await.expect("topics");
        let topology = Arc::new(Topology::new(S::NAME, &names, &pinned));
        let (to_relay, commands) = mpsc::unbounded_channel();
        let (lost, _) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(to_relay, lost, Arc::new(AtomicI64::new(0)));
        let metrics = Arc::new(Metrics::new(S::SAGA, S::NAME));
        let service = Arc::default();
        Self { service, store, topology, relay, commands, metrics, decided: Vec::new(), offset: 0 }
    }

    /// Handles messages, each about an instance.
    pub(super) async fn handle(&mut self, messages: impl IntoIterator<Item = (i64, impl Serialize)>) {
        let (desk, store, topology) = (self.service.clone(), self.store.clone(), self.topology.clone());
        let traces = Arc::new(Traces::off());
        let mut lane = Lane::new(desk, store, topology, self.relay.clone(), self.metrics.clone(), traces);
        lane.take_over(&[ORIGIN], &Default::default()).await.expect("a partition");
        for (id, message) in messages {
            let TopicPartition { topic, partition } = ORIGIN;
            let dseq = self.offset + 1;
            let number = Number { source: "s/0", incarnation: 1, topic, partition, dseq }.to_string();
            let headers = [(SEQ_HEADER.as_bytes(), Some(number.as_bytes()))];
            let body = serde_json::to_vec(&message).expect("JSON");
            let key = id.to_string();
            let record =
                Record::new(ORIGIN, self.offset, Some(key.as_bytes()), Some(&body), headers.into_iter());
            lane.enqueue(if self.offset == 0 { -1 } else { self.offset }, record);
            self.offset += 1;
        }
        lane.run_batch(Instant::now()).await.expect("a database");
    }

    pub(super) fn start(&self) -> Running {
        let (desk, store, topology) = (self.service.clone(), self.store.clone(), self.topology.clone());
        let traces = Arc::new(Traces::off());
        let lane = TimerLane::new(desk, store, topology, self.relay.clone(), self.metrics.clone(), traces);
        let waker = lane.waker();
        let (stop, stopped) = oneshot::channel::<()>();
        let (lost, losses) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let _lost = lost;
            lane.run(async { drop(stopped.await) }, losses).await;
        });
        Running { waker, stop, task }
    }

    /// What has been published so far.
    pub(super) fn decided(&mut self) -> &[Decided] {
        while let Ok(command) = self.commands.try_recv() {
            let Command::Feed(outbox) = command else { continue };
            let bodies = outbox.rows.iter().map(|row| &outbox.bytes[row.value.clone()]);
            self.decided.extend(bodies.map(|body| serde_json::from_slice::<Decided>(body).expect("JSON")));
        }
        &self.decided
    }

    /// The instances that have been closed so far, in ascending order, each as often as it was.
    fn closed(&mut self) -> Vec<i64> {
        let mut closed: Vec<_> = self.decided().iter().filter(|it| !it.success).map(|it| it.id).collect();
        closed.sort_unstable();
        closed
    }

    /// Waits until these instances have been closed, and no others, in ascending order.
    async fn closes(&mut self, expected: impl IntoIterator<Item = i64>) {
        let (began, expected) = (Instant::now(), Vec::from_iter(expected));
        while self.closed() != expected && began.elapsed() < 20 * SECOND {
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(self.closed(), expected);
    }

    pub(super) fn sample(&self, name: &str) -> Option<f64> {
        let text = self.metrics.text();
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }
}

impl<D: Store, const MILLIS: u64> Rig<Desk<MILLIS>, D> {
    async fn hear(&mut self, ids: impl IntoIterator<Item = i64>, approved: bool) {
        self.handle(ids.into_iter().map(|id| (id, Word { id, approved }))).await;
    }
}

impl Minute {
    async fn in_memory() -> Self {
        Self::new(MemoryStore::new()).await
    }
}

impl<S: Service> Rig<S, MemoryStore> {
    /// Lets time pass for the database, and the lane look.
    pub(super) async fn pass(&self, time: Duration, lane: &Running) {
        self.store.advance(time);
        for _ in 0..2 {
            lane.waker.notify_one();
            sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn a_deadline_closes_its_step_once() {
    let mut rig = Minute::in_memory().await;
    let lane = rig.start();
    rig.hear([1], false).await;
    rig.pass(59 * SECOND, &lane).await;
    rig.hear([1, 2], false).await;
    rig.pass(Duration::ZERO, &lane).await;
    assert_eq!(rig.closed(), Vec::<i64>::new());
    rig.pass(SECOND, &lane).await;
    rig.closes([1]).await;
    for _ in 0..5 {
        rig.pass(SECOND, &lane).await;
    }
    assert_eq!(rig.closed(), [1]);
    rig.pass(60 * SECOND, &lane).await;
    rig.closes([1, 2]).await;
    assert_eq!(rig.sample("saga_deadlines_fired_total{step=\"decide\"}"), Some(2.0));
    lane.stop().await;
}

#[tokio::test]
async fn a_step_that_runs_in_time_has_no_deadline_left() {
    let mut rig = Minute::in_memory().await;
    let lane = rig.start();
    rig.hear([1], false).await;
    rig.pass(59 * SECOND, &lane).await;
    rig.hear([1], true).await;
    let mut session = rig.store.session().await.expect("a session");
    assert_eq!(session.next_due().await.expect("an answer"), None);
    rig.pass(60 * SECOND, &lane).await;
    assert_eq!(rig.closed(), Vec::<i64>::new());
    lane.stop().await;
}

#[tokio::test]
async fn a_deadline_that_passed_while_nothing_ran_fires_at_once() {
    let mut rig = Minute::in_memory().await;
    rig.start().stop().await;
    rig.hear([1], false).await;
    rig.store.advance(3_600 * SECOND);
    let lane = rig.start();
    rig.closes([1]).await;
    lane.stop().await;
}

#[tokio::test]
async fn of_several_instances_one_closes_a_step() {
    let mut rig = Minute::in_memory().await;
    rig.hear(1..=1_200, false).await;
    rig.store.advance(60 * SECOND);
    let lanes = [rig.start(), rig.start(), rig.start()];
    rig.closes(1..=1_200).await;
    sleep(SECOND).await;
    rig.closes(1..=1_200).await;
    for lane in lanes {
        lane.stop().await;
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_closed_is_put_off_and_holds_up_no_other() {
    let mut rig = Minute::in_memory().await;
    rig.service.jinxed.store(true, Ordering::Relaxed);
    rig.hear(10..=20, false).await;
    let lane = rig.start();
    rig.pass(60 * SECOND, &lane).await;
    let others: Vec<_> = (10..=20).filter(|id| *id != 13).collect();
    rig.closes(others.clone()).await;
    for _ in 0..12 {
        rig.pass(30 * SECOND, &lane).await;
    }
    rig.closes(others).await;
    rig.service.jinxed.store(false, Ordering::Relaxed);
    rig.pass(30 * SECOND, &lane).await;
    rig.closes(10..=20).await;
    lane.stop().await;
}

#[tokio::test]
async fn a_row_that_is_locked_or_refused_holds_up_no_other() {
    let mut rig = Minute::in_memory().await;
    rig.hear(1..=5, false).await;
    rig.store.hold("decide", "2");
    rig.store.refuse_steps("\"id\":4");
    let lane = rig.start();
    rig.pass(60 * SECOND, &lane).await;
    rig.closes([1, 3, 5]).await;
    sleep(SECOND).await;
    assert_eq!(rig.sample("saga_steps_overdue"), Some(2.0));
    rig.store.let_go();
    rig.closes([1, 2, 3, 5]).await;
    rig.store.refuse_steps("");
    rig.closes(1..=5).await;
    lane.stop().await;
}

#[tokio::test]
async fn a_commit_without_an_answer_closes_a_step_once() {
    for (fault, fed) in [(CommitFault::BeforeApplied, vec![1, 2]), (CommitFault::AfterApplied, vec![2])] {
        let mut rig = Minute::in_memory().await;
        rig.hear([1], false).await;
        let lane = rig.start();
        rig.pass(59 * SECOND, &lane).await;
        rig.hear([2], false).await;
        rig.store.fail_next_commit(fault);
        rig.pass(SECOND, &lane).await;
        rig.pass(60 * SECOND, &lane).await;
        // The relay reads from the table what was committed without an answer.
        rig.closes(fed).await;
        let mut session = rig.store.session().await.expect("a session");
        assert_eq!(session.next_due().await.expect("an answer"), None, "{fault:?}");
        lane.stop().await;
    }
}

#[tokio::test]
async fn a_deadline_is_kept_by_sqlite() {
    let file = std::env::temp_dir().join(format!("saga-timers-{}.db", uuid::Uuid::new_v4().simple()));
    let store = SqliteStore::open(&file.to_string_lossy()).expect("a file");
    let mut rig = Rig::<Desk<1_000>, _>::new(store).await;
    rig.hear(1..=3, false).await;
    rig.hear([2], true).await;
    let lane = rig.start();
    rig.closes([1, 3]).await;
    sleep(SECOND).await;
    rig.closes([1, 3]).await;
    lane.stop().await;
    for suffix in ["", "-wal", "-shm", ".identity"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
}

#[test]
fn only_a_service_with_a_deadline_has_a_lane_of_timers() {
    assert!(TimerLane::<Desk<1>, MemoryStore>::is_needed());
    assert!(!TimerLane::<super::Shop, MemoryStore>::is_needed());
}
