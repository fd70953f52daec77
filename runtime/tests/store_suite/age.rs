//! For how long the oldest row has been open.

use std::time::Duration;

use saga_runtime::store::{Session as _, Store};
use saga_runtime::{Entity as _, Table, TableDef, TableSchema};

use super::entities::{Account, Product, Trip};
use super::{Fixture, Lane, prepared};

/// A store with the table of [`Trip`] beside the usual ones.
async fn travelled<F: Fixture>(fixture: &F) -> F::Store {
    let store = prepared(fixture).await;
    store.prepare("shop", "order", &[TableSchema::of::<Trip>()]).await.unwrap();
    store
}

/// Puts a trip into a status, creating it if it is new.
pub(crate) async fn put<S: Store>(lane: &mut Lane<S>, id: i32, status: &str) {
    let mut trips = Table::<Trip>::default();
    trips.lock(&id);
    lane.begin().await;
    lane.session.load_table(&mut trips).await.unwrap();
    let changed = trips.change(&id, |trip| {
        status.clone_into(&mut trip.status);
        Ok(())
    });
    if changed.is_err() {
        trips.insert(Trip { id, status: status.to_owned() }).unwrap();
    }
    lane.commit_with(&trips).await;
}

pub(crate) async fn tells_the_age_of_the_oldest_open_row<F: Fixture>(fixture: &F) {
    const WHILE: Duration = Duration::from_millis(400);
    let store = travelled(fixture).await;
    let age = async || store.oldest_open(&Trip::TABLE).await.unwrap();
    assert_eq!(age().await, None);
    let mut lane = Lane::on(&store, "local:0").await;
    put(&mut lane, 1, "DONE").await;
    assert_eq!(age().await, None, "it has ended");
    put(&mut lane, 2, "ASKED").await;
    fixture.pass(WHILE).await;
    put(&mut lane, 3, "ASKED").await;
    let older = age().await.unwrap();
    assert!(older >= WHILE, "{older:?}");

    put(&mut lane, 2, "it's on").await;
    assert!(age().await.unwrap() >= older, "another status makes it no younger");
    put(&mut lane, 2, "DONE").await;
    assert!(age().await.unwrap() <= older - WHILE / 2, "the other one is younger");
    put(&mut lane, 3, "DONE").await;
    assert_eq!(age().await, None);
    for stateless in [&Account::TABLE, &Product::TABLE] {
        assert_eq!(store.oldest_open(stateless).await.unwrap(), None, "its rows have no status");
    }
}

/// A table that was made without the time of creation serves as before, and says that it does not know.
/// Only databases that outlive a version can have one.
#[allow(dead_code, reason = "the store in memory has no such table")]
pub(crate) async fn a_table_of_before_serves_without<F: Fixture>(fixture: &F) {
    const BEFORE: TableDef = TableDef { columns: &[Trip::TABLE.columns[0], status()], ..Trip::TABLE };
    const fn status() -> saga_runtime::ColumnDef {
        Trip::TABLE.columns[1].open(&[])
    }
    let before = TableSchema { def: BEFORE, seed: Vec::new() };
    fixture.store().prepare("shop", "order", &[before]).await.unwrap();
    let store = travelled(fixture).await;
    put(&mut Lane::on(&store, "local:0").await, 1, "ASKED").await;
    super::incompatible(store.oldest_open(&Trip::TABLE).await);
}
