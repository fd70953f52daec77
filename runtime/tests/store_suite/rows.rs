//! Entities: what is loaded, locked and written.

use std::time::Duration;

use saga_runtime::store::{Equals, Session, Store, StoreError, Writes};
use saga_runtime::{AnyTable, Column, Entity, Table};

use super::entities::{Account, Order, Product};
use super::{Fixture, Lane, entities, find, prepared};

pub(crate) async fn stores_every_kind_of_value<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let full = |id, text: &str, small, big, real: f64, flag| Account {
        id,
        small,
        maybe_small: Some(small),
        big,
        maybe_big: Some(big),
        real,
        maybe_real: Some(real),
        flag,
        maybe_flag: Some(flag),
        text: text.to_owned(),
        maybe_text: Some(text.to_owned()),
    };
    let rows = [
        Account::empty(0),
        full(i64::MIN, "", i32::MIN, i64::MIN, f64::MIN, false),
        full(i64::MAX, "서울 🚲 \"q\" \\ {a,b} \n\t'", i32::MAX, i64::MAX, f64::MAX, true),
        full(-1, "NULL", -1, (1 << 53) + 1, 0.1 + 0.2, true),
        full(-2, "x", 1, 1, f64::MIN_POSITIVE, false),
    ];
    let mut lane = Lane::on(&store, "local:0").await;
    let mut accounts = Table::<Account>::default();
    lane.begin().await;
    for row in &rows {
        accounts.insert(row.clone()).unwrap();
    }
    lane.commit_with(&accounts).await;

    // Read back under a lock, changed all over, and read without one.
    let mut loaded = Table::<Account>::default();
    rows.iter().for_each(|row| loaded.lock(&row.id));
    loaded.lock(&77);
    lane.begin_with(&mut loaded).await;
    assert_eq!(loaded.get(&77), None);
    for row in &rows {
        assert_eq!(loaded.get(&row.id), Some(row));
        loaded
            .change(&row.id, |account| {
                *account = Account { id: account.id, text: "changed".to_owned(), ..rows[2].clone() };
                if account.id == 0 {
                    *account = Account { text: "changed".to_owned(), ..Account::empty(0) };
                }
                Ok(())
            })
            .unwrap();
    }
    lane.commit_with(&loaded).await;
    assert_eq!(
        find::<Account>(&store, &i64::MIN).await.unwrap(),
        Account { id: i64::MIN, text: "changed".to_owned(), ..rows[2].clone() }
    );
    assert_eq!(find::<Account>(&store, &0).await.unwrap().maybe_big, None);
}

pub(crate) async fn refuses_what_json_or_a_database_does_not_have<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let bad: [fn(&mut Account); 5] = [
        |row| row.real = f64::NAN,
        |row| row.maybe_real = Some(f64::NEG_INFINITY),
        |row| row.text = "a\0b".to_owned(),
        |row| row.maybe_text = Some("\0".to_owned()),
        |row| row.real = f64::INFINITY,
    ];
    for spoil in bad {
        let mut row = Account::empty(1);
        spoil(&mut row);
        let mut accounts = Table::<Account>::default();
        lane.begin().await;
        accounts.insert(row).unwrap();
        let written = lane.session.write_table(&accounts).await;
        assert!(matches!(written, Err(StoreError::Refused(_))), "{written:?}");
        lane.session.rollback().await.unwrap();
    }
}

pub(crate) async fn refuses_a_key_that_no_index_takes<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    for (length, fits) in [(1_024, true), (1_025, false), (9_000, false)] {
        let mut orders = Table::<Order>::default();
        lane.begin().await;
        let inserted = orders.insert(order(&"k".repeat(length), "fin")).is_ok();
        assert_eq!(inserted, fits, "{length}");
        if inserted {
            lane.session.write_table(&orders).await.unwrap();
        }
        lane.session.rollback().await.unwrap();
    }
}

fn order(group: &str, select: &str) -> Order {
    Order { group: group.to_owned(), user: None, select: select.to_owned(), quoted: "q".to_owned() }
}

pub(crate) async fn takes_reserved_words_for_names<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut orders = Table::<Order>::default();
    let keys = ["ключ", "a'b\"c", "2"];
    for key in keys {
        orders.lock(&key.to_owned());
    }
    lane.begin_with(&mut orders).await;
    for key in keys {
        orders.insert(order(key, "it's")).unwrap();
    }
    lane.commit_with(&orders).await;

    let mut orders = Table::<Order>::default();
    keys.iter().for_each(|key| orders.lock(&(*key).to_owned()));
    lane.begin_with(&mut orders).await;
    orders
        .change(&keys[1].to_owned(), |row| {
            row.user = Some(4);
            Ok(())
        })
        .unwrap();
    lane.commit_with(&orders).await;
    assert_eq!(find::<Order>(&store, &keys[1].to_owned()).await.unwrap().user, Some(4));
    assert_eq!(find::<Order>(&store, &keys[0].to_owned()).await.unwrap(), order(keys[0], "it's"));
}

pub(crate) async fn refuses_a_value_outside_its_enumeration<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut orders = Table::<Order>::default();
    lane.begin_with(&mut orders).await;
    orders.insert(order("a", "FROM")).unwrap();
    let refused = lane.session.write_table(&orders).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn commits_nothing_after_a_failed_statement<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&1);
    lane.begin_with(&mut products).await;
    products
        .change(&1, |row| {
            row.quantity = 0;
            Ok(())
        })
        .unwrap();
    lane.session.write_table(&products).await.unwrap();
    let mut orders = Table::<Order>::default();
    orders.insert(order("a", "FROM")).unwrap();
    lane.session.write_table(&orders).await.unwrap_err();
    for _ in 0..2 {
        let refused = lane.session.commit(&Writes::default()).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    }
    assert_eq!(find::<Product>(&store, &1).await.unwrap().quantity, 10);
    lane.begin().await;
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn finds_and_pages<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let ids = |columns: Vec<Column<'static>>| -> Vec<i32> {
        entities::<Product>(&columns).iter().map(|product| product.id).collect()
    };
    assert_eq!(ids(store.page(&Product::TABLE, &[], None, 2).await.unwrap()), [1, 2]);
    assert_eq!(ids(store.page(&Product::TABLE, &[], Some(Column::of([&2])), 2).await.unwrap()), [3]);
    assert!(ids(store.page(&Product::TABLE, &[], Some(Column::of([&3])), 2).await.unwrap()).is_empty());
    assert_eq!(find::<Product>(&store, &9).await, None);
}

fn text(text: &'static str) -> Column<'static> {
    Column::Text(vec![Some(text.into())])
}

pub(crate) async fn pages_by_the_values_of_fields<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut accounts = Table::<Account>::default();
    lane.begin().await;
    for id in [i64::MIN, -1, 2, 10, i64::MAX] {
        let even = id % 2 == 0;
        let row = Account {
            small: if even { i32::MIN } else { 7 },
            maybe_small: even.then_some(7),
            big: (1 << 53) + i64::from(even),
            real: if even { 0.1 + 0.2 } else { 0.3 },
            flag: even,
            maybe_flag: even.then_some(false),
            text: if even { "it's % \"서울\"".to_owned() } else { "it's".to_owned() },
            ..Account::empty(id)
        };
        accounts.insert(row).unwrap();
    }
    lane.commit_with(&accounts).await;
    let equals = |column: &str, value: Column<'static>| {
        let column = Account::TABLE.columns.iter().find(|known| known.name == column).unwrap();
        Equals { column, value }
    };
    let page = async |equals: &[Equals], after: Option<i64>, limit| -> Vec<i64> {
        let after = after.as_ref().map(|after| Column::of([after]));
        let rows = store.page(&Account::TABLE, equals, after, limit).await.unwrap();
        entities::<Account>(&rows).iter().map(|account| account.id).collect()
    };
    let (even, odd) = ([i64::MIN, 2, 10], [-1, i64::MAX]);
    for (column, value, expected) in [
        ("id", Column::BigInt(vec![Some(i64::MIN)]), &[i64::MIN][..]),
        ("small", Column::Int(vec![Some(i32::MIN)]), &even),
        ("maybe_small", Column::Int(vec![Some(7)]), &even),
        ("big", Column::BigInt(vec![Some(1 << 53)]), &odd),
        ("real", Column::Double(vec![Some(0.1 + 0.2)]), &even),
        ("real", Column::Double(vec![Some(0.3)]), &odd),
        ("flag", Column::Bool(vec![Some(false)]), &odd),
        ("maybe_flag", Column::Bool(vec![Some(false)]), &even),
        ("text", text("it's % \"서울\""), &even),
        ("text", text("it's"), &odd),
        ("text", text("IT'S"), &[]),
        ("maybe_text", text(""), &[]),
    ] {
        let case = format!("{column} = {value:?}");
        assert_eq!(page(&[equals(column, value)], None, 100).await, expected, "{case}");
    }
    let both =
        [equals("flag", Column::Bool(vec![Some(true)])), equals("maybe_small", Column::Int(vec![Some(7)]))];
    assert_eq!(page(&both, None, 2).await, [i64::MIN, 2]);
    assert_eq!(page(&both, Some(2), 2).await, [10]);
    assert!(page(&both, Some(10), 2).await.is_empty());
}

pub(crate) async fn pages_by_names_that_have_to_be_quoted<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    lane.begin().await;
    let mut orders = Table::<Order>::default();
    for (group, select) in [("b", "fin"), ("a", "it's"), ("B", "fin"), ("", "fin")] {
        orders.insert(order(group, select)).unwrap();
    }
    lane.commit_with(&orders).await;
    let groups = async |column: usize, value: &'static str, after: Option<&str>| -> Vec<String> {
        let equals = [Equals { column: &Order::TABLE.columns[column], value: text(value) }];
        let after = after.map(|after| Column::Text(vec![Some(after.into())]));
        let rows = store.page(&Order::TABLE, &equals, after, 100).await.unwrap();
        entities::<Order>(&rows).into_iter().map(|order| order.group).collect()
    };
    // Which of two cases comes first is the database's affair.
    let mut found = groups(2, "fin", None).await;
    found.sort_unstable();
    assert_eq!(found, ["", "B", "b"]);
    assert_eq!(groups(2, "it's", Some("")).await, ["a"]);
    assert!(groups(2, "it's", Some("a")).await.is_empty());
    let quoted = order("a", "fin").quoted;
    assert_eq!(groups(3, quoted.leak(), None).await.len(), 4);
}

pub(crate) async fn blocks_on_a_locked_row_and_sees_what_was_committed<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&2);
    products.lock(&1);
    lane.begin_with(&mut products).await;
    let rival = tokio::spawn({
        let store = store.clone();
        async move {
            let mut lane = Lane::on(&store, "in:a:1").await;
            let mut products = Table::<Product>::default();
            products.lock(&1);
            lane.begin_with(&mut products).await;
            products
                .change(&1, |row| {
                    row.quantity -= 1;
                    Ok(())
                })
                .unwrap();
            lane.commit_with(&products).await;
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!rival.is_finished(), "the second transaction must wait for the first one's rows");
    products
        .change(&1, |row| {
            row.quantity -= 4;
            Ok(())
        })
        .unwrap();
    lane.commit_with(&products).await;
    rival.await.unwrap();
    assert_eq!(find::<Product>(&store, &1).await.unwrap().quantity, 5);
}

pub(crate) async fn reads_rows_without_locking_them<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.session.begin(&[lane.fence]).await.unwrap();
    let (mut seen, mut products) = (Table::<Product>::default(), Table::<Product>::default());
    [1, 99].iter().for_each(|key| seen.lock(key));
    lane.session.read_table(&mut seen).await.unwrap();
    assert!(seen.get(&1).is_some() && seen.get(&99).is_none());
    // What was read is locked afterwards, in the same transaction.
    products.lock(&1);
    lane.session.load_table(&mut products).await.unwrap();
    assert_eq!(seen.get(&1), products.get(&1));
    lane.session.read_table(&mut Table::<Product>::default()).await.unwrap();
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn rolls_everything_back<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&1);
    products.reserve_new();
    lane.begin_with(&mut products).await;
    products
        .change(&1, |row| {
            row.quantity = 0;
            Ok(())
        })
        .unwrap();
    products.create(|id| Product { id, name: "new".to_owned(), quantity: 1 }).unwrap();
    lane.session.write_table(&products).await.unwrap();
    let once = std::collections::BTreeSet::from([("step", "1".to_owned())]);
    assert_eq!(lane.session.claim_once(&once).await.unwrap(), once);
    lane.session.rollback().await.unwrap();
    lane.session.rollback().await.unwrap();

    assert_eq!(find::<Product>(&store, &1).await.unwrap().quantity, 10);
    assert_eq!(find::<Product>(&store, &4).await, None);
    lane.begin().await;
    assert_eq!(lane.session.claim_once(&once).await.unwrap(), once);
    lane.session.commit(&Writes::default()).await.unwrap();
}

pub(crate) async fn numbers_rows_densely_after_a_rollback<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let make = |id| Product { id, name: "new".to_owned(), quantity: 1 };
    for commit in [false, true] {
        let mut products = Table::<Product>::default();
        products.reserve_new();
        products.reserve_new();
        lane.begin_with(&mut products).await;
        assert_eq!(products.create(make).unwrap().id, 4);
        if commit {
            lane.commit_with(&products).await;
        } else {
            lane.session.write_table(&products).await.unwrap();
            lane.session.rollback().await.unwrap();
        }
    }
    // Of two keys announced one was used; the next one follows it.
    let mut products = Table::<Product>::default();
    products.reserve_new();
    lane.begin_with(&mut products).await;
    assert_eq!(products.create(make).unwrap().id, 5);
    lane.commit_with(&products).await;
}

pub(crate) async fn writes_hundreds_of_rows<F: Fixture>(fixture: &F) {
    const ROWS: i64 = 777;
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut accounts = Table::<Account>::default();
    lane.begin().await;
    for id in 0..ROWS {
        accounts.insert(Account::empty(id)).unwrap();
    }
    lane.commit_with(&accounts).await;
    let mut accounts = Table::<Account>::default();
    (0..ROWS).for_each(|id| accounts.lock(&id));
    lane.begin_with(&mut accounts).await;
    for id in 0..ROWS {
        accounts
            .change(&id, |account| {
                account.big = id * 3;
                Ok(())
            })
            .unwrap();
    }
    lane.commit_with(&accounts).await;
    let rows = entities::<Account>(&store.page(&Account::TABLE, &[], None, 1_000).await.unwrap());
    assert!(rows.iter().zip(0..ROWS).all(|(row, id)| row.big == id * 3));
    assert_eq!(rows.len(), 777);
}

pub(crate) async fn reports_a_taken_key_as_a_conflict<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let insert = || {
        let mut accounts = Table::<Account>::default();
        accounts.insert(Account::empty(5)).unwrap();
        accounts
    };
    lane.begin().await;
    lane.commit_with(&insert()).await;
    lane.begin().await;
    let taken = lane.session.write_table(&insert() as &dyn AnyTable).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    lane.session.rollback().await.unwrap();
    lane.begin().await;
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn starts_over_after_a_forgotten_transaction<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "local:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&1);
    lane.begin_with(&mut products).await;
    products
        .change(&1, |row| {
            row.quantity = 0;
            Ok(())
        })
        .unwrap();
    lane.session.write_table(&products).await.unwrap();
    lane.begin().await;
    lane.session.commit(&Writes::default()).await.unwrap();
    assert_eq!(find::<Product>(&store, &1).await.unwrap().quantity, 10);

    // A session that is dropped leaves nothing behind, neither rows nor locks.
    let mut products = Table::<Product>::default();
    products.lock(&1);
    lane.begin_with(&mut products).await;
    products
        .change(&1, |row| {
            row.quantity = 0;
            Ok(())
        })
        .unwrap();
    lane.session.write_table(&products).await.unwrap();
    drop(lane);
    let mut lane = Lane::on(&store, "local:0").await;
    let mut products = Table::<Product>::default();
    products.lock(&1);
    lane.begin_with(&mut products).await;
    assert_eq!(products.get(&1).unwrap().quantity, 10);
    lane.session.rollback().await.unwrap();
}
