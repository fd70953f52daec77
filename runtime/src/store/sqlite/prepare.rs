//! Creates what is missing in a SQLite file, and refuses what does not fit.

use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqliteRow;

use crate::entity::TableDef;
use crate::store::compatibility::{
    SCHEMA_VERSION, belongs_elsewhere, other_environment, unfit_tables, warn_without_creation_time,
};
use crate::store::schema::{Dialect, FoundColumn, constraint_name};
use crate::store::{PinnedTopic, Result, TableSchema};

use super::rows::{cell, failed};
use super::session::SqliteSession;
use super::statements::{PROTOCOL_TABLES, TableStatements};

/// Makes the database ready for `service`, inside an open transaction.
pub(super) async fn prepare(
    session: &mut SqliteSession,
    saga: &str,
    service: &str,
    tables: &[TableSchema],
) -> Result<()> {
    let identity = session.identity()?;
    // Before the tables: what is missing in those of another version cannot be created beside them.
    belongs_to(session, saga, service).await?;
    session.script(PROTOCOL_TABLES).await?;
    let insert = "INSERT INTO saga_meta (one, saga, service, version, db_identity) VALUES (1, ?, ?, ?, ?)
                  ON CONFLICT DO NOTHING";
    let insert = sqlx::query(insert).bind(saga).bind(service).bind(SCHEMA_VERSION).bind(identity);
    session.affected(insert).await?;

    let mut unfit = Vec::new();
    for table in tables {
        let found = describe(session, &table.def).await?;
        if found.is_empty() {
            create(session, table).await?;
        } else if let Some(statements) = Dialect::Sqlite.alterations(&table.def, &found) {
            unfit.push((table.def.name, statements));
        } else {
            allocate(session, &table.def).await?;
            warn_without_creation_time(&table.def, Dialect::Sqlite.add_creation_time(&table.def, &found));
        }
    }
    unfit_tables(&unfit)
}

/// Refuses a database of another owner or another version; a new one belongs to no service yet.
async fn belongs_to(session: &mut SqliteSession, saga: &str, service: &str) -> Result<()> {
    const USED: &str = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = 'saga_meta'";
    let used = session.row(sqlx::query(USED)).await?;
    if !cell::<bool>(&used, 0)? {
        return Ok(());
    }
    let meta = session.row(sqlx::query("SELECT saga, service, version FROM saga_meta")).await?;
    let found = (cell(&meta, 0)?, cell(&meta, 1)?);
    belongs_elsewhere(Dialect::Sqlite, (saga, service), found, cell(&meta, 2)?)
}

async fn create(session: &mut SqliteSession, table: &TableSchema) -> Result<()> {
    session.script(AssertSqlSafe(Dialect::Sqlite.create_with_indices(&table.def))).await?;
    if !table.seed.is_empty() {
        let statements = TableStatements::of(&table.def);
        session.write_columns(&statements.insert, &table.seed, failed).await?;
    }
    if !table.def.allocated {
        return Ok(());
    }
    let insert = sqlx::query("INSERT INTO saga_id (entity, next) VALUES (?, ?) ON CONFLICT DO NOTHING");
    let insert = insert.bind(table.def.name).bind(table.first_free_id());
    session.affected(insert).await.map(drop)
}

/// Lets the keys of a table that this service did not create begin after its rows.
async fn allocate(session: &mut SqliteSession, def: &TableDef) -> Result<()> {
    if !def.allocated {
        return Ok(());
    }
    let names = crate::store::sql::Names::of(def);
    let insert = format!(
        "INSERT INTO saga_id (entity, next) SELECT ?, coalesce(max({}), 0) + 1 FROM {} WHERE true
         ON CONFLICT DO NOTHING",
        names.key, names.table
    );
    let insert = sqlx::query(AssertSqlSafe(insert)).bind(def.name);
    session.affected(insert).await.map(drop)
}

/// The columns of a table; none when it does not exist.
async fn describe(session: &mut SqliteSession, def: &TableDef) -> Result<Vec<FoundColumn>> {
    let text = session
        .rows(sqlx::query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").bind(def.name))
        .await?;
    let Some(text) = text.first() else { return Ok(Vec::new()) };
    let text: &str = cell(text, 0)?;
    let columns = "SELECT name, type, \"notnull\", pk, dflt_value IS NOT NULL, EXISTS (
          SELECT 1 FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS i
          WHERE NOT l.partial AND i.seqno = 0 AND i.name = t.name)
        FROM pragma_table_info(?1) AS t";
    let columns = session.rows(sqlx::query(columns).bind(def.name)).await?;
    let check_of = |name: &str| {
        let column = def.columns.iter().find(|column| column.name == name)?;
        let marker = format!("\"{}\" CHECK ", constraint_name(def, column));
        Some(text.split_once(&marker)?.1.to_owned())
    };
    let found = |row: &SqliteRow| {
        let name: String = cell(row, 0)?;
        let in_key = cell::<i64>(row, 3)? != 0;
        Ok(FoundColumn {
            ty: cell(row, 1)?,
            // A rowid key is never NULL, whether or not it says so.
            nullable: cell::<i64>(row, 2)? == 0 && !in_key,
            in_key,
            defaulted: cell::<i64>(row, 4)? != 0,
            indexed: cell::<i64>(row, 5)? != 0,
            check: check_of(&name),
            name,
        })
    };
    columns.iter().map(found).collect()
}

/// Remembers the prefix of topics, or compares it with the one remembered.
pub(super) async fn claim_prefix(session: &mut SqliteSession, prefix: &str) -> Result<()> {
    const CLAIM: &str = "UPDATE saga_meta SET kafka_prefix = ? WHERE kafka_prefix IS NULL";
    session.affected(sqlx::query(CLAIM).bind(prefix)).await?;
    let row = session.row(sqlx::query("SELECT kafka_prefix FROM saga_meta")).await?;
    other_environment(prefix, cell(&row, 0)?)
}

/// Pins topics, inside an open transaction.
pub(super) async fn pin_topics(
    session: &mut SqliteSession,
    topics: &[PinnedTopic],
) -> Result<Vec<PinnedTopic>> {
    const PIN: &str = "INSERT INTO saga_topic (topic, partitions, topic_id) VALUES (?, ?, ?)
        ON CONFLICT (topic) DO UPDATE SET topic_id = excluded.topic_id WHERE saga_topic.topic_id IS NULL";
    for topic in topics {
        let pin = sqlx::query(PIN).bind(&topic.topic).bind(topic.partitions);
        session.affected(pin.bind(topic.id.map(|id| id.to_string()))).await?;
    }
    session.pinned_topics().await
}
