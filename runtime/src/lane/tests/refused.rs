//! A lane and a database that refuses a message: the message ends, and the lane goes on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::fixture::Reader;
use crate::lane::{Lane, Ran};
use crate::metrics::Metrics;
use crate::record::{Record, TopicPartition};
use crate::relay::{Command, RelayHandle};
use crate::service::topics;
use crate::store::{PinnedTopic, SqliteStore, Store as _, StoreError};
use crate::topology::Topology;
use crate::traces::Traces;
use crate::wire::{OutgoingHeaders, Part};

const ORIGIN: TopicPartition = TopicPartition { topic: "noted", partition: 0 };
/// A body that some triggers do not take.
const POISON: &str = r#"{"id":"poison"}"#;

/// A lane on a database of its own.
struct Stage {
    folder: PathBuf,
    lane: Lane<Reader, SqliteStore>,
    commands: mpsc::UnboundedReceiver<Command>,
    next: i64,
}

impl Stage {
    /// Everything is there, and these tables refuse rows on this condition.
    async fn refusing(triggers: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("saga-refused-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        let store =
            SqliteStore::open(&format!("sqlite://{}", folder.join("test.db").display())).expect("a URL");
        store.prepare("notes", "reader", &[]).await.expect("a new database");
        let names = topics::<Reader>();
        let topic = |name: &&str| PinnedTopic { topic: (*name).to_owned(), partitions: 1, id: None };
        let pinned: Vec<_> = names.iter().map(topic).collect();
        store.pin_topics(&pinned).await.expect("new topics");
        let (sender, commands) = mpsc::unbounded_channel();
        let relay = RelayHandle::new(sender, mpsc::unbounded_channel().0, Arc::new(AtomicI64::new(0)));
        let topology = Arc::new(Topology::new("reader", &names, &pinned));
        let (metrics, traces) = (Arc::new(Metrics::new("notes", "reader")), Arc::new(Traces::off()));
        let lane = Lane::new(Arc::new(Reader::default()), store, topology, relay, metrics, traces);
        let mut stage = Self { folder, lane, commands, next: -1 };
        for (table, condition) in triggers {
            stage
                .execute(&format!(
                    "CREATE TRIGGER no_{table} BEFORE INSERT ON {table} WHEN {condition}
                 BEGIN SELECT RAISE(ABORT, 'not in {table}'); END"
                ))
                .await;
        }
        stage.lane.take_over(&[ORIGIN], &BTreeMap::new()).await.expect("a free shard");
        stage
    }

    /// Queues a message behind the last one.
    fn send(&mut self, key: &str, body: &str, number: Option<i64>) {
        let number = number.map(|number| format!("1|notes/1|0|noted|0|{number}"));
        let headers = [("note", "n"), ("saga-seq", number.as_deref().unwrap_or("none"))];
        let headers = headers.iter().map(|(name, value)| (name.as_bytes(), Some(value.as_bytes())));
        let offset = self.next.max(0);
        let record = Record::new(ORIGIN, offset, Some(key.as_bytes()), Some(body.as_bytes()), headers);
        self.lane.enqueue(self.next, record);
        self.next = offset + 1;
    }

    /// Runs until nothing is left to do.
    async fn run(&mut self) -> Result<(), StoreError> {
        let mut now = Instant::now();
        let mut reloads = 0;
        loop {
            match self.lane.run_batch(now).await {
                Ok(Ran::Idle) => return Ok(()),
                Ok(Ran::Committed(_)) => {}
                Err(StoreError::Unavailable(_)) if reloads < 10 => {
                    reloads += 1;
                    self.lane.reload(&BTreeMap::new()).await?;
                }
                Err(error) => return Err(error),
            }
            // Longer than any wait before another try.
            now += Duration::from_secs(60);
        }
    }

    async fn execute(&mut self, statement: &str) {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("a statement");
    }

    /// Offset, reason and record of each dead letter.
    async fn dead(&self) -> Vec<(i64, String, Record)> {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        let rows = sqlx::query("SELECT \"offset\", reason, record FROM saga_dead ORDER BY 1");
        let rows = rows.fetch_all(&mut connection).await.expect("dead letters");
        let letter = |row: &sqlx::sqlite::SqliteRow| {
            let (offset, record) = (row.get(0), row.get(2));
            (offset, row.get(1), Record::restore(ORIGIN, offset, record).expect("a record"))
        };
        rows.iter().map(letter).collect()
    }

    async fn number(&self, query: &'static str) -> i64 {
        let file = SqliteConnectOptions::new().filename(self.folder.join("test.db"));
        let mut connection = file.connect().await.expect("the database");
        sqlx::query_scalar(query).fetch_one(&mut connection).await.expect("a number")
    }

    async fn handled(&self) -> i64 {
        self.number("SELECT count(*) FROM saga_once").await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const IN_RECORD: &str = "instr(NEW.record, CAST('\"poison\"' AS BLOB)) > 0";
const IN_ONCE: (&str, &str) = ("saga_once", "NEW.correlation = 'poison'");

#[tokio::test]
async fn what_is_refused_whenever_it_is_handled_is_a_dead_letter_as_it_came() {
    let mut stage = Stage::refusing(&[IN_ONCE]).await;
    for (key, body) in [("a", r#"{"id":"1"}"#), ("b", POISON), ("c", r#"{"id":"2"}"#), ("b", r#"{"id":"3"}"#)]
    {
        stage.send(key, body, None);
    }
    stage.run().await.expect("nothing that stops the lane");
    let dead = stage.dead().await;
    let [(1, reason, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!(
        (reason.as_str(), record.key(), record.value()),
        ("unstorable", b"b".as_slice(), POISON.as_bytes())
    );
    assert_eq!((stage.handled().await, record.headers().count()), (3, 2));
}

#[tokio::test]
async fn what_is_refused_even_parked_is_a_dead_letter_in_its_barest_form() {
    let refused =
        [IN_ONCE, ("saga_parked", IN_RECORD), ("saga_dead", IN_RECORD), ("saga_outbox", "NEW.value <> x''")];
    let mut stage = Stage::refusing(&refused).await;
    for (key, body) in [("a", r#"{"id":"1"}"#), ("b", POISON), ("c", r#"{"id":"2"}"#), ("b", r#"{"id":"3"}"#)]
    {
        stage.send(key, body, None);
    }
    stage.run().await.expect("nothing that stops the lane");
    let dead = stage.dead().await;
    let [(1, reason, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((reason.as_str(), record), ("unstorable", &record.barest()));
    assert_eq!((record.nullable_key(), record.nullable_value(), record.headers().count()), (None, None, 0));
    assert_eq!(stage.handled().await, 3);
    assert_eq!(stage.number("SELECT next_offset FROM saga_shard WHERE name = 'in:noted:0'").await, 4);
}

#[tokio::test]
async fn what_is_refused_for_a_while_is_kept_as_it_came() {
    let mut stage = Stage::refusing(&[IN_ONCE, ("saga_parked", IN_RECORD)]).await;
    stage.send("a", r#"{"id":"1"}"#, None);
    stage.run().await.expect("an empty database");
    stage.send("b", POISON, None);
    for _ in 0..4 {
        let refused = stage.lane.run_batch(Instant::now()).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        stage.lane.reload(&BTreeMap::new()).await.expect("its own shard");
    }
    stage.execute("DROP TRIGGER no_saga_parked").await;
    stage.run().await.expect("nothing that stops the lane");
    let dead = stage.dead().await;
    let [(1, reason, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((reason.as_str(), record.value()), ("unstorable", POISON.as_bytes()));
}

#[tokio::test]
async fn refusals_before_it_was_kept_do_not_count() {
    let refused = [IN_ONCE, ("saga_parked", IN_RECORD), ("saga_dead", IN_RECORD)];
    let mut stage = Stage::refusing(&refused).await;
    stage.send("a", r#"{"id":"1"}"#, None);
    stage.run().await.expect("an empty database");
    stage.send("b", POISON, None);
    let mut refused = 0;
    let mut now = Instant::now();
    loop {
        match stage.lane.run_batch(now).await {
            Ok(Ran::Idle) => break,
            Ok(Ran::Committed(_)) => {}
            Err(StoreError::Unavailable(_)) => {
                refused += 1;
                match refused {
                    4 => stage.execute("DROP TRIGGER no_saga_parked").await,
                    8 => stage.execute("DROP TRIGGER no_saga_dead").await,
                    _ => {}
                }
                stage.lane.reload(&BTreeMap::new()).await.expect("its own shard");
            }
            Err(error) => panic!("{error}"),
        }
        now += Duration::from_secs(60);
    }
    let dead = stage.dead().await;
    let [(1, reason, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((reason.as_str(), record.value(), refused), ("unstorable", POISON.as_bytes(), 8));
}

#[tokio::test]
async fn what_is_refused_while_it_is_held_leaves_no_gap() {
    let mut stage = Stage::refusing(&[("saga_held", IN_RECORD)]).await;
    for (body, number) in [(r#"{"id":"1"}"#, 1), (POISON, 3), (r#"{"id":"4"}"#, 4), (r#"{"id":"2"}"#, 2)] {
        stage.send("a", body, Some(number));
        stage.run().await.expect("nothing that stops the lane");
    }
    let dead = stage.dead().await;
    let [(1, _, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!(record.number("").map(|number| number.dseq), Some(3));
    assert_eq!(stage.number("SELECT last_dseq FROM saga_seen").await, 4);
    assert_eq!(stage.number("SELECT count(*) FROM saga_held").await, 0);
    assert_eq!(stage.number("SELECT applied FROM saga_shard WHERE name = 'in:noted:0'").await, 3);
}

#[tokio::test]
async fn what_is_refused_when_it_is_given_up_is_given_up_in_its_barest_form() {
    let mut stage = Stage::refusing(&[IN_ONCE, ("saga_dead", IN_RECORD)]).await;
    stage.send("b", POISON, None);
    stage.send("b", r#"{"id":"3"}"#, None);
    stage.run().await.expect("nothing that stops the lane");
    let dead = stage.dead().await;
    let [(0, reason, record)] = dead.as_slice() else { panic!("{dead:?}") };
    assert_eq!((reason.as_str(), record), ("unstorable", &record.barest()));
    assert_eq!((stage.handled().await, stage.number("SELECT count(*) FROM saga_parked").await), (1, 0));
}

#[tokio::test]
async fn a_database_that_takes_nothing_at_all_is_named() {
    let mut stage = Stage::refusing(&[IN_ONCE, ("saga_parked", "true"), ("saga_dead", "true")]).await;
    stage.send("a", r#"{"id":"1"}"#, None);
    stage.run().await.expect("an empty database");
    stage.send("b", POISON, None);
    let refused = stage.run().await;
    assert!(
        matches!(&refused, Err(StoreError::Incompatible(text)) if text.contains("saga_dead")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_copy_is_the_message_byte_by_byte() {
    let mut stage = Stage::refusing(&[]).await;
    let headers: [(&[u8], Option<&[u8]>); 5] = [
        (b"\xff", Some(b"1")),
        (b"h", None),
        (b"h", Some(b"")),
        (b"b", Some(b"\0\xff\x80\xc3\x28")),
        (b"saga-seq", Some(b"rubbish")),
    ];
    let keys = [Some(b"\xff\0\xfe".as_slice()), None, Some(b"".as_slice())];
    for (offset, key) in (0..).zip(keys) {
        let value = if offset == 0 { Some(b"no JSON \xff".as_slice()) } else { None };
        let from = if offset == 0 { -1 } else { offset };
        stage.lane.enqueue(from, Record::new(ORIGIN, offset, key, value, headers.into_iter()));
    }
    stage.run().await.expect("dead letters");
    let mut copies = Vec::new();
    while let Ok(command) = stage.commands.try_recv() {
        if let Command::Feed(outbox) = command {
            copies.extend(outbox.rows.iter().map(|row| {
                let part = |range: &std::ops::Range<usize>| outbox.bytes[range.clone()].to_vec();
                (part(&row.key), part(&row.value), part(&row.headers))
            }));
        }
    }
    let dead = stage.dead().await;
    assert_eq!((dead.len(), copies.len()), (3, 3));
    for (((_, _, record), (key, value, kept)), sent) in dead.iter().zip(&copies).zip(keys) {
        assert_eq!(
            (record.nullable_key(), record.headers().collect::<Vec<_>>().as_slice()),
            (sent, headers.as_slice())
        );
        let copy = OutgoingHeaders::read(kept).expect("headers of ours");
        assert_eq!((copy.null_key, copy.null_value), (sent.is_none(), record.nullable_value().is_none()));
        assert_eq!((key.as_slice(), value.as_slice()), (record.key(), record.value()));
        let expected = headers.map(|(name, value)| {
            let name = if name == b"saga-seq" { b"saga-dead-seq" } else { name };
            (Part::from(name), value.map(Part::from))
        });
        assert_eq!(copy.headers[..headers.len()], expected);
        assert_eq!(copy.text("saga-dead-reason"), Some("undecodable"));
        assert!(copy.text("saga-seq").is_some_and(|number| number.starts_with("1|reader/")));
    }
}

#[tokio::test]
async fn a_copy_never_outgrows_what_a_broker_takes() {
    let mut stage = Stage::refusing(&[]).await;
    let large = vec![0xff_u8; 900_000];
    let huge = vec![b'x'; 999_000];
    let text = format!("{{\"id\":[\"{}\"]}}", "\u{1}x".repeat(300_000));
    let header = [(b"h".as_slice(), Some(large.as_slice()))];
    let many: Vec<_> = (0..120_000).map(|_| (b"".as_slice(), None)).collect();
    stage.lane.enqueue(-1, Record::new(ORIGIN, 0, Some(b"1"), Some(b"{"), header.into_iter()));
    stage.lane.enqueue(1, Record::new(ORIGIN, 1, Some(b"1"), Some(&huge), std::iter::empty()));
    stage.lane.enqueue(2, Record::new(ORIGIN, 2, Some(b"1"), Some(text.as_bytes()), std::iter::empty()));
    stage.lane.enqueue(3, Record::new(ORIGIN, 3, Some(b"1"), None, many.into_iter()));
    stage.run().await.expect("dead letters");
    assert_eq!(stage.dead().await.len(), 4);
    let mut copied = 0;
    while let Ok(command) = stage.commands.try_recv() {
        if let Command::Feed(outbox) = command {
            for row in &outbox.rows {
                let copy =
                    OutgoingHeaders::read(&outbox.bytes[row.headers.clone()]).expect("headers of ours");
                let headers = copy.headers.iter();
                let headers = headers
                    .map(|(name, value)| name.0.len() + value.as_ref().map_or(0, |it| it.0.len()) + 10);
                assert!(row.key.len() + row.value.len() + headers.sum::<usize>() < 1_000_000);
                copied += 1;
            }
        }
    }
    // The one with many headers without them.
    assert_eq!(copied, 4);
}
