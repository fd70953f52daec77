//! Preparing a database.

use saga_runtime::store::{PinnedTopic, Session as _, Store};
use saga_runtime::{ColumnDef, TableDef, TableSchema};

use super::entities::Product;
use super::{Fixture, Lane, find, incompatible, prepared, tables};

pub(crate) async fn prepares_twice_and_seeds_once<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    assert_eq!(find::<Product>(&store, &1).await.unwrap().name, "MacBook Pro");
    let mut lane = Lane::on(&store, "local:0").await;
    let mut products = saga_runtime::Table::<Product>::default();
    products.lock(&1);
    lane.begin_with(&mut products).await;
    products
        .change(&1, |row| {
            row.quantity = 7;
            Ok(())
        })
        .unwrap();
    lane.commit_with(&products).await;

    let store = prepared(fixture).await;
    assert_eq!(find::<Product>(&store, &1).await.unwrap().quantity, 7);
}

pub(crate) async fn prepares_at_the_same_time<F: Fixture>(fixture: &F) {
    let (one, two) = (fixture.store(), fixture.store());
    let (first_tables, second_tables) = (tables(), tables());
    let (first, second) = tokio::join!(
        one.prepare("shop", "order", &first_tables),
        two.prepare("shop", "order", &second_tables)
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(find::<Product>(&one, &3).await.unwrap().name, "AirPods");
}

pub(crate) async fn refuses_another_service<F: Fixture>(fixture: &F) {
    prepared(fixture).await;
    let message = incompatible(fixture.store().prepare("shop", "delivery", &[]).await);
    assert!(message.contains("`order`") && message.contains("`delivery`"), "{message}");
    incompatible(fixture.store().prepare("bazaar", "order", &[]).await);
}

fn table(columns: &'static [ColumnDef]) -> Vec<TableSchema> {
    vec![TableSchema { def: TableDef { name: "thing_tb", columns, allocated: false }, seed: Vec::new() }]
}

const PLAIN: &[ColumnDef] = &[
    ColumnDef::of::<i32>("id"),
    ColumnDef::of::<String>("name"),
    ColumnDef::of::<Option<i32>>("size"),
    ColumnDef::of::<String>("status").one_of(&["OPEN"]),
];

pub(crate) async fn refuses_each_difference_with_the_statement<F: Fixture>(fixture: &F) {
    const MISSING: &[ColumnDef] = &[PLAIN[0], PLAIN[1], PLAIN[2], PLAIN[3], ColumnDef::of::<bool>("extra")];
    const OTHER_TYPE: &[ColumnDef] = &[PLAIN[0], ColumnDef::of::<i64>("name"), PLAIN[2], PLAIN[3]];
    const NULL: &[ColumnDef] = &[PLAIN[0], ColumnDef::of::<Option<String>>("name"), PLAIN[2], PLAIN[3]];
    const NOT_NULL: &[ColumnDef] = &[PLAIN[0], PLAIN[1], ColumnDef::of::<i32>("size"), PLAIN[3]];
    const MORE_VALUES: &[ColumnDef] =
        &[PLAIN[0], PLAIN[1], PLAIN[2], ColumnDef::of::<String>("status").one_of(&["OPEN", "DONE"])];
    const FEWER: &[ColumnDef] = &[PLAIN[0], PLAIN[2], PLAIN[3]];
    const OTHER_KEY: &[ColumnDef] = &[PLAIN[1], PLAIN[0], PLAIN[2], PLAIN[3]];

    let store = fixture.store();
    store.prepare("shop", "order", &table(PLAIN)).await.unwrap();
    for (wanted, named) in [
        (MISSING, "extra"),
        (OTHER_TYPE, "name"),
        (NULL, "name"),
        (NOT_NULL, "size"),
        (MORE_VALUES, "DONE"),
        (FEWER, "name"),
        (OTHER_KEY, "name"),
    ] {
        let message = incompatible(fixture.store().prepare("shop", "order", &table(wanted)).await);
        assert!(
            message.contains("ALTER TABLE \"thing_tb\"") || message.contains("RENAME TO \"thing_tb\""),
            "{message}"
        );
        assert!(message.contains(named), "{named}: {message}");
    }
    fixture.store().prepare("shop", "order", &table(PLAIN)).await.unwrap();
}

pub(crate) async fn lets_foreign_columns_be<F: Fixture>(fixture: &F) {
    const FEWER: &[ColumnDef] = &[PLAIN[0], PLAIN[1], PLAIN[3]];
    fixture.store().prepare("shop", "order", &table(PLAIN)).await.unwrap();
    fixture.store().prepare("shop", "order", &table(FEWER)).await.unwrap();
}

pub(crate) async fn pins_topics_once<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let pin = |topic: &str, partitions, id: u128| PinnedTopic {
        topic: topic.to_owned(),
        partitions,
        id: (id > 0).then(|| uuid::Uuid::from_u128(id)),
    };
    store.pin_topics(&[pin("b", 6, 0)]).await.unwrap();
    let pinned = store.pin_topics(&[pin("b", 12, 7), pin("a", 3, 5)]).await.unwrap();
    assert_eq!(pinned, [pin("a", 3, 5), pin("b", 6, 7)], "an id that was not known is pinned later");
    assert_eq!(store.pin_topics(&[pin("a", 4, 6), pin("b", 6, 0)]).await.unwrap(), pinned);
    assert_eq!(store.session().await.unwrap().topics().await.unwrap(), pinned);
}

pub(crate) async fn belongs_to_one_environment<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    store.claim_prefix("test.").await.unwrap();
    store.claim_prefix("test.").await.unwrap();
    for other in ["", "prod."] {
        let message = incompatible(fixture.store().claim_prefix(other).await);
        assert!(message.contains("`test.` (KAFKA_PREFIX)"), "{message}");
    }
}
