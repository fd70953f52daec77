//! Calls, with a service that charges cards and a gateway that does not always answer.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, SystemTime};

use saga_step::flow::{Compensation, Flow, Step};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::timers::{Decided, Rig, Running};
use crate::call::{Call, CallError, Calling, Unanswered};
use crate::context::RequestContext;
use crate::event::Undecodable;
use crate::logging::tests::logs;
use crate::outcome::{Refusal, Rejection};
use crate::rows::{AnySteps, AnyTable, Inputs, Rows, StepRows, Steps, TableSchema};
use crate::service::{Answer, ContextOf, Failing, Halt, Routes, Service};
use crate::store::{CommitFault, MemoryStore, Session as _, Store as _};
use crate::traces::{Attempt, Kind, Span, Value};
use crate::wire::Trace;

const SECOND: Duration = Duration::from_secs(1);
const TRIES: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(60);

/// A trip is to be paid, or is cancelled.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Word {
    id: i64,
    cancels: bool,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Charge {
    asked: Option<Word>,
}

impl Inputs for Charge {
    const STEP: &'static str = "charge";

    type Message = Word;

    fn has(&self, _: usize) -> bool {
        self.asked.is_some()
    }

    fn keep(&mut self, _: usize, word: &Word) {
        self.asked = Some(word.clone());
    }
}

#[derive(Default)]
struct Tills {
    charge: StepRows<Charge>,
}

impl Rows for Tills {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.charge]
    }
}

static FLOW: LazyLock<Flow> = LazyLock::new(|| {
    let charge = Step::of("charge", 0).needs(0).calls().kept().publishes([1]).rejects_with(2);
    let charge = charge.undone(Compensation::Derived { failures: vec![3] });
    Flow::new(1, 4, vec![charge], vec![], vec![])
});

/// What the gateway does about a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Mood {
    #[default]
    Answers,
    Rejects,
    /// It answers once it is released.
    Waits,
    Breaks,
    Panics,
}

/// A call as the gateway saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    key: String,
    attempt: u32,
    undo: bool,
}

struct Gateway {
    seen: Mutex<Vec<Seen>>,
    /// What it does about charges, and about voiding them.
    moods: Mutex<[Mood; 2]>,
    released: watch::Sender<bool>,
    /// Whether the row that a charge creates cannot be created.
    key_is_taken: AtomicBool,
}

impl Default for Gateway {
    fn default() -> Self {
        let (seen, moods, key_is_taken) = Default::default();
        Self { seen, moods, released: watch::Sender::new(false), key_is_taken }
    }
}

impl Gateway {
    async fn call(&self, Call { key, attempt }: Call, undo: bool) -> Result<u32, CallError> {
        self.seen.lock().expect("a lock").push(Seen { key, attempt, undo });
        let mood = self.moods.lock().expect("a lock")[usize::from(undo)];
        match mood {
            Mood::Answers => {}
            Mood::Rejects => return Err(Rejection::because("no money").into()),
            Mood::Waits => drop(self.released.subscribe().wait_for(|released| *released).await),
            Mood::Breaks => return Err(Unanswered::because("connection reset").into()),
            Mood::Panics => panic!("ouch"),
        }
        Ok(attempt)
    }
}

#[derive(Default)]
struct Till {
    gateway: Arc<Gateway>,
}

impl Service for Till {
    const SAGA: &'static str = "trip";
    const NAME: &'static str = "till";
    const PORT: u16 = 1;
    const CONSUMES: &'static [&'static str] = &["orders"];
    const PUBLISHES: &'static [&'static str] = &["taken"];
    const AT: usize = 0;

    type Input = Word;
    type Request = Infallible;
    type Rows = Tills;
    type Correlation = i64;
    type Answered = u32;

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
        if word.cancels { 3 } else { 0 }
    }

    fn correlation(word: &Word) -> &i64 {
        &word.id
    }

    fn memory(rows: &mut Tills, _: usize) -> Option<&mut dyn Steps<Word>> {
        Some(&mut rows.charge)
    }

    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        let Some(_) = cx.answered else { return Err(Self::unexpected(step)) };
        if self.gateway.key_is_taken.load(Ordering::Relaxed) {
            return Err(Rejection::because("Receipt 7 exists already").into());
        }
        cx.out.emit("charge", &Decided { id: *cx.correlation, success: true });
        Ok(0)
    }

    fn fail(&self, _: usize, _: &Failing, cx: &mut ContextOf<'_, Self>) {
        cx.out.emit("charge", &Decided { id: *cx.correlation, success: false });
    }

    fn retries(_: usize) -> (u32, Duration) {
        (TRIES, TIMEOUT)
    }

    fn compensation_of(_: usize) -> &'static str {
        "void"
    }

    fn call(
        service: &Arc<Self>,
        _: usize,
        call: Call,
        key: &str,
        rows: &mut Tills,
    ) -> Option<Calling<Result<u32, CallError>>> {
        rows.charge.inputs(key).asked.as_ref()?;
        let gateway = service.gateway.clone();
        Some(Box::pin(async move { gateway.call(call, false).await }))
    }

    fn undo_call(
        service: &Arc<Self>,
        _: usize,
        call: Call,
        key: &str,
        rows: &mut Tills,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        rows.charge.inputs(key).asked.as_ref()?;
        let gateway = service.gateway.clone();
        Some(Box::pin(async move {
            gateway.call(call, true).await.map(drop).map_err(|_| Unanswered::because("broken"))
        }))
    }

    fn answer(&self, no: &Infallible, _: &mut RequestContext<'_, Tills>) -> Result<Answer, Refusal> {
        match *no {}
    }
}

impl Rig<Till, MemoryStore> {
    async fn with(charges: Mood, voids: Mood) -> Self {
        let rig = Self::new(MemoryStore::new()).await;
        rig.mood(charges, voids);
        rig
    }

    fn mood(&self, charges: Mood, voids: Mood) {
        *self.service.gateway.moods.lock().expect("a lock") = [charges, voids];
    }

    fn release(&self) {
        self.service.gateway.released.send_replace(true);
    }

    async fn hear(&mut self, ids: impl IntoIterator<Item = i64>, cancels: bool) {
        self.handle(ids.into_iter().map(|id| (id, Word { id, cancels }))).await;
    }

    fn seen(&self) -> Vec<Seen> {
        self.service.gateway.seen.lock().expect("a lock").clone()
    }

    /// Lets time pass until the gateway has seen so many calls.
    async fn sees(&mut self, calls: usize, lane: &Running) {
        let began = Instant::now();
        while self.seen().len() < calls && began.elapsed() < 20 * SECOND {
            self.pass(SECOND, lane).await;
        }
        assert!(self.seen().len() >= calls, "{:?}", self.seen());
    }

    /// Waits until so many steps have ended, and says which succeeded.
    async fn ends(&mut self, steps: usize) -> Vec<(i64, bool)> {
        let began = Instant::now();
        while self.decided().len() < steps && began.elapsed() < 20 * SECOND {
            sleep(Duration::from_millis(10)).await;
        }
        let mut ends: Vec<_> = self.decided().iter().map(|it| (it.id, it.success)).collect();
        ends.sort_unstable();
        ends
    }

    /// Waits until nothing is due any more, ever.
    async fn rests(&self) {
        let (began, mut due) = (Instant::now(), None);
        while began.elapsed() < 20 * SECOND {
            let mut session = self.store.session().await.expect("a session");
            due = session.next_due().await.expect("an answer");
            if due.is_none() {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("something is due in {due:?}");
    }
}

/// Whether all calls had the same key.
fn one_key(seen: &[Seen]) -> bool {
    seen.iter().all(|it| it.key == seen[0].key)
}

#[tokio::test]
async fn the_answer_to_a_call_decides_its_step() {
    for (mood, succeeds) in [(Mood::Answers, true), (Mood::Rejects, false)] {
        let mut rig = Rig::with(mood, Mood::Answers).await;
        rig.hear([1, 2], false).await;
        let lane = rig.start();
        assert_eq!(rig.ends(2).await, [(1, succeeds), (2, succeeds)]);
        rig.rests().await;
        let seen = rig.seen();
        assert!(seen.len() == 2 && seen[0].key != seen[1].key, "{seen:?}");
        lane.stop().await;
    }
}

#[tokio::test]
async fn every_attempt_has_the_same_key() {
    let mut rig = Rig::with(Mood::Breaks, Mood::Answers).await;
    rig.hear([1], false).await;
    let lane = rig.start();
    rig.sees(1, &lane).await;
    rig.mood(Mood::Panics, Mood::Answers);
    rig.sees(2, &lane).await;
    rig.mood(Mood::Answers, Mood::Answers);
    rig.sees(3, &lane).await;
    assert_eq!(rig.ends(1).await, [(1, true)]);
    let seen = rig.seen();
    assert!(one_key(&seen), "{seen:?}");
    assert_eq!(seen.iter().map(|it| it.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(rig.sample("saga_call_attempts_total{step=\"charge\",result=\"unanswered\"}"), Some(2.0));
    assert_eq!(rig.sample("saga_calls_in_flight{step=\"charge\"}"), Some(0.0));
    lane.stop().await;
}

#[tokio::test]
async fn a_call_without_an_answer_fails_its_step_and_is_undone() {
    let mut rig = Rig::with(Mood::Breaks, Mood::Breaks).await;
    rig.hear([1], false).await;
    let lane = rig.start();
    rig.sees(3, &lane).await;
    assert!(rig.seen().iter().take(3).all(|it| !it.undo));
    assert_eq!(rig.ends(1).await, [(1, false)]);
    // It is undone however often that fails.
    rig.sees(3 + 8, &lane).await;
    rig.mood(Mood::Breaks, Mood::Answers);
    rig.sees(rig.seen().len() + 1, &lane).await;
    rig.rests().await;
    let seen = rig.seen();
    assert!(one_key(&seen), "{seen:?}");
    assert!(seen.iter().enumerate().all(|(at, it)| it.undo == (at >= 3)), "{seen:?}");
    assert_eq!(rig.sample("saga_calls_given_up_total{step=\"charge\"}"), Some(1.0));
    assert_eq!(rig.ends(1).await, [(1, false)]);
    lane.stop().await;
}

#[tokio::test]
async fn a_call_that_took_effect_is_undone_if_its_step_cannot_succeed() {
    let mut rig = Rig::with(Mood::Answers, Mood::Answers).await;
    rig.service.gateway.key_is_taken.store(true, Ordering::Relaxed);
    rig.hear([1], false).await;
    let lane = rig.start();
    assert_eq!(rig.ends(1).await, [(1, false)]);
    rig.sees(2, &lane).await;
    rig.rests().await;
    let seen = rig.seen();
    assert!(seen.len() == 2 && one_key(&seen) && seen[1].undo, "{seen:?}");
    lane.stop().await;
}

#[tokio::test]
async fn the_log_says_what_was_asked_and_why_it_was_not_answered() {
    let logs = logs("info");
    let mut rig = Rig::with(Mood::Breaks, Mood::Breaks).await;
    rig.hear([1], false).await;
    let lane = rig.start();
    rig.sees(3 + 3, &lane).await;
    rig.mood(Mood::Breaks, Mood::Answers);
    rig.sees(3 + 4, &lane).await;
    rig.rests().await;
    lane.stop().await;
    let text = logs.text();
    let line = |part: &str| {
        let line = text.lines().find(|line| line.contains(part));
        line.unwrap_or_else(|| panic!("{part} is not in\n{text}"))
    };
    assert!(line("a call exhausted its retries").contains("why=\"connection reset\""), "{text}");
    let undone = line("compensates=\"charge\"");
    assert!(undone.contains("step=\"void\"") && undone.contains("why=\"broken\""), "{text}");
    assert!(line("charge is compensated").contains("till void: done: charge is compensated"), "{text}");
}

#[tokio::test]
async fn a_call_starts_when_it_is_recorded() {
    let mut rig = Rig::with(Mood::Answers, Mood::Answers).await;
    rig.hear([1], false).await;
    rig.store.fail_next_commit(CommitFault::BeforeApplied);
    let lane = rig.start();
    assert_eq!(rig.ends(1).await, [(1, true)]);
    let seen = rig.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    lane.stop().await;
}

#[tokio::test]
async fn a_call_that_dies_with_its_instance_is_made_again() {
    let mut rig = Rig::with(Mood::Waits, Mood::Answers).await;
    rig.hear([1], false).await;
    let lane = rig.start();
    rig.sees(1, &lane).await;
    lane.kill().await;
    rig.mood(Mood::Answers, Mood::Answers);
    let lane = rig.start();
    rig.pass(TIMEOUT, &lane).await;
    assert_eq!(rig.seen().len(), 1, "its answer might still come");
    rig.sees(2, &lane).await;
    assert_eq!(rig.ends(1).await, [(1, true)]);
    assert!(one_key(&rig.seen()));
    lane.stop().await;
}

#[tokio::test]
async fn an_answer_that_another_instance_has_is_dropped() {
    let mut rig = Rig::with(Mood::Waits, Mood::Answers).await;
    rig.hear([1], false).await;
    let slow = rig.start();
    rig.sees(1, &slow).await;
    rig.mood(Mood::Answers, Mood::Answers);
    let quick = rig.start();
    rig.pass(TIMEOUT, &quick).await;
    rig.sees(2, &quick).await;
    assert_eq!(rig.ends(1).await, [(1, true)]);
    rig.release();
    for _ in 0..3 {
        rig.pass(SECOND, &slow).await;
    }
    assert_eq!(rig.ends(1).await, [(1, true)]);
    slow.stop().await;
    quick.stop().await;
}

#[tokio::test]
async fn a_call_of_a_saga_that_has_failed_is_undone_after_its_answer() {
    let mut rig = Rig::with(Mood::Waits, Mood::Answers).await;
    rig.hear([1, 2], false).await;
    let lane = rig.start();
    rig.sees(2, &lane).await;
    rig.hear([1], true).await;
    rig.pass(SECOND, &lane).await;
    assert_eq!(rig.seen().len(), 2, "it is not known yet what to undo");
    rig.release();
    rig.sees(3, &lane).await;
    rig.hear([2], true).await;
    rig.sees(4, &lane).await;
    rig.rests().await;
    assert_eq!(rig.ends(2).await, [(1, true), (2, true)]);
    let seen = rig.seen();
    let key = |undo: bool| {
        let mut keys: Vec<_> = seen.iter().filter(|it| it.undo == undo).map(|it| it.key.clone()).collect();
        keys.sort();
        keys
    };
    assert_eq!(key(true), key(false));
    lane.stop().await;
}

#[tokio::test]
async fn calls_in_flight_are_bounded_and_hold_up_nothing_else() {
    let mut rig = Rig::with(Mood::Waits, Mood::Answers).await;
    rig.hear(1..=100, false).await;
    let lane = rig.start();
    rig.sees(32, &lane).await;
    rig.pass(SECOND, &lane).await;
    assert_eq!(rig.seen().len(), 32);
    assert_eq!(rig.sample("saga_calls_in_flight{step=\"charge\"}"), Some(32.0));
    rig.release();
    assert_eq!(rig.ends(100).await, (1..=100).map(|id| (id, true)).collect::<Vec<_>>());
    assert_eq!(rig.seen().len(), 100);
    lane.stop().await;
}

#[tokio::test]
async fn a_lane_that_stops_takes_the_answers_that_come_in_time() {
    let mut rig = Rig::with(Mood::Waits, Mood::Answers).await;
    rig.hear([1], false).await;
    let lane = rig.start();
    rig.sees(1, &lane).await;
    let gateway = rig.service.gateway.clone();
    tokio::spawn(async move {
        sleep(SECOND / 5).await;
        gateway.released.send_replace(true);
    });
    lane.stop().await;
    assert_eq!(rig.ends(1).await, [(1, true)]);
}

#[test]
fn an_attempt_has_a_span_of_its_own() {
    let (trace, now) = (Trace::root(), SystemTime::now());
    let attempt = Attempt { step: "charge", correlation: "7", number: 3, result: "unanswered" };
    let Span { trace: place, kind, name, attributes, .. } = Span::call::<Till>(trace, (now, now), attempt);
    assert_eq!((place, kind, name.as_str()), (trace, Kind::Client, "call charge"));
    for said in [
        ("saga.correlation", Value::Text("7".into())),
        ("saga.step", Value::Text("charge".into())),
        ("saga.attempt", Value::Number(3)),
        ("saga.result", Value::Text("unanswered".into())),
    ] {
        assert!(attributes.contains(&said), "{said:?}: {attributes:?}");
    }
}
