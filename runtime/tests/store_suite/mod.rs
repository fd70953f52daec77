//! What every store must do, written once and run on each of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::future::Future;
use std::time::Duration;

use saga_runtime::store::{
    Fence, RestoreEvidence, Session, ShardId, ShardMove, ShardState, Store, StoreError, Token, Writes,
};
use saga_runtime::{AnyTable, Column, Entity, RowReader, Table, TableSchema};

pub(crate) mod age;
pub(crate) mod due;
pub(crate) mod entities;
pub(crate) mod lookups;
pub(crate) mod messages;
pub(crate) mod ownership;
pub(crate) mod parked;
pub(crate) mod rows;
pub(crate) mod schema;
pub(crate) mod sql;
pub(crate) mod steps;
pub(crate) mod types;

use entities::{Account, Order, Product};

/// One kind of database, and a fresh one of it.
pub(crate) trait Fixture: Send + Sync + Sized {
    /// The store under test.
    type Store: Store;

    /// A fresh, empty database.
    fn create() -> impl Future<Output = Self> + Send;
    /// The store on it. Each call is another process as far as the database can tell.
    fn store(&self) -> Self::Store;
    /// Makes the database look like one that was restored on another machine.
    fn restore_elsewhere(&self) -> impl Future<Output = ()> + Send;
    /// How many messages a shard has applied, and how many it has dropped.
    fn counts(&self, shard: ShardId) -> impl Future<Output = (i64, i64)> + Send;
    /// All dead letters, by offset.
    fn dead(&self) -> impl Future<Output = Vec<parked::DeadRow>> + Send;
    /// Lets time pass.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> + Send;
    /// Removes the database.
    fn destroy(self) -> impl Future<Output = ()> + Send;
}

/// Runs the tests of every store on `$fixture`.
#[macro_export]
macro_rules! store_suite {
    ($fixture:ty) => {
        store_suite!(@ $fixture, schema: prepares_twice_and_seeds_once, refuses_another_service,
            refuses_each_difference_with_the_statement, lets_foreign_columns_be, pins_topics_once, belongs_to_one_environment,
            prepares_at_the_same_time);
        store_suite!(@ $fixture, age: tells_the_age_of_the_oldest_open_row);
        store_suite!(@ $fixture, ownership: creates_shards_and_takes_them_over, creates_shards_at_the_same_time, compares_every_field_of_a_fence,
            take_over_waits_for_an_open_transaction, hands_local_shards_out, renews_and_releases, finds_orphans,
            finds_unpublished_inputs, begins_a_new_incarnation_in_another_database,
            begins_a_new_incarnation_when_the_process_remembers_more, begins_a_new_incarnation_when_kafka_was_told_more, keeps_what_shards_have_seen);
        store_suite!(@ $fixture, rows: stores_every_kind_of_value, takes_reserved_words_for_names,
            refuses_what_json_or_a_database_does_not_have, refuses_a_key_that_no_index_takes,
            finds_and_pages, pages_by_the_values_of_fields, pages_by_names_that_have_to_be_quoted, blocks_on_a_locked_row_and_sees_what_was_committed, reads_rows_without_locking_them, rolls_everything_back,
            numbers_rows_densely_after_a_rollback, writes_hundreds_of_rows, reports_a_taken_key_as_a_conflict,
            refuses_a_value_outside_its_enumeration, commits_nothing_after_a_failed_statement, starts_over_after_a_forgotten_transaction);
        store_suite!(@ $fixture, types: stores_every_type_exactly, sorts_and_finds_keys_of_every_type,
            refuses_what_no_database_has, compares_decimals_by_their_values);
        store_suite!(@ $fixture, steps: keeps_step_rows, claims_pairs_once, remembers_answers,
            two_lanes_meet_on_a_step_row, sweeps_what_is_old);
        store_suite!(@ $fixture, due: knows_when_a_step_is_due, finds_what_is_due_longest_overdue_first,
            sees_what_is_due_only_once_it_is_committed, sweeps_no_step_that_runs_or_is_due);
        store_suite!(@ $fixture, lookups: finds_rows_by_a_field, locks_rows_that_are_found_by_a_field,
            changes_several_rows_or_none, changes_a_row_or_creates_it);
        store_suite!(@ $fixture, sql: reads_what_handlers_ask_for, knows_whose_fault_a_statement_is);
        store_suite!(@ $fixture, messages: stores_messages_and_pages_through_them, moves_cursors_and_deletes_behind,
            keeps_what_it_is_told_to_behind_the_cursor,
            guards_the_cursor, holds_and_releases, counts_what_was_handled, commits_nothing_but_a_move);
        store_suite!(@ $fixture, parked: keeps_the_order_in_which_messages_were_parked,
            finds_at_take_over_what_is_parked, delays_what_failed_again,
            parks_messages_without_a_key_one_by_one, tells_long_keys_apart, keeps_dead_letters,
            lets_only_the_owner_park_messages);
    };
    (@ $fixture:ty, $module:ident: $($name:ident),* $(,)?) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let fixture = <$fixture as store_suite::Fixture>::create().await;
                    store_suite::$module::$name(&fixture).await;
                    store_suite::Fixture::destroy(fixture).await;
                }
            )*
        }
    };
}

/// The tables most tests work on.
pub(crate) fn tables() -> Vec<TableSchema> {
    vec![TableSchema::of::<Account>(), TableSchema::of::<Order>(), TableSchema::of::<Product>()]
}

/// A store whose tables are there.
pub(crate) async fn prepared<F: Fixture>(fixture: &F) -> F::Store {
    let store = fixture.store();
    store.prepare("shop", "order", &tables()).await.unwrap();
    store
}

/// A lane: a session, and one shard it owns.
pub(crate) struct Lane<S: Store> {
    pub session: S::Session,
    pub fence: Fence,
    pub state: ShardState,
}

impl<S: Store> Lane<S> {
    /// Takes the shard `name` over.
    pub(crate) async fn on(store: &S, name: &str) -> Self {
        Self::knowing(store, name, &RestoreEvidence::default()).await
    }

    /// Takes the shard `name` over, and knows of `evidence`.
    pub(crate) async fn knowing(store: &S, name: &str, evidence: &RestoreEvidence) -> Self {
        let mut session = store.session().await.unwrap();
        let token = Token::random();
        let state = session.take_over(&[name.to_owned()], token, evidence).await.unwrap().remove(0);
        let fence =
            Fence { shard: state.id, token, next_offset: state.next_offset, last_seq: state.last_seq };
        Self { session, fence, state }
    }

    pub(crate) async fn begin(&mut self) {
        self.session.begin(&[self.fence]).await.unwrap();
    }

    /// Begins, and loads what `table` wants.
    pub(crate) async fn begin_with<E: Entity>(&mut self, table: &mut Table<E>) {
        self.begin().await;
        self.session.load_ids(&mut [table as &mut dyn AnyTable]).await.unwrap();
        self.session.load_table(table).await.unwrap();
    }

    /// Writes `table` and commits.
    pub(crate) async fn commit_with<E: Entity>(&mut self, table: &Table<E>) {
        self.session.write_table(table).await.unwrap();
        self.session.commit(&Writes::default()).await.unwrap();
    }

    /// Commits `writes` with a move of the shard to `next_offset` and `last_seq`.
    pub(crate) async fn commit_moving(&mut self, next_offset: i64, last_seq: i64, mut writes: Writes) {
        writes.shards =
            vec![ShardMove { shard: self.fence.shard, next_offset, last_seq, applied: 0, dropped: 0 }];
        self.session.commit(&writes).await.unwrap();
        self.fence = Fence { next_offset, last_seq, ..self.fence };
    }
}

/// The entities in columns that a store returned.
pub(crate) fn entities<E: Entity>(columns: &[Column<'_>]) -> Vec<E> {
    let rows = columns.first().map_or(0, Column::len);
    (0..rows).map(|row| E::read(&mut RowReader::new(columns, row)).unwrap()).collect()
}

/// The row of `E` with the key `key`, read without a lock.
pub(crate) async fn find<E: Entity>(store: &impl Store, key: &E::Key) -> Option<E> {
    let columns = store.find(&E::TABLE, Column::of([key])).await.unwrap();
    entities(&columns).pop()
}

/// The shards a failed operation names as lost.
pub(crate) fn fenced<T: std::fmt::Debug>(result: saga_runtime::store::Result<T>) -> Vec<ShardId> {
    match result {
        Err(StoreError::Fenced(shards)) => shards,
        other => panic!("expected to be fenced, got {other:?}"),
    }
}

/// The message of a database that is refused.
pub(crate) fn incompatible<T: std::fmt::Debug>(result: saga_runtime::store::Result<T>) -> String {
    match result {
        Err(StoreError::Incompatible(message)) => message,
        other => panic!("expected the database to be incompatible, got {other:?}"),
    }
}
