//! How rows are found: what is due, and what has a value in a field.

use std::time::Duration;

use saga_runtime::store::{Session as _, Store as _, StoreError, Writes};
use saga_runtime::{Mode, Steps as _, Table, TableSchema};

use crate::OnPostgres;
use crate::operator_suite::WithOperator as _;
use crate::store_suite::lookups::Rental;
use crate::store_suite::{Fixture as _, Lane, due, incompatible, lookups, prepared, steps};

#[tokio::test]
async fn tables_of_version_2_are_refused_with_what_they_lack() {
    let fixture = OnPostgres::create().await;
    prepared(&fixture).await;
    let before =
        "ALTER TABLE saga_step DROP COLUMN due_at, DROP COLUMN attempts; UPDATE saga_meta SET version = 2";
    fixture.run(before).await;
    let message = incompatible(fixture.store().prepare("shop", "order", &[]).await);
    let (reason, statements) = message.split_once('\n').expect("statements");
    assert!(reason.contains("version 2"), "{reason}");
    fixture.run(statements).await;
    due::knows_when_a_step_is_due(&fixture).await;
    fixture.destroy().await;
}

#[tokio::test]
async fn a_field_without_an_index_is_refused() {
    let fixture = OnPostgres::create().await;
    let run = async |script: String| fixture.run(&script).await;
    lookups::refuses_a_field_without_an_index(&fixture, run).await;
    fixture.destroy().await;
}

/// How many rows and entries of indices of `table` the server has read, by connections that have ended.
async fn read_of(fixture: &OnPostgres, table: &str) -> i64 {
    let read = format!(
        "SELECT (SELECT coalesce(sum(seq_tup_read), 0) FROM pg_stat_user_tables WHERE relname = '{table}')::int8
           + (SELECT coalesce(sum(idx_tup_read), 0) FROM pg_stat_user_indexes WHERE relname = '{table}')::int8"
    );
    fixture.number(&read).await
}

/// The same, once it is more than it was.
async fn read_since(fixture: &OnPostgres, table: &str, before: i64) -> i64 {
    loop {
        let read = read_of(fixture, table).await - before;
        if read > 0 {
            return read;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// However many steps wait for their time, those that are due are the first entries of an index.
#[tokio::test]
async fn what_is_due_is_found_without_reading_what_waits() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    // The plans are made while the table is empty.
    assert_eq!(lane.session.due_steps(100, &[]).await.expect("none"), []);
    assert_eq!(lane.session.next_due().await.expect("none"), None);
    let fill = "INSERT INTO saga_step (step, correlation, mode, inputs, due_at)
        SELECT 'pay', n, 'waiting', '{}', now() + (n - 3) * interval '1 hour' FROM generate_series(1, 20000) AS n;
        INSERT INTO saga_step (step, correlation, mode, inputs)
        SELECT 'join', n, 'waiting', '{}' FROM generate_series(1, 20000) AS n";
    fixture.run(fill).await;
    let before = read_of(&fixture, "saga_step").await;
    for _ in 0..10 {
        let due = lane.session.due_steps(100, &[]).await.expect("three");
        assert_eq!(due.iter().map(|step| &*step.correlation).collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!(lane.session.next_due().await.expect("one"), Some(Duration::ZERO));
    }
    drop(lane);
    let read = read_since(&fixture, "saga_step", before).await;
    assert!(read <= 100, "{read} rows and entries were read");
    fixture.destroy().await;
}

/// A row is made so that there is something to lock. If nothing comes of it, nothing would ever close it.
#[tokio::test]
async fn a_row_made_to_be_locked_does_not_stay() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    for (instances, used) in [(["1", "2", "3"], Some("2")), (["1", "2", "4"], None)] {
        let mut rows = steps::wanting(&instances);
        lane.begin().await;
        lane.session.load_steps(&mut rows).await.expect("step rows");
        if let Some(used) = used {
            rows.memory(used).set_mode(Mode::Failed);
        }
        lane.session.write_steps(&rows).await.expect("a write");
        lane.session.commit(&Writes::default()).await.expect("a commit");
        assert_eq!(fixture.number("SELECT count(*) FROM saga_step WHERE mode = 'failed'").await, 1);
        assert_eq!(fixture.number("SELECT count(*) FROM saga_step").await, 1);
    }
    fixture.destroy().await;
}

/// The same for rows that have a value in a field, whatever the table was when the plan was made.
#[tokio::test]
async fn a_row_with_a_value_is_found_without_reading_the_table() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    store.prepare("shop", "order", &[TableSchema::of::<Rental>()]).await.expect("a table");
    let mut lane = Lane::on(&store, "in:a:0").await;
    let wanting = || {
        let mut table = Table::<Rental>::default();
        table.lock(&3);
        (100_i64..110).for_each(|trip| table.lock_by("trip", &trip));
        table
    };
    lane.begin_with(&mut wanting()).await;
    lane.session.rollback().await.expect("an end");
    fixture.run("INSERT INTO rental_tb SELECT n, n, 'A-' || n, gen_random_uuid() FROM generate_series(1, 20000) AS n").await;
    let before = read_of(&fixture, "rental_tb").await;
    for _ in 0..10 {
        let mut table = wanting();
        lane.begin_with(&mut table).await;
        assert_eq!(table.find_by("trip", &105_i64), Some(&105));
        lane.session.rollback().await.expect("an end");
    }
    drop(lane);
    let read = read_since(&fixture, "rental_tb", before).await;
    assert!(read < 1_000, "{read} rows and entries were read");
    fixture.destroy().await;
}

#[tokio::test]
async fn a_locked_row_is_named_by_the_value_it_is_found_by() {
    let fixture = OnPostgres::create().await;
    let store = prepared(&fixture).await;
    store.prepare("shop", "order", &[TableSchema::of::<Rental>()]).await.expect("a table");
    fixture.run("INSERT INTO rental_tb SELECT n, n * 10, NULL, lpad(n::text, 32, '0')::uuid FROM generate_series(1, 3) AS n").await;
    let mut lane = Lane::on(&store, "in:t:0").await;
    let mut clerk = fixture.connect().await;
    let lock = sqlx::raw_sql("BEGIN; SELECT FROM rental_tb WHERE id = 1 FOR UPDATE");
    sqlx::Executor::execute(&mut clerk, lock).await.expect("a lock");
    let mut wanted = Table::<Rental>::default();
    [10_i64, 20, 77].iter().for_each(|trip| wanted.lock_by("trip", trip));
    wanted.lock_by("booking", &uuid::Uuid::from_u128(1));
    lane.begin().await;
    let booking = "booking = 00000000-0000-0000-0000-000000000001";
    assert_eq!(lane.session.locked_rows(&wanted).await.expect("an answer"), ["trip = 10", booking]);
    let failed = lane.session.load_table(&mut wanted).await;
    assert!(matches!(failed, Err(StoreError::Locked(_))), "{failed:?}");
    fixture.destroy().await;
}
