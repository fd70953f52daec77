//! Creates what is missing in a PostgreSQL database, and refuses what does not fit.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgRow;
use tracing::warn;

use crate::entity::TableDef;
use crate::store::compatibility::{
    SCHEMA_VERSION, belongs_elsewhere, other_environment, unfit_tables, warn_without_creation_time,
};
use crate::store::schema::{Dialect, FoundColumn, constraint_name, quoted};
use crate::store::sql::Names;
use crate::store::{PinnedTopic, Result, StoreError, TableSchema};

use super::protocol::PROTOCOL_TABLES;
use super::rights;
use super::rows::cell;
use super::session::PostgresSession;
use super::statements::{TableStatements, bind_column};
use super::take_over::Place;

/// Makes the database ready for `service`, inside an open transaction.
pub(super) async fn prepare(
    session: &mut PostgresSession,
    place: &Place,
    (saga, service): (&str, &str),
    tables: &[TableSchema],
) -> Result<()> {
    warn_of_torn_pages(session).await?;
    if let Some(reason) = &place.anonymous {
        warn!(
            reason,
            "the server does not say which database cluster it is, so a database that comes from a backup is not \
             noticed by that: after a restore, run `{service} ops restored` before the service starts"
        );
    }
    // Two instances may start together; the second finds everything there.
    session.lock_creation().await?;
    if !exists(session, "saga_meta").await? {
        rights::not_elsewhere(session, saga, service).await?;
        rights::may_create(session, service, "saga_meta").await?;
        session.script(PROTOCOL_TABLES).await?;
    }
    rights::are_granted(session, tables).await?;
    // An owner may have created the tables, as the plan says; the rows are always the service's.
    let insert =
        "INSERT INTO saga_meta (one, saga, service, version, db_identity) SELECT true, $1, $2, $3, $4
        WHERE NOT EXISTS (SELECT FROM saga_meta) AND NOT EXISTS (SELECT FROM saga_shard)";
    let insert = sqlx::query(insert).bind(saga).bind(service).bind(SCHEMA_VERSION).bind(&place.identity);
    session.affected(insert).await?;
    let meta = session.rows(sqlx::query("SELECT saga, service, version FROM saga_meta")).await?;
    let meta = meta.first().ok_or_else(|| StoreError::Incompatible("the table saga_meta is empty".into()))?;
    let found = (cell(meta, 0)?, cell(meta, 1)?);
    belongs_elsewhere(Dialect::Postgres, (saga, service), found, cell(meta, 2)?)?;

    let mut unfit = Vec::new();
    for table in tables {
        let found = describe(session, &table.def).await?;
        if found.is_empty() {
            rights::may_create(session, service, table.def.name).await?;
            create(session, table).await?;
        } else if let Some(statements) = Dialect::Postgres.alterations(&table.def, &found) {
            unfit.push((table.def.name, statements));
        } else {
            allocate(session, &table.def).await?;
            warn_without_creation_time(&table.def, Dialect::Postgres.add_creation_time(&table.def, &found));
        }
    }
    unfit_tables(&unfit)
}

/// Warns about a server that is configured well only if its storage is of a certain kind.
async fn warn_of_torn_pages(session: &mut PostgresSession) -> Result<()> {
    const PAGES: &str = "SELECT coalesce(current_setting('full_page_writes', true), '')";
    let rows = session.rows(sqlx::query(PAGES)).await?;
    if rows.first().map(|row| cell::<&str>(row, 0)).transpose()? == Some("off") {
        warn!(
            "this PostgreSQL server runs with full_page_writes=off: unless its file system writes pages as a whole, a \
             crash of its machine may damage the tables"
        );
    }
    Ok(())
}

async fn exists(session: &mut PostgresSession, table: &str) -> Result<bool> {
    let rows = session.rows(sqlx::query("SELECT to_regclass($1) IS NOT NULL").bind(quoted(table))).await?;
    rows.first().map_or(Ok(false), |row| cell(row, 0))
}

async fn create(session: &mut PostgresSession, table: &TableSchema) -> Result<()> {
    session.script(AssertSqlSafe(Dialect::Postgres.create_with_indices(&table.def))).await?;
    if !table.seed.is_empty() {
        let insert = sqlx::query(AssertSqlSafe(TableStatements::of(&table.def).insert));
        session.affected(table.seed.iter().fold(insert, bind_column)).await?;
    }
    if !table.def.allocated {
        return Ok(());
    }
    let insert = sqlx::query("INSERT INTO saga_id (entity, next) VALUES ($1, $2) ON CONFLICT DO NOTHING");
    session.affected(insert.bind(table.def.name).bind(table.first_free_id())).await.map(drop)
}

/// Lets the keys of a table that this service did not create begin after its rows.
async fn allocate(session: &mut PostgresSession, def: &TableDef) -> Result<()> {
    if !def.allocated {
        return Ok(());
    }
    let names = Names::of(def);
    let insert = format!(
        "INSERT INTO saga_id (entity, next) SELECT $1, coalesce(max({})::int8, 0) + 1 FROM {}
         ON CONFLICT DO NOTHING",
        names.key, names.table
    );
    session.affected(sqlx::query(AssertSqlSafe(insert)).bind(def.name)).await.map(drop)
}

/// The columns of a table; none when it does not exist.
async fn describe(session: &mut PostgresSession, def: &TableDef) -> Result<Vec<FoundColumn>> {
    const CHECKS: &str = "
        SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = to_regclass($1) AND contype = 'c'";
    const COLUMNS: &str = "
        SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
          coalesce(a.attnum = ANY(i.indkey::int2[]), false), a.atthasdef OR a.attidentity <> '',
          EXISTS (SELECT FROM pg_index AS l WHERE l.indrelid = a.attrelid AND l.indkey[0] = a.attnum
            AND l.indisvalid AND l.indpred IS NULL)
        FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
    let table = quoted(def.name);
    let checks = session.rows(sqlx::query(CHECKS).bind(&table)).await?;
    let checks = checks
        .iter()
        .map(|row| Ok((cell(row, 0)?, cell(row, 1)?)))
        .collect::<Result<Vec<(String, String)>>>()?;
    let check_of = |name: &str| {
        let column = def.columns.iter().find(|column| column.name == name)?;
        let name = constraint_name(def, column);
        checks.iter().find(|check| check.0 == name).map(|check| check.1.clone())
    };
    let found = |row: &PgRow| {
        let name: String = cell(row, 0)?;
        Ok(FoundColumn {
            ty: cell(row, 1)?,
            nullable: cell(row, 2)?,
            in_key: cell(row, 3)?,
            defaulted: cell(row, 4)?,
            indexed: cell(row, 5)?,
            check: check_of(&name),
            name,
        })
    };
    session.rows(sqlx::query(COLUMNS).bind(&table)).await?.iter().map(found).collect()
}

/// Remembers the prefix of topics, or compares it with the one remembered.
pub(super) async fn claim_prefix(session: &mut PostgresSession, prefix: &str) -> Result<()> {
    const CLAIM: &str = "UPDATE saga_meta SET kafka_prefix = $1 WHERE kafka_prefix IS NULL";
    session.affected(sqlx::query(CLAIM).bind(prefix)).await?;
    let rows = session.rows(sqlx::query("SELECT kafka_prefix FROM saga_meta")).await?;
    let row = rows.first().ok_or_else(|| StoreError::Incompatible("the table saga_meta is empty".into()))?;
    other_environment(prefix, cell(row, 0)?)
}

/// Pins topics, inside an open transaction.
pub(super) async fn pin_topics(
    session: &mut PostgresSession,
    topics: &[PinnedTopic],
) -> Result<Vec<PinnedTopic>> {
    const PIN: &str = "INSERT INTO saga_topic (topic, partitions, topic_id)
        SELECT topic, partitions, id::uuid FROM UNNEST($1::text[], $2::int4[], $3::text[]) AS t (topic, partitions, id)
        ORDER BY topic
        ON CONFLICT (topic) DO UPDATE SET topic_id = excluded.topic_id WHERE saga_topic.topic_id IS NULL";
    let (names, partitions): (Vec<&str>, Vec<i32>) =
        topics.iter().map(|topic| (topic.topic.as_str(), topic.partitions)).unzip();
    let ids: Vec<Option<String>> = topics.iter().map(|topic| topic.id.map(|id| id.to_string())).collect();
    session.affected(sqlx::query(PIN).bind(names).bind(partitions).bind(ids)).await?;
    session.pinned_topics().await
}
