//! Statements of handlers: how values travel, and what comes of those that fail.

use std::time::Duration;

use saga_runtime::store::{Done, Session as _, Statement, Store as _, Writes};
use saga_runtime::{Database, Date, Decimal, Timestamp, Uuid};

use super::{Fixture, Lane, prepared};

const LIMIT: Duration = Duration::from_millis(500);

/// Values travel both ways exactly, whatever the database makes of them meanwhile.
pub(crate) async fn reads_what_handlers_ask_for<F: Fixture>(fixture: &F) {
    let mut lane = Lane::on(&prepared(fixture).await, "in:a:0").await;
    lane.begin().await;
    if lane.session.begin_sql(LIMIT).await.unwrap() == Database::Memory {
        assert!(lane.session.execute(&Statement::new("SELECT 1", true)).await.unwrap().is_err());
        return;
    }
    let mut statement = Statement::new(
        "SELECT $1 AS flag, $2 AS small, $3 AS large, $4 AS text, $5 AS rate, $6 AS id, $7 AS at, $8 AS day, \
         $9 AS list, $10 AS none, '$1; --' AS quoted",
        true,
    );
    let (rate, id): (Decimal, Uuid) = ("12.50".parse().unwrap(), Uuid::from_u128(7));
    let (at, day): (Timestamp, Date) =
        ("1969-12-31T23:59:59.000001Z".parse().unwrap(), "1999-02-28".parse().unwrap());
    let list = vec!["a".to_owned(), "b".to_owned()];
    statement.bind(&true);
    statement.bind(&-3_i32);
    statement.bind(&9_007_199_254_740_993_i64);
    statement.bind(&"it's".to_owned());
    statement.bind(&rate);
    statement.bind(&id);
    statement.bind(&at);
    statement.bind(&day);
    statement.bind(&list);
    statement.bind(&None::<i64>);
    let Done { rows, .. } = lane.session.execute(&statement).await.unwrap().unwrap();
    let row = &rows[0];
    assert_eq!(row.get("flag"), Ok(true));
    assert_eq!(row.get("small"), Ok(-3_i32));
    assert_eq!(row.get("large"), Ok(9_007_199_254_740_993_i64));
    assert_eq!(row.get("text"), Ok("it's".to_owned()));
    assert_eq!(row.get::<Decimal>("rate").unwrap().to_string(), "12.50");
    assert_eq!(row.get("id"), Ok(id));
    assert_eq!(row.get("at"), Ok(at));
    assert_eq!(row.get("day"), Ok(day));
    assert_eq!(row.get("list"), Ok(list));
    assert_eq!(row.get("none"), Ok(None::<i64>));
    assert_eq!(row.get("quoted"), Ok("$1; --".to_owned()));
    assert!(row.get::<i64>("text").is_err() && row.get::<i64>("other").is_err());

    let change = Statement::new("UPDATE product_tb SET quantity = quantity - 1", false);
    let Done { changed, .. } = lane.session.execute(&change).await.unwrap().unwrap();
    let count = Statement::new("SELECT count(*) AS n, sum(quantity) AS left FROM product_tb", true);
    let count = lane.session.execute(&count).await.unwrap().unwrap();
    assert_eq!(count.rows[0].get("n"), Ok(i64::try_from(changed).unwrap()));
    lane.session.commit(&Writes::default()).await.unwrap();
}

/// A statement that is wrong is its author's fault; none ends the transaction, or runs for longer than it may.
pub(crate) async fn knows_whose_fault_a_statement_is<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let endless =
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) AS n FROM n";
    for (text, wrong) in [
        ("COMMIT", "begins with one of SELECT"),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("SELECT * FROM nothing", "nothing"),
        ("SELECT gibberish(", ""),
        (endless, "took too long"),
    ] {
        lane.begin().await;
        if lane.session.begin_sql(LIMIT).await.unwrap() == Database::Memory {
            return;
        }
        let result = lane.session.execute(&Statement::new(text, true)).await;
        let error = result.unwrap_or_else(|error| panic!("{text}: {error}")).expect_err(text);
        assert!(error.contains(wrong), "{text}: {error}");
        lane.session.rollback().await.unwrap();
    }
    lane.begin().await;
    lane.session.begin_sql(LIMIT).await.unwrap();
    let change = Statement::new("UPDATE product_tb SET quantity = 77", false);
    lane.session.execute(&change).await.unwrap().unwrap();
    let _ = lane.session.execute(&Statement::new("SELECT * FROM nothing", true)).await;
    assert!(lane.session.commit(&Writes::default()).await.is_err(), "half of it must not be committed");
    drop(store.session().await);
}
