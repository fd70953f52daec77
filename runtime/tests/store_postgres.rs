//! The store on a real PostgreSQL server.

use std::time::Duration;

use saga_runtime::store::{Operator, PostgresStore, Session as _, ShardId, Store as _, StoreError, Writes};
use saga_runtime::{Entity as _, Mode, StepRows, Steps as _, Table, TableSchema};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use operator_suite::WithOperator as _;
use store_suite::entities::{Account, Product, Trip};
use store_suite::{Fixture as _, Lane, prepared};

mod operator_suite;
mod postgres_only;
mod store_suite;

use store_suite::parked::DeadRow;
use store_suite::steps::{Both, ORDER, Part, STOCK};

/// A database of its own on the server of `TEST_DATABASE_URL`.
struct OnPostgres {
    admin: PgConnectOptions,
    url: String,
    database: String,
}

fn server() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is not set: run `cargo xtask test`")
}

impl OnPostgres {
    /// A connection to the database under test.
    async fn connect(&self) -> PgConnection {
        self.admin.clone().database(&self.database).connect().await.expect("the database under test")
    }

    async fn as_admin(&self, statement: String) {
        let mut admin = self.admin.connect().await.expect("the server of TEST_DATABASE_URL");
        admin.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.expect("an administrator");
    }
}

impl OnPostgres {
    /// Runs a script in the database under test, as its owner.
    async fn run(&self, script: &str) {
        let script = sqlx::raw_sql(AssertSqlSafe(script.to_owned()));
        self.connect().await.execute(script).await.expect("an administrator");
    }
}

impl store_suite::Fixture for OnPostgres {
    type Store = PostgresStore;

    async fn create() -> Self {
        let server = server();
        let database = format!("saga_test_{}", uuid::Uuid::new_v4().simple());
        let (address, parameters) = match server.split_once('?') {
            Some((address, parameters)) => (address, format!("?{parameters}")),
            None => (server.as_str(), String::new()),
        };
        let (scheme, rest) = address.split_once("://").expect("TEST_DATABASE_URL is a URL");
        let host = rest.split_once('/').map_or(rest, |(host, _)| host);
        let url = format!("{scheme}://{host}/{database}{parameters}");
        let admin = server.parse().expect("TEST_DATABASE_URL is a PostgreSQL URL");
        let fixture = Self { admin, url, database };
        fixture.as_admin(format!("CREATE DATABASE {}", fixture.database)).await;
        fixture
    }

    fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url).expect("a PostgreSQL URL")
    }

    async fn restore_elsewhere(&self) {
        let elsewhere =
            "UPDATE saga_shard SET db_identity = 'elsewhere'; UPDATE saga_meta SET db_identity = 'elsewhere'";
        self.connect().await.execute(sqlx::raw_sql(elsewhere)).await.expect("the protocol's tables");
    }

    async fn counts(&self, shard: ShardId) -> (i64, i64) {
        let counts = sqlx::query_as("SELECT applied, dropped FROM saga_shard WHERE shard = $1").bind(shard.0);
        counts.fetch_one(&mut self.connect().await).await.expect("a shard")
    }

    async fn dead(&self) -> Vec<DeadRow> {
        let mut connection = self.connect().await;
        let dead = sqlx::query_as(
            "SELECT \"offset\", state, reason, attempts, record FROM saga_dead ORDER BY \"offset\"",
        );
        let rows: Vec<(i64, String, String, i32, Vec<u8>)> =
            dead.fetch_all(&mut connection).await.expect("dead letters");
        let row =
            |(offset, state, reason, attempts, record)| DeadRow { offset, state, reason, attempts, record };
        rows.into_iter().map(row).collect()
    }

    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn destroy(self) {
        self.as_admin(format!("DROP DATABASE {} WITH (FORCE)", self.database)).await;
    }
}

impl operator_suite::WithOperator for OnPostgres {
    async fn operator(&self) -> saga_runtime::store::Result<Operator> {
        Operator::postgres(&self.url, "shop", "order").await
    }

    async fn number(&self, query: &str) -> i64 {
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        query.fetch_one(&mut self.connect().await).await.expect("a number")
    }
}

store_suite!(OnPostgres);
operator_suite!(OnPostgres);

#[tokio::test]
async fn a_table_of_before_serves_without_the_age_of_its_rows() {
    let fixture = <OnPostgres as store_suite::Fixture>::create().await;
    store_suite::age::a_table_of_before_serves_without(&fixture).await;
    store_suite::Fixture::destroy(fixture).await;
}

/// Ends every connection to the database under test but the one that asks.
async fn cut_all(fixture: &OnPostgres) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    fixture.connect().await.execute(cut).await.expect("an administrator");
}

#[tokio::test]
async fn a_connection_lost_at_the_commit_leaves_the_outcome_unknown() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    cut_all(&fixture).await;
    let unknown = lane.session.commit(&Writes::default()).await;
    assert!(matches!(unknown, Err(StoreError::CommitUnknown(_))), "{unknown:?}");
    // The session is of no use any more, and says so.
    let broken = lane.session.begin(&[lane.fence]).await;
    assert!(matches!(broken, Err(StoreError::Unavailable(_))), "{broken:?}");
    fixture.destroy().await;
}

#[tokio::test]
async fn a_connection_lost_before_the_commit_is_an_outage() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&1);
    lane.begin().await;
    cut_all(&fixture).await;
    let outage = lane.session.load_table(&mut products).await;
    assert!(matches!(outage, Err(StoreError::Unavailable(_))), "{outage:?}");
    fixture.destroy().await;
}

#[tokio::test]
async fn a_deadlock_is_a_conflict() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let (mut one, mut two) = (Lane::on(&store, "in:a:0").await, Lane::on(&store, "in:a:1").await);
    one.begin().await;
    let mut accounts = Table::<Account>::default();
    accounts.insert(Account::empty(1)).expect("a free key");
    one.commit_with(&accounts).await;

    let wanting = || {
        let (mut accounts, mut products) = (Table::<Account>::default(), Table::<Product>::default());
        accounts.lock(&1);
        products.lock(&1);
        (accounts, products)
    };
    let ((mut accounts, mut products), (mut other_accounts, mut other_products)) = (wanting(), wanting());
    one.begin_with(&mut accounts).await;
    two.begin_with(&mut other_products).await;
    let (first, second) =
        tokio::join!(one.session.load_table(&mut products), two.session.load_table(&mut other_accounts));
    let loser = first.err().or(second.err());
    assert!(matches!(loser, Some(StoreError::Conflict(_))), "{loser:?}");
    one.session.rollback().await.expect("a rollback");
    two.session.rollback().await.expect("a rollback");
    fixture.destroy().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_outage() {
    let store = PostgresStore::open("postgres://nobody:secret@127.0.0.1:1/none").expect("a valid URL");
    for result in [store.prepare("shop", "order", &[]).await, store.session().await.map(drop)] {
        assert!(
            matches!(&result, Err(StoreError::Unavailable(text)) if !text.contains("secret")),
            "{result:?}"
        );
    }
}

/// How many rows the server has read out of the tables that batches work on.
async fn rows_read(fixture: &OnPostgres) -> i64 {
    const READ: &str = "SELECT (sum(seq_tup_read) + sum(idx_tup_fetch) + (
        SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN ('saga_step', 'account_tb')
    ))::int8 FROM pg_stat_user_tables WHERE relname IN ('saga_step', 'account_tb')";
    let read = sqlx::query_scalar(READ);
    read.fetch_one(&mut fixture.connect().await).await.expect("the server's statistics")
}

/// The planner looks at a table once, when it may be empty. A plan that then reads
/// the table, or all of an index, instead of looking keys up would show here.
#[tokio::test]
async fn a_plan_made_on_an_empty_table_serves_a_long_one() {
    const ROWS: i64 = 50_000;
    const BATCH: i64 = 400;
    const ROUNDS: i64 = 22;
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    for round in 0..ROUNDS {
        if round == 2 {
            let fill = format!(
                "INSERT INTO saga_step (step, correlation, mode, inputs)
                 SELECT 'create-delivery', -n, 'waiting', '{{}}' FROM generate_series(1, {ROWS}) AS n;
                 INSERT INTO account_tb SELECT -n, 0, 0, 0, 0, 0, 0, true, true, '', '' FROM generate_series(1, {ROWS}) AS n"
            );
            fixture.connect().await.execute(sqlx::raw_sql(AssertSqlSafe(fill))).await.expect("the tables");
        }
        let (mut steps, mut accounts) = (StepRows::<Both>::default(), Table::<Account>::default());
        let sagas = (round / 2 * BATCH)..(round / 2 + 1) * BATCH;
        lane.begin().await;
        sagas.clone().for_each(|saga| steps.lock(&saga.to_string()));
        sagas.clone().for_each(|saga| accounts.lock(&saga));
        lane.session.load_steps(&mut steps).await.expect("step rows");
        lane.session.load_table(&mut accounts).await.expect("accounts");
        for saga in sagas {
            if round % 2 == 0 {
                steps.memory(&saga.to_string()).keep(ORDER, &Part::Order("here".to_owned()));
                accounts.insert(Account::empty(saga)).expect("a free key");
            } else {
                let step = steps.memory(&saga.to_string());
                assert!(step.has(ORDER), "it was kept");
                step.keep(STOCK, &Part::Stock(saga));
                step.set_mode(Mode::Done);
                let changed = accounts.change(&saga, |account| {
                    account.big = saga;
                    Ok(())
                });
                changed.expect("the account of the first message");
            }
        }
        lane.session.write_steps(&steps).await.expect("a write");
        lane.commit_with(&accounts).await;
    }
    // A connection that ends has reported what it read.
    drop(lane);
    let mut read = 0;
    while read == 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        read = rows_read(&fixture).await;
    }
    // Each row of a batch is read a few times, by its key.
    assert!(read < 20 * ROUNDS * BATCH, "{read} rows were read");
    fixture.destroy().await;
}

/// However long the table is, the age is the first entry of a short index.
#[tokio::test]
async fn the_oldest_open_row_is_found_without_reading_the_table() {
    const SCANS: &str =
        "SELECT coalesce((SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'trip_tb_open'), 0)";
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    store.prepare("shop", "order", &[TableSchema::of::<Trip>()]).await.expect("a table");
    let fill = "INSERT INTO trip_tb (id, status) SELECT n, 'DONE' FROM generate_series(1, 20000) AS n;
                INSERT INTO trip_tb (id, status) VALUES (0, 'ASKED')";
    fixture.connect().await.execute(sqlx::raw_sql(fill)).await.expect("the table");
    let begun = std::time::Instant::now();
    while fixture.number(SCANS).await == 0 {
        assert!(store.oldest_open(&Trip::TABLE).await.expect("an age").is_some());
        assert!(begun.elapsed() < Duration::from_secs(20), "the index is not used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let read = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'trip_tb'";
    assert_eq!(fixture.number(read).await, 0, "the table was read");
    fixture.destroy().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn locked_rows_are_found_without_waiting_and_their_holder_is_named() {
    let fixture = OnPostgres::create().await;
    let mut lane = Lane::on(&prepared(&fixture).await, "in:t:0").await;
    let mut clerk = fixture.connect().await;
    let mut forgets = async |what: &str| {
        clerk
            .execute(sqlx::raw_sql(AssertSqlSafe(format!("ROLLBACK; BEGIN; {what}"))))
            .await
            .expect("a lock");
    };
    let mut wanted: Table<Product> = Table::default();
    (1..=9).for_each(|id| wanted.lock(&id));
    wanted.reserve_new();

    forgets("SELECT FROM product_tb WHERE id = 2 FOR UPDATE").await;
    lane.session.begin(&[lane.fence]).await.expect("a transaction");
    assert_eq!(lane.session.locked_rows(&wanted).await.expect("an answer"), ["2"]);
    assert!(!lane.session.locked_id("product_tb").await.expect("an answer"));
    let waits = std::time::Instant::now();
    let failed = lane.session.load_table(&mut wanted).await;
    let Err(StoreError::Locked(reason)) = failed else { panic!("{failed:?}") };
    assert!(reason.contains("product_tb") && waits.elapsed() < Duration::from_secs(5), "{reason}");

    assert_eq!(lane.session.locked_shards(&[lane.fence.shard]).await.expect("an answer"), []);
    let holders = lane.session.lock_holders().await.expect("an answer");
    assert!(holders.contains("pid ") && holders.contains("locks on product_tb"), "{holders}");
    assert!(holders.contains("idle in transaction") && holders.contains("FOR UPDATE"), "{holders}");

    forgets("LOCK TABLE product_tb IN SHARE MODE; SELECT FROM saga_id FOR UPDATE").await;
    lane.session.begin(&[lane.fence]).await.expect("a transaction");
    assert_eq!(lane.session.locked_rows(&wanted).await.expect("an answer").len(), 9, "all that is wanted");
    assert!(lane.session.locked_id("product_tb").await.expect("an answer"));
    let mut steps: StepRows<Both> = StepRows::default();
    ["a", "b"].iter().for_each(|correlation| steps.lock(correlation));
    lane.session.load_steps(&mut steps).await.expect("step rows");
    lane.session.commit(&Writes::default()).await.expect("a commit");

    forgets("SELECT FROM saga_step WHERE correlation = 'b' FOR UPDATE; SELECT FROM saga_shard FOR UPDATE")
        .await;
    let locked = lane.session.locked_shards(&[lane.fence.shard]).await.expect("an answer");
    assert_eq!(locked, [lane.fence.shard]);
    let begun = lane.session.begin(&[lane.fence]).await;
    assert!(matches!(begun, Err(StoreError::Locked(_))), "{begun:?}");
    lane.session.begin(&[]).await.expect("a transaction");
    assert_eq!(lane.session.locked_steps(&steps).await.expect("an answer"), ["b"]);
    lane.session.rollback().await.expect("an end");
    fixture.destroy().await;
}
