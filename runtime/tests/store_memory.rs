//! The store in memory, and what only it can do.

use std::time::Duration;

use saga_runtime::Table;
use saga_runtime::store::{CommitFault, MemoryStore, Session as _, ShardId, StoreError, Writes};

use store_suite::Fixture as _;
use store_suite::entities::Product;
use store_suite::parked::DeadRow;
use store_suite::{Lane, fenced, find, prepared};

mod store_suite;

/// A database in memory.
struct InMemory {
    store: MemoryStore,
}

impl store_suite::Fixture for InMemory {
    type Store = MemoryStore;

    async fn create() -> Self {
        Self { store: MemoryStore::new() }
    }

    fn store(&self) -> MemoryStore {
        self.store.clone()
    }

    async fn restore_elsewhere(&self) {
        // The clock of a real database goes on as well.
        self.store.advance(Duration::from_secs(1));
        self.store.set_identity("elsewhere");
    }

    async fn counts(&self, shard: ShardId) -> (i64, i64) {
        self.store.counts(shard).expect("a shard")
    }

    async fn dead(&self) -> Vec<DeadRow> {
        let dead = self.store.dead().into_iter();
        let rows = dead.map(|(letter, state)| DeadRow {
            offset: letter.place.offset,
            state: format!("{state:?}").to_lowercase(),
            reason: letter.failure.reason.to_owned(),
            attempts: letter.failure.attempts,
            record: letter.record,
        });
        rows.collect()
    }

    async fn pass(&self, time: Duration) {
        self.store.advance(time);
    }

    async fn destroy(self) {}
}

store_suite!(InMemory);

#[tokio::test]
async fn a_commit_may_be_lost_before_or_after_it_happened() {
    let fixture = InMemory::create().await;
    let store = prepared(&fixture).await;
    for (fault, quantity) in [(CommitFault::BeforeApplied, 10), (CommitFault::AfterApplied, 3)] {
        let mut lane = Lane::on(&store, "in:a:0").await;
        let mut products = Table::<Product>::default();
        products.lock(&1);
        lane.begin_with(&mut products).await;
        products
            .change(&1, |row| {
                row.quantity = 3;
                Ok(())
            })
            .expect("a product");
        lane.session.write_table(&products).await.expect("a write");
        store.fail_next_commit(fault);
        let unknown = lane.session.commit(&Writes::default()).await;
        assert!(matches!(unknown, Err(StoreError::CommitUnknown(_))), "{unknown:?}");
        assert_eq!(find::<Product>(&store, &1).await.expect("a product").quantity, quantity);
        lane.begin().await;
        lane.session.commit(&Writes::default()).await.expect("only one commit fails");
    }
}

#[tokio::test]
async fn a_restore_takes_commits_back_and_cuts_transactions_off() {
    let fixture = InMemory::create().await;
    let store = prepared(&fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let backup = store.snapshot();
    lane.begin().await;
    lane.commit_moving(5, 0, Writes::default()).await;
    lane.begin().await;
    store.restore(&backup);
    let cut = lane.session.commit(&Writes::default()).await;
    assert!(matches!(cut, Err(StoreError::CommitUnknown(_))), "{cut:?}");
    assert_eq!(fenced(lane.session.begin(&[lane.fence]).await), [lane.fence.shard]);
    assert_eq!(Lane::on(&store, "in:a:0").await.state.next_offset, -1);
}
