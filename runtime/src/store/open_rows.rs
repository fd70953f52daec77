//! Open rows: how old the oldest row is whose saga has not ended.
//!
//! A table whose rows have a status has one more column than its entity, which the database fills in,
//! and an index of the rows that are open. No statement of a batch names either; the age is looked up
//! in the index, however long the table is.

use crate::entity::{ColumnDef, TableDef};

use super::schema::{Dialect, FoundColumn, LONGEST, literal, quoted};

/// The column with the time of creation. No field's column begins like this.
const CREATED: &str = "_created_at";

impl Dialect {
    /// The column's definition; SQLite's time is in milliseconds since 1970.
    pub(super) fn created_column(self, def: &TableDef) -> Option<String> {
        def.status()?;
        Some(match self {
            Dialect::Postgres => format!("{} timestamptz NOT NULL DEFAULT now()", quoted(CREATED)),
            Dialect::Sqlite => format!(
                "{} INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))",
                quoted(CREATED)
            ),
        })
    }

    /// Its name, if a table that was found has it.
    pub(super) fn found_created(self, def: &TableDef, found: &[FoundColumn]) -> Option<String> {
        def.status()?;
        found.iter().any(|column| column.name == CREATED).then(|| quoted(CREATED))
    }

    pub(super) fn open_index(self, def: &TableDef) -> Option<String> {
        let mut name = format!("{}_open", def.name);
        name.truncate(name.floor_char_boundary(LONGEST));
        let (name, table, created) = (quoted(&name), quoted(def.name), quoted(CREATED));
        Some(format!("CREATE INDEX {name} ON {table} ({created}) WHERE {};", is_open(def.status()?)))
    }

    /// The statements that add the column to a table without it; `None` if it has one.
    pub(super) fn add_creation_time(self, def: &TableDef, found: &[FoundColumn]) -> Option<String> {
        let (column, index) = (self.created_column(def)?, self.open_index(def)?);
        if self.found_created(def, found).is_some() {
            return None;
        }
        Some(match self {
            Dialect::Postgres => {
                format!("ALTER TABLE {} ADD COLUMN {column};\n{index}", quoted(def.name))
            }
            // SQLite adds no column whose default it has to compute.
            Dialect::Sqlite => self.rebuild(def, found),
        })
    }

    /// Selects the age: seconds from PostgreSQL, the time of creation from SQLite; NULL if no row is open.
    pub(super) fn oldest_open(self, def: &TableDef) -> Option<String> {
        // With the table's name, or SQLite would take the name of a column that is missing for a text.
        let oldest = format!("min({}.{})", quoted(def.name), quoted(CREATED));
        let age = match self {
            Dialect::Postgres => format!("extract(epoch FROM clock_timestamp() - {oldest})::float8"),
            Dialect::Sqlite => oldest,
        };
        Some(format!("SELECT {age} FROM {} WHERE {}", quoted(def.name), is_open(def.status()?)))
    }
}

/// The same text in the index and in the query, so that each database sees that they fit.
fn is_open(status: &ColumnDef) -> String {
    let open: Vec<String> = status.open.iter().map(|value| literal(value)).collect();
    format!("{} IN ({})", quoted(status.name), open.join(", "))
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqliteConnection;
    use sqlx::{AssertSqlSafe, Connection as _};

    use super::*;

    const ID: ColumnDef = ColumnDef::of::<i32>("id");
    const STATUS: ColumnDef = ColumnDef::of::<String>("status").one_of(&["ASKED", "DONE"]);
    const WITHOUT: TableDef = TableDef { name: "trip_tb", columns: &[ID, STATUS], allocated: false };
    const WITH: TableDef = TableDef { columns: &[ID, STATUS.open(&["ASKED"])], ..WITHOUT };

    fn found(name: &str) -> FoundColumn {
        let (name, ty, in_key) = (name.to_owned(), String::new(), false);
        FoundColumn { name, ty, nullable: false, in_key, defaulted: true, indexed: false, check: None }
    }

    #[tokio::test]
    async fn what_is_proposed_for_an_old_table_of_sqlite_works() {
        let mut database = SqliteConnection::connect("sqlite::memory:").await.expect("SQLite");
        let mut run = async |script: String| {
            sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut database).await.map(drop)
        };
        run(Dialect::Sqlite.create_with_indices(&WITHOUT)).await.expect("a table");
        run("INSERT INTO trip_tb VALUES (1, 'ASKED'), (2, 'DONE')".into()).await.expect("rows");
        let age = Dialect::Sqlite.oldest_open(&WITH).expect("it has a status");
        assert!(run(age.clone()).await.is_err(), "a column that is missing is no text");
        let columns = [found("id"), found("status")];
        run(Dialect::Sqlite.add_creation_time(&WITH, &columns).expect("it is missing"))
            .await
            .expect("what is proposed");
        let created: Option<i64> =
            sqlx::query_scalar(AssertSqlSafe(age.clone())).fetch_one(&mut database).await.expect("the age");
        assert!(created.is_some_and(|created| created > 1_700_000_000_000), "{created:?}");
        let plan = format!("EXPLAIN QUERY PLAN {age}");
        let plan: (i32, i32, i32, String) =
            sqlx::query_as(AssertSqlSafe(plan)).fetch_one(&mut database).await.expect("a plan");
        assert!(plan.3.contains("INDEX trip_tb_open"), "{}", plan.3);
    }

    #[test]
    fn nothing_is_proposed_for_a_table_that_has_the_column() {
        let all = [found("id"), found("status"), found(CREATED)];
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            assert_eq!(dialect.add_creation_time(&WITH, &all), None);
            assert_eq!(dialect.add_creation_time(&WITHOUT, &all[..2]), None, "it has no status");
            assert!(dialect.rebuild(&WITH, &all).matches(CREATED).count() >= 4, "its times are kept");
        }
        let added = Dialect::Postgres.add_creation_time(&WITH, &all[..2]).expect("it is missing");
        assert_eq!(
            added,
            "ALTER TABLE \"trip_tb\" ADD COLUMN \"_created_at\" timestamptz NOT NULL DEFAULT now();\n\
             CREATE INDEX \"trip_tb_open\" ON \"trip_tb\" (\"_created_at\") WHERE \"status\" IN ('ASKED');"
        );
    }
}
