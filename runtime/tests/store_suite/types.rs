//! Decimals, UUIDs, times, records and lists: each store keeps them as they are.

use std::collections::BTreeSet;

use saga_runtime::store::{Equals, Session, Store, StoreError};
use saga_runtime::{
    Cell, Column, ColumnType, Date, Decimal, Entity, Key, RowError, Table, TableSchema, Timestamp, Uuid,
    literal,
};
use serde::{Deserialize, Serialize};

use super::entities::entity;
use super::{Fixture, Lane, entities, find};

/// A record, as generated code stores it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Home {
    street: String,
    #[serde(with = "saga_runtime::exact")]
    rent: Decimal,
    meters: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zip: Option<String>,
}

impl Cell for Home {
    const TYPE: ColumnType = ColumnType::Json;

    fn put<'a>(&'a self, column: &mut Column<'a>) {
        column.push_json(self);
    }

    fn take(column: &Column<'_>, row: usize) -> Result<Self, RowError> {
        column.json(row)
    }
}

entity!(
    /// Every type that is kept as text somewhere, with and without NULL.
    Policy in "policy_tb", allocated: false,
    id: Uuid as "id",
    premium: Decimal as "premium", maybe_premium: Option<Decimal> as "maybe_premium",
    holder: Uuid as "holder", maybe_holder: Option<Uuid> as "maybe_holder",
    starts: Timestamp as "starts", maybe_starts: Option<Timestamp> as "maybe_starts",
    born: Date as "born", maybe_born: Option<Date> as "maybe_born",
    home: Home as "home", maybe_home: Option<Home> as "maybe_home",
    parts: Vec<Decimal> as "parts", homes: Vec<Home> as "homes";
    seed: vec![policy(Uuid::from_u128(1), "0.00"), policy(Uuid::from_u128(2), "12.50")]
);

entity!(
    /// A natural key that is a time.
    Tick in "tick_tb", allocated: false, at: Timestamp as "at", note: String as "note"
);

entity!(
    /// A natural key that is a day.
    Day in "day_tb", allocated: false, day: Date as "day", note: String as "note"
);

fn policy(id: Uuid, premium: &str) -> Policy {
    Policy {
        id,
        premium: literal(premium),
        maybe_premium: None,
        holder: Uuid::nil(),
        maybe_holder: None,
        starts: literal("2026-01-31T12:00:00Z"),
        maybe_starts: None,
        born: literal("0001-01-01"),
        maybe_born: None,
        home: Home { street: String::new(), rent: Decimal::ZERO, meters: 0.0, zip: None },
        maybe_home: None,
        parts: Vec::new(),
        homes: Vec::new(),
    }
}

fn full(premium: &str) -> Policy {
    let home = Home {
        street: "서울 \"q\" \\ {a,b}'".to_owned(),
        rent: literal(premium),
        meters: 0.1 + 0.2,
        zip: Some("NULL".to_owned()),
    };
    Policy {
        id: Uuid::max(),
        premium: literal(premium),
        maybe_premium: Some(literal(premium)),
        holder: Uuid::from_u128(u128::MAX / 3),
        maybe_holder: Some(Uuid::max()),
        starts: literal("0001-01-01T00:00:00.000001Z"),
        maybe_starts: Some(literal("9999-12-30T22:00:00.999999Z")),
        born: literal("9999-12-31"),
        maybe_born: Some(literal("2024-02-29")),
        home: home.clone(),
        maybe_home: Some(home.clone()),
        parts: vec![literal(premium), literal("0.00")],
        homes: vec![home.clone(), home],
    }
}

async fn prepared<F: Fixture>(fixture: &F) -> F::Store {
    let store = fixture.store();
    let tables = [TableSchema::of::<Policy>(), TableSchema::of::<Tick>(), TableSchema::of::<Day>()];
    store.prepare("shop", "order", &tables).await.unwrap();
    // A second start finds what it needs.
    store.prepare("shop", "order", &tables).await.unwrap();
    store
}

/// A decimal is equal to another with more zeros; here they are told apart.
fn digits(policy: &Policy) -> Vec<String> {
    let all = [Some(policy.premium), policy.maybe_premium, Some(policy.home.rent)];
    all.into_iter().flatten().chain(policy.parts.iter().copied()).map(|it| it.to_string()).collect()
}

pub(crate) async fn stores_every_type_exactly<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    for premium in ["0.00", "12.50"] {
        let seeded = find::<Policy>(&store, &Uuid::from_u128(if premium == "0.00" { 1 } else { 2 })).await;
        assert_eq!(seeded.unwrap().premium.to_string(), premium);
    }
    let mut lane = Lane::on(&store, "local:0").await;
    for premium in [
        "-0.0000000000000000000000000001",
        "79228162514264337593543950335",
        "9007199254740993.10",
        "100",
        "1000000.000",
    ] {
        let row = Policy { id: Uuid::now_v7(), ..full(premium) };
        let mut policies = Table::<Policy>::default();
        lane.begin().await;
        policies.insert(row.clone()).unwrap();
        lane.commit_with(&policies).await;

        let mut loaded = Table::<Policy>::default();
        loaded.lock(&row.id);
        loaded.lock(&Uuid::from_u128(77));
        lane.begin_with(&mut loaded).await;
        assert_eq!(loaded.get(&row.id), Some(&row));
        assert_eq!(digits(loaded.get(&row.id).unwrap()), digits(&row));
        loaded
            .change(&row.id, |policy| {
                *policy = self::policy(policy.id, "1.0");
                Ok(())
            })
            .unwrap();
        lane.commit_with(&loaded).await;
        assert_eq!(find::<Policy>(&store, &row.id).await.unwrap(), self::policy(row.id, "1.0"));
    }
}

pub(crate) async fn sorts_and_finds_keys_of_every_type<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    // As text without a fixed number of digits, these would sort otherwise.
    let times =
        ["0001-01-01T00:00:00Z", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "9999-01-01T00:00:00Z"];
    let ticks = times.map(|at| Tick { at: literal(at), note: at.to_owned() });
    let days =
        ["0001-01-01", "1999-12-31", "2000-01-01"].map(|day| Day { day: literal(day), note: day.to_owned() });
    pages_in_order(&store, &mut lane, &ticks).await;
    pages_in_order(&store, &mut lane, &days).await;
    let seeded = Uuid::from_u128(2);
    let first = store.page(&Policy::TABLE, &[], Some(Column::of([&Uuid::from_u128(1)])), 10).await.unwrap();
    assert_eq!(entities::<Policy>(&first).iter().map(|it| it.id).collect::<Vec<_>>(), [seeded]);
}

/// Inserts rows and reads them back, one page after the other.
async fn pages_in_order<S: Store, E: Entity>(store: &S, lane: &mut Lane<S>, rows: &[E]) {
    let mut table = Table::<E>::default();
    rows.iter().rev().for_each(|row| table.lock(row.key()));
    lane.begin_with(&mut table).await;
    for row in rows.iter().rev() {
        table.insert(row.clone()).unwrap();
    }
    lane.commit_with(&table).await;
    let mut after = None;
    for row in rows {
        let page = store.page(&E::TABLE, &[], after, 1).await.unwrap();
        assert_eq!(entities::<E>(&page), std::slice::from_ref(row));
        assert_eq!(find::<E>(store, row.key()).await.as_ref(), Some(row));
        let parsed: E::Key = row.key().to_string().parse().ok().expect("a key out of a path");
        assert_eq!(&parsed, row.key());
        after = Some(Column::of([row.key()]).into_owned());
    }
    let keys: BTreeSet<E::Key> = rows.iter().map(|row| row.key().clone()).collect();
    assert!(keys.iter().eq(rows.iter().map(Entity::key)), "Rust sorts keys as the database does");
    assert!(E::Key::allocated(1).is_none());
}

pub(crate) async fn refuses_what_no_database_has<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let bad: [fn(&mut Policy); 5] = [
        |row| row.starts = literal("0000-12-31T23:59:59Z"),
        |row| row.maybe_born = Some(literal("0000-01-01")),
        |row| row.home.meters = f64::NAN,
        |row| row.home.street = "a\0b".to_owned(),
        |row| row.homes = vec![Home { meters: f64::INFINITY, ..row.home.clone() }],
    ];
    for spoil in bad {
        let mut row = policy(Uuid::now_v7(), "1");
        spoil(&mut row);
        let mut policies = Table::<Policy>::default();
        lane.begin().await;
        policies.insert(row).unwrap();
        let written = lane.session.write_table(&policies).await;
        assert!(matches!(written, Err(StoreError::Refused(_))), "{written:?}");
        lane.session.rollback().await.unwrap();
    }
}

pub(crate) async fn compares_decimals_by_their_values<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut policies = Table::<Policy>::default();
    lane.begin().await;
    for (id, premium) in [(10, "12.5"), (11, "12.50"), (12, "12.500000"), (13, "12.05"), (14, "-12.5")] {
        policies.insert(policy(Uuid::from_u128(id), premium)).unwrap();
    }
    lane.commit_with(&policies).await;
    let column = Policy::TABLE.columns.iter().find(|column| column.name == "premium").unwrap();
    for (asked, found) in [("12.5", vec![2, 10, 11, 12]), ("12.500", vec![2, 10, 11, 12]), ("0", vec![1])] {
        let value = Column::of([&literal::<Decimal>(asked)]).into_owned();
        let rows = store.page(&Policy::TABLE, &[Equals { column, value }], None, 100).await.unwrap();
        let ids: Vec<Option<_>> =
            found.iter().map(|id| Some(Uuid::from_u128(*id).to_string().into())).collect();
        assert_eq!(rows[0], Column::Text(ids), "{asked}");
    }
}
