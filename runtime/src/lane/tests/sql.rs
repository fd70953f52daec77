//! SQL of handlers, with a service that counts what it issues in a table of its own.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use saga_step::flow::{Compensation, Flow, Step};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tokio::time::{Instant, sleep};

use super::timers::{Decided, Rig};
use crate::call::Calling;
use crate::context::RequestContext;
use crate::event::Undecodable;
use crate::outcome::{Refusal, Rejection};
use crate::rows::{AnySteps, AnyTable, Inputs, Rows, StepRows, Steps, TableSchema};
use crate::service::{Answer, ContextOf, Failing, Halt, Routes, Service};
use crate::sql::{Sql, SqlError};
use crate::store::SqliteStore;

const TRIES: u32 = 2;
const TIMEOUT: Duration = Duration::from_millis(500);

/// A policy is asked for, or its saga has failed.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Word {
    id: i64,
    mood: Mood,
}

/// What the handler does after it has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Mood {
    Succeeds,
    Rejects,
    /// Its next statement fails, and it does not care.
    Breaks,
    Commits,
    Panics,
    /// Its next statement does not end.
    Runs,
    /// It waits for something else.
    Sleeps,
    /// It is no request: the saga has failed.
    Fails,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Issue {
    asked: Option<Word>,
}

impl Inputs for Issue {
    const STEP: &'static str = "issue";

    type Message = Word;

    fn has(&self, _: usize) -> bool {
        self.asked.is_some()
    }

    fn keep(&mut self, _: usize, word: &Word) {
        self.asked = Some(word.clone());
    }
}

#[derive(Default)]
struct Desks {
    issue: StepRows<Issue>,
}

impl Rows for Desks {
    fn tables(&mut self) -> Vec<&mut dyn AnyTable> {
        Vec::new()
    }

    fn steps(&mut self) -> Vec<&mut dyn AnySteps> {
        vec![&mut self.issue]
    }
}

static FLOW: LazyLock<Flow> = LazyLock::new(|| {
    let issue = Step::of("issue", 0).needs(0).asks_sql().kept().publishes([1]).rejects_with(2);
    let issue = issue.undone(Compensation::Derived { failures: vec![3] });
    Flow::new(1, 4, vec![issue], vec![], vec![])
});

#[derive(Default)]
struct Desk;

async fn counted(sql: &Sql, mood: Mood) -> Result<i64, SqlError> {
    let text = "UPDATE tariff SET issued = issued + $2 WHERE code = $1 RETURNING issued";
    let row = sql.query(text).bind(&"A".to_owned()).bind(&1_i64).row().await?;
    let issued = row.ok_or_else(|| SqlError::because("no tariff"))?.get("issued")?;
    match mood {
        Mood::Rejects => return Err(Rejection::because("no cover").into()),
        Mood::Breaks => drop(sql.query("SELECT * FROM nothing").rows().await),
        Mood::Commits => drop(sql.query("COMMIT").execute().await),
        Mood::Panics => panic!("ouch"),
        Mood::Runs => {
            let text =
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT max(n) AS n FROM n";
            drop(sql.query(text).rows().await);
        }
        Mood::Sleeps => sleep(20 * TIMEOUT).await,
        Mood::Succeeds | Mood::Fails => {}
    }
    Ok(issued)
}

impl Service for Desk {
    const SAGA: &'static str = "insurance";
    const NAME: &'static str = "desk";
    const PORT: u16 = 1;
    const CONSUMES: &'static [&'static str] = &["orders"];
    const PUBLISHES: &'static [&'static str] = &["taken"];
    const AT: usize = 0;

    type Input = Word;
    type Request = Infallible;
    type Rows = Desks;
    type Correlation = i64;
    type Answered = i64;

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
        if word.mood == Mood::Fails { 3 } else { 0 }
    }

    fn correlation(word: &Word) -> &i64 {
        &word.id
    }

    fn memory(rows: &mut Desks, _: usize) -> Option<&mut dyn Steps<Word>> {
        Some(&mut rows.issue)
    }

    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        let Some(_) = cx.answered else { return Err(Self::unexpected(step)) };
        cx.out.emit("issue", &Decided { id: *cx.correlation, success: true });
        Ok(0)
    }

    fn fail(&self, _: usize, _: &Failing, cx: &mut ContextOf<'_, Self>) {
        cx.out.emit("issue", &Decided { id: *cx.correlation, success: false });
    }

    fn retries(_: usize) -> (u32, Duration) {
        (TRIES, TIMEOUT)
    }

    fn sql(
        _: &Arc<Self>,
        _: usize,
        sql: Sql,
        key: &str,
        rows: &mut Desks,
    ) -> Option<Calling<Result<i64, SqlError>>> {
        let mood = rows.issue.inputs(key).asked.as_ref()?.mood;
        Some(Box::pin(async move { counted(&sql, mood).await }))
    }

    fn undo_sql(
        _: &Arc<Self>,
        _: usize,
        sql: Sql,
        _: &str,
        _: &mut Desks,
    ) -> Option<Calling<Result<(), SqlError>>> {
        Some(Box::pin(async move {
            sql.query("UPDATE tariff SET issued = issued - 1 WHERE code = 'A'").execute().await.map(drop)
        }))
    }

    fn answer(&self, no: &Infallible, _: &mut RequestContext<'_, Desks>) -> Result<Answer, Refusal> {
        match *no {}
    }
}

/// A desk over a file of its own.
struct OnFile {
    rig: Rig<Desk, SqliteStore>,
    folder: PathBuf,
    looks: SqliteConnection,
}

impl OnFile {
    async fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("saga-sql-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).expect("a folder");
        let file = folder.join("test.db");
        let rig = Rig::new(SqliteStore::open(&file.to_string_lossy()).expect("a file")).await;
        let mut looks = SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
        let table =
            "CREATE TABLE tariff (code TEXT PRIMARY KEY, issued INTEGER); INSERT INTO tariff VALUES ('A', 0)";
        sqlx::raw_sql(table).execute(&mut looks).await.expect("a table");
        Self { rig, folder, looks }
    }

    async fn hear(&mut self, words: impl IntoIterator<Item = (i64, Mood)>) {
        self.rig.handle(words.into_iter().map(|(id, mood)| (id, Word { id, mood }))).await;
    }

    async fn issued(&mut self) -> i64 {
        let issued = sqlx::query_scalar("SELECT issued FROM tariff").fetch_one(&mut self.looks);
        issued.await.expect("a number")
    }

    /// Waits until so many steps have ended, and says which succeeded.
    async fn ends(&mut self, steps: usize) -> Vec<(i64, bool)> {
        let began = Instant::now();
        while self.rig.decided().len() < steps && began.elapsed() < Duration::from_secs(20) {
            sleep(Duration::from_millis(10)).await;
        }
        let mut ends: Vec<_> = self.rig.decided().iter().map(|it| (it.id, it.success)).collect();
        ends.sort_unstable();
        ends
    }

    async fn close(self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_handler_did_remains_if_its_step_succeeds_and_not_otherwise() {
    let mut desk = OnFile::new().await;
    let moods = [Mood::Rejects, Mood::Breaks, Mood::Commits, Mood::Panics, Mood::Runs, Mood::Sleeps];
    let bad = moods.into_iter().zip(1..);
    desk.hear(bad.map(|(mood, id)| (id, mood)).chain([(7, Mood::Succeeds), (8, Mood::Succeeds)])).await;
    let lane = desk.rig.start();
    let expected: Vec<_> = (1..=8).map(|id| (id, id >= 7)).collect();
    assert_eq!(desk.ends(8).await, expected);
    assert_eq!(desk.issued().await, 2);
    lane.stop().await;
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_compensation_of_sql_is_sql() {
    let mut desk = OnFile::new().await;
    desk.hear([(1, Mood::Succeeds), (2, Mood::Succeeds)]).await;
    let lane = desk.rig.start();
    assert_eq!(desk.ends(2).await, [(1, true), (2, true)]);
    desk.hear([(1, Mood::Fails), (1, Mood::Fails)]).await;
    let began = Instant::now();
    while desk.issued().await != 1 && began.elapsed() < Duration::from_secs(20) {
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(600)).await;
    assert_eq!(desk.issued().await, 1, "it is undone once");
    lane.stop().await;
    desk.close().await;
}
