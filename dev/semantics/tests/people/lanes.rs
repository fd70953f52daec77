//! Clients of a service, in its request lanes: several at once, and one that asks again.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Instant;

use saga_runtime::context::Exhausted;
use saga_runtime::lane::requests::{Job, Reply, RequestLane};
use saga_runtime::metrics::Metrics;
use saga_runtime::protocol::batch::{self, Item};
use saga_runtime::record::{Record, TopicPartition};
use saga_runtime::relay::RelayHandle;
use saga_runtime::store::{MemoryStore, RequestKey, Session as _, SqliteStore, Store, StoredAnswer, Writes};
use saga_runtime::topology::Topology;
use saga_runtime::traces::Traces;
use saga_runtime::wire::Trace;
use saga_runtime::{Event as _, Outgoing, Rows as _, Service as _};
use saga_semantics::Script;
use tokio::sync::{mpsc, oneshot};

use crate::Handlers;
use crate::desk::ApproveParcel;
use crate::desk_service::{DeskService, Request, Rows};
use crate::events::{ParcelApproved, ParcelSent};

type Desk = DeskService<Handlers>;

/// A desk with instances that share a database.
struct Office<D: Store> {
    store: D,
    instances: Vec<mpsc::Sender<Job<Desk>>>,
}

impl<D: Store> Office<D> {
    async fn open(store: D, instances: usize) -> Self {
        store.prepare(Desk::SAGA, Desk::NAME, &Desk::tables()).await.expect("tables");
        let mut office = Self { store, instances: Vec::new() };
        for _ in 0..instances {
            office.instances.push(office.instance());
        }
        office
    }

    fn instance(&self) -> mpsc::Sender<Job<Desk>> {
        let (commands, messages) = mpsc::unbounded_channel();
        let (lost, losses) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(commands, lost, Arc::new(AtomicI64::new(0)));
        let (jobs, waiting) = mpsc::channel(100);
        let lane = RequestLane::new(
            Arc::new(DeskService::new(Handlers(Script::default()))),
            self.store.clone(),
            Arc::new(Topology::new("desk", &[ParcelApproved::TOPIC], &[])),
            relay,
            Arc::new(Metrics::new("parcel", "desk")),
            Arc::new(Traces::off()),
        );
        tokio::spawn(async move {
            lane.run(waiting, losses).await;
            drop(messages);
        });
        jobs
    }

    /// The desk hears of a parcel.
    async fn hears_of(&self, parcel: i64) {
        let sent = ParcelSent { parcel_id: parcel, weight: 1 };
        let origin = TopicPartition { topic: ParcelSent::TOPIC, partition: 0 };
        let body = serde_json::to_vec(&sent).expect("JSON");
        let record = Record::new(origin, 0, None, Some(&body), std::iter::empty());
        let items = [Item {
            input: Desk::decode(ParcelSent::TOPIC, &body).expect("a message"),
            record: Cow::Borrowed(&record),
            shard: 0,
            unsequenced: false,
            exhausted: Exhausted::None,
        }];
        let desk = DeskService::new(Handlers(Script::default()));
        let mut session = self.store.session().await.expect("a session");
        session.begin(&[]).await.expect("a transaction");
        let mut rows = Rows::default();
        batch::lock_steps(&desk, &items, &mut rows);
        for steps in rows.steps() {
            session.load_steps(steps).await.expect("step rows");
        }
        let mut out = Outgoing::default();
        batch::apply(&desk, &items, &mut rows, BTreeSet::new(), &mut out, &mut ()).expect("it is handled");
        for steps in rows.steps() {
            session.write_steps(steps).await.expect("step rows are written");
        }
        session.commit(&Writes::default()).await.expect("a commit");
    }

    /// Somebody decides about a parcel at an instance.
    fn decide(
        &self,
        instance: usize,
        parcel: i64,
        approved: bool,
        key: Option<&str>,
    ) -> oneshot::Receiver<Reply> {
        let (reply, answer) = oneshot::channel();
        let path = "/approvals/{parcelId}";
        let key = key.map(|key| RequestKey { route: format!("PUT {path}"), idem_key: key.to_owned() });
        let job = Job {
            method: "PUT",
            path,
            request: Request::ApproveParcel(parcel, ApproveParcel { approved, clerk: "Kim".to_owned() }),
            fingerprint: if key.is_some() { format!("{parcel} {approved}") } else { String::new() },
            key,
            trace: Trace::root(),
            began: Instant::now(),
            reply,
        };
        assert!(self.instances[instance].try_send(job).is_ok(), "there is room");
        answer
    }
}

async fn answered(reply: oneshot::Receiver<Reply>) -> StoredAnswer {
    match reply.await.expect("an answer") {
        Reply::Answered(answer) => answer,
        Reply::Failed(problem) => panic!("{problem:?}"),
    }
}

/// Of those who decide at once, one does; the others learn that it has been decided.
async fn one_decides<D: Store>(store: D) {
    let office = Office::open(store, 2).await;
    for parcel in 1..=20 {
        office.hears_of(parcel).await;
        // Two in one transaction, perhaps, and one in another.
        let decisions = [(0, true), (0, false), (1, false)];
        let replies = decisions.map(|(instance, approved)| office.decide(instance, parcel, approved, None));
        let (mut statuses, mut details, mut decided) = (Vec::new(), Vec::new(), None);
        for (reply, (_, approved)) in replies.into_iter().zip(decisions) {
            let answer = answered(reply).await;
            if answer.status == 409 {
                let problem: serde_json::Value = serde_json::from_str(&answer.body).expect("a document");
                details.push(problem["detail"].as_str().expect("a detail").to_owned());
            } else {
                decided = Some(approved);
            }
            statuses.push(answer.status);
        }
        // Who says no fails the step.
        let why = if decided == Some(true) { "it has been answered" } else { "it is closed" };
        assert_eq!(details, vec![format!("`approve-parcel` is not possible: {why}"); 2]);
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 409, 409], "parcel {parcel}");
    }
}

/// A key gets its answer again; but a 404 says how things were, and is asked again.
async fn a_key_is_answered_once<D: Store>(store: D) {
    let office = Office::open(store, 1).await;
    let ask = |approved, key| office.decide(0, 7, approved, key);
    let unknown = answered(ask(true, Some("a"))).await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.body.contains("there is no parcel 7"), "{}", unknown.body);
    office.hears_of(7).await;
    for _ in 0..2 {
        assert_eq!(answered(ask(true, Some("a"))).await.status, 204);
    }
    // The same without a key, or with another one, is another decision.
    for key in [None, Some("b")] {
        assert_eq!(answered(ask(true, key)).await.status, 409);
    }
    let misused = ask(false, Some("a")).await.expect("an answer");
    assert_eq!(misused.status(), 422, "{misused:?}");
}

fn on_sqlite(name: &str) -> SqliteStore {
    let folder = std::env::temp_dir().join(format!("saga-people-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let file = folder.join("desk.db");
    let _ = std::fs::remove_file(&file);
    SqliteStore::open(&format!("sqlite://{}", file.display())).expect("a database")
}

#[tokio::test]
async fn of_people_at_once_one_decides() {
    one_decides(MemoryStore::new()).await;
    one_decides(on_sqlite("once")).await;
}

#[tokio::test]
async fn a_repeated_decision_is_one() {
    a_key_is_answered_once(MemoryStore::new()).await;
    a_key_is_answered_once(on_sqlite("key")).await;
}
