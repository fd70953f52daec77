//! Rows that are found by a field, and decisions about several rows.

use std::time::Duration;

use saga_runtime::store::Store;
use saga_runtime::{
    ColumnDef, Entity, Rejection, RowError, RowReader, RowWriter, Table, TableDef, TableSchema,
};
use serde::Serialize;
use uuid::Uuid;

use super::entities::Product;
use super::{Fixture, Lane, find, incompatible, prepared};

/// A row that is found by a number, by a text that may be missing, and by a UUID.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Rental {
    pub id: i32,
    pub trip_id: i64,
    pub plate: Option<String>,
    pub booking: Uuid,
}

const TRIP: ColumnDef = ColumnDef::of::<i64>("trip");
const PLATE: ColumnDef = ColumnDef::of::<Option<String>>("pla\"te");
const BOOKING: ColumnDef = ColumnDef::of::<Uuid>("booking");
const FOUND: TableDef = TableDef {
    name: "rental_tb",
    columns: &[ColumnDef::of::<i32>("id"), TRIP.looked_up(), PLATE.looked_up(), BOOKING.looked_up()],
    allocated: false,
};
/// The same table without its indices.
const BARE: TableDef = TableDef {
    columns: &[ColumnDef::of::<i32>("id"), TRIP, PLATE, BOOKING],
    name: "rental_tb",
    allocated: false,
};

impl Entity for Rental {
    type Key = i32;
    const NAME: &'static str = "Rental";
    const TABLE: TableDef = FOUND;

    fn key(&self) -> &i32 {
        &self.id
    }

    fn write<'a>(&'a self, row: &mut RowWriter<'_, 'a>) {
        row.put(&self.id);
        row.put(&self.trip_id);
        row.put(&self.plate);
        row.put(&self.booking);
    }

    fn read(row: &mut RowReader<'_>) -> Result<Self, RowError> {
        Ok(Self { id: row.take()?, trip_id: row.take()?, plate: row.take()?, booking: row.take()? })
    }
}

fn rental(id: i32, trip_id: i64, plate: Option<&str>) -> Rental {
    let booking = Uuid::from_u64_pair(7, id.unsigned_abs().into());
    Rental { id, trip_id, plate: plate.map(str::to_owned), booking }
}

/// A store with these rentals.
async fn with_rentals<F: Fixture>(fixture: &F, rentals: &[Rental]) -> F::Store {
    let store = prepared(fixture).await;
    store.prepare("shop", "order", &[TableSchema::of::<Rental>()]).await.unwrap();
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut table = Table::<Rental>::default();
    lane.begin().await;
    for row in rentals {
        table.insert(row.clone()).unwrap();
    }
    lane.commit_with(&table).await;
    store
}

pub(crate) async fn finds_rows_by_a_field<F: Fixture>(fixture: &F) {
    let rentals = [
        rental(1, 10, Some("A-1")),
        rental(2, 20, Some("it's \"B\"")),
        rental(3, 30, None),
        rental(5, 40, Some("C-3")),
        rental(4, 40, None),
        rental(6, i64::MAX, None),
        rental(7, 70, None),
    ];
    let store = with_rentals(fixture, &rentals).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut table = Table::<Rental>::default();
    table.lock(&3);
    for trip in [10_i64, 40, 40, 77, i64::MAX] {
        table.lock_by("trip", &trip);
    }
    // What has no value is found by none.
    table.lock_by("pla\"te", &None::<String>);
    table.lock_by("pla\"te", &Some("it's \"B\"".to_owned()));
    table.lock_by("pla\"te", &"A-1".to_owned());
    table.lock_by("booking", &rentals[6].booking);
    lane.begin_with(&mut table).await;
    assert_eq!(table.find_by("booking", &rentals[6].booking), Some(&7));
    assert_eq!(table.find_by("booking", &Uuid::nil()), None);
    assert_eq!(table.find_by("trip", &10_i64), Some(&1));
    assert_eq!(table.find_by("trip", &40_i64), Some(&4), "the first in the order of their keys");
    assert_eq!(table.find_by("trip", &77_i64), None);
    assert_eq!(table.find_by("trip", &i64::MAX), Some(&6));
    assert_eq!(table.find_by("pla\"te", &"it's \"B\"".to_owned()), Some(&2));
    assert_eq!(table.find_by("pla\"te", &None::<String>), None);
    for row in &rentals {
        assert_eq!(table.get(&row.id), Some(row), "all of them are loaded, each once");
    }

    // A row that was created or changed meanwhile is found by what it has now.
    table.insert(rental(9, 77, None)).unwrap();
    assert_eq!(table.find_by("trip", &77_i64), Some(&9));
    let moved = table.change(&4, |row| {
        row.trip_id = 10;
        Ok(())
    });
    moved.unwrap();
    assert_eq!(table.find_by("trip", &40_i64), Some(&5));
    assert_eq!(table.find_by("trip", &10_i64), Some(&1));
    lane.commit_with(&table).await;

    // Only what is looked up is loaded.
    let mut table = Table::<Rental>::default();
    table.lock_by("trip", &10_i64);
    lane.begin_with(&mut table).await;
    let loaded: Vec<i32> = (1..=9).filter(|id| table.get(id).is_some()).collect();
    assert_eq!(loaded, [1, 4]);
    lane.commit_with(&table).await;
}

pub(crate) async fn locks_rows_that_are_found_by_a_field<F: Fixture>(fixture: &F) {
    let store = with_rentals(fixture, &[rental(1, 10, None)]).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut table = Table::<Rental>::default();
    table.lock_by("trip", &10_i64);
    lane.begin_with(&mut table).await;
    let rival = tokio::spawn({
        let store = store.clone();
        async move {
            let mut lane = Lane::on(&store, "in:b:0").await;
            let mut table = Table::<Rental>::default();
            table.lock_by("trip", &10_i64);
            lane.begin_with(&mut table).await;
            let plate = table.get(&1).and_then(|row| row.plate.clone());
            lane.commit_with(&table).await;
            plate
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!rival.is_finished(), "it is locked for the first transaction");
    let changed = table.change(&1, |row| {
        row.plate = Some("A-1".to_owned());
        Ok(())
    });
    changed.unwrap();
    lane.commit_with(&table).await;
    assert_eq!(rival.await.unwrap().as_deref(), Some("A-1"));
}

/// For a database that takes statements: one in memory needs no index.
#[allow(dead_code, reason = "not called for the store in memory")]
pub(crate) async fn refuses_a_field_without_an_index<F: Fixture>(fixture: &F, run: impl AsyncFn(String)) {
    let store = prepared(fixture).await;
    let schema = |def| TableSchema { def, seed: Vec::new() };
    store.prepare("shop", "order", &[schema(BARE)]).await.unwrap();
    let message = incompatible(fixture.store().prepare("shop", "order", &[schema(FOUND)]).await);
    for statement in [
        "CREATE INDEX \"rental_tb_trip_lookup\" ON \"rental_tb\" (\"trip\");",
        "CREATE INDEX \"rental_tb_pla\"\"te_lookup\" ON \"rental_tb\" (\"pla\"\"te\");",
    ] {
        assert!(message.contains(statement), "{message}");
    }
    // One more index than a service needs does no harm.
    let (_, statements) = message.split_once("-- table rental_tb\n").expect("statements");
    run(statements.to_owned()).await;
    for def in [FOUND, BARE] {
        fixture.store().prepare("shop", "order", &[schema(def)]).await.unwrap();
    }
}

pub(crate) async fn changes_several_rows_or_none<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut products = Table::<Product>::default();
    let lines = [(3, 1), (1, 4), (3, 2)];
    lines.iter().for_each(|(id, _)| products.lock(id));
    products.lock(&99);
    lane.begin_with(&mut products).await;
    let take = |products: &mut Table<Product>, lines: &[(i32, i32)]| {
        products.change_all(lines.iter().map(|(id, _)| id), |rows| {
            for (id, quantity) in lines {
                let product = rows.get_mut(id)?;
                product.quantity -= quantity;
                if product.quantity < 0 {
                    return Err(Rejection::because("out of stock"));
                }
            }
            Ok((rows.len(), rows.iter().map(|row| row.id).collect::<Vec<_>>()))
        })
    };
    let refused = take(&mut products, &[(1, 3), (3, 11)]);
    assert_eq!(refused, Err(Rejection::because("out of stock")));
    assert_eq!(take(&mut products, &[(1, 3), (99, 1)]), Err(Rejection::not_found()));
    // Also when the handler would not miss it.
    assert_eq!(products.change_all([&1, &99], |rows| Ok(rows.len())), Err(Rejection::not_found()));
    assert_eq!(products.get(&1).unwrap().quantity, 10, "a rejection leaves no trace");
    assert_eq!(take(&mut products, &lines), Ok((2, vec![1, 3])), "named twice, it is one row");
    // A handler that asks for a row it did not name has none.
    let missing = products.change_all([&1], |rows| rows.get_mut(&3).map(|row| row.quantity));
    assert_eq!(missing, Err(Rejection::not_found()));
    lane.commit_with(&products).await;
    let mut stock = Vec::new();
    for id in 1..=3 {
        stock.push(find::<Product>(&store, &id).await.unwrap().quantity);
    }
    assert_eq!(stock, [6, 10, 7]);
}

pub(crate) async fn changes_a_row_or_creates_it<F: Fixture>(fixture: &F) {
    let store = with_rentals(fixture, &[]).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    for round in 1..=2 {
        let mut table = Table::<Rental>::default();
        table.lock(&7);
        table.lock_by("trip", &0_i64);
        lane.begin_with(&mut table).await;
        let mut add = |distance: i64| {
            table.change_or_create(
                &7,
                || rental(7, 0, None),
                |row| {
                    row.trip_id += distance;
                    if row.trip_id > 100 { Err(Rejection::because("too far")) } else { Ok(row.trip_id) }
                },
            )
        };
        assert_eq!(add(1_000), Err(Rejection::because("too far")));
        assert_eq!(add(10), Ok(20 * round - 10), "neither a row nor a change was left");
        assert_eq!(add(10), Ok(20 * round), "also in the same batch");
        assert_eq!(table.find_by("trip", &0_i64), None);
        lane.commit_with(&table).await;
    }
    assert_eq!(find::<Rental>(&store, &7).await.unwrap().trip_id, 40);
}
