//! The statements of the SQLite store.
//!
//! SQLite takes no arrays, so many rows go in as many parameters, in chunks of a
//! power of two rows: a few dozen texts serve every number of rows, and each is
//! compiled once a connection.

use std::sync::{Arc, LazyLock, OnceLock};

use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::column::{Column, ColumnType};
use crate::entity::{ColumnDef, TableDef};
use crate::store::Equals;
use crate::store::schema::{Dialect, quoted};
use crate::store::sql::Names;

pub(super) type SqliteQuery<'q> = Query<'q, Sqlite, SqliteArguments>;

/// A statement for any number of rows: `head VALUES (?, …), (?, …) tail`.
pub(super) struct Chunked {
    head: String,
    width: usize,
    tail: String,
    /// The text for 2⁰, 2¹, … rows.
    texts: [OnceLock<Arc<str>>; Self::SIZES],
}

impl Chunked {
    const SIZES: usize = 9;
    /// The most parameters SQLite takes in one statement.
    const PARAMETERS: usize = 32_766;

    pub(super) fn new(head: impl Into<String>, width: usize, tail: impl Into<String>) -> Self {
        Self { head: head.into(), width, tail: tail.into(), texts: Default::default() }
    }

    /// The largest chunk of at most `rows` rows, and its statement.
    pub(super) fn chunk(&self, rows: usize) -> (usize, Arc<str>) {
        let most = rows.min(Self::PARAMETERS / self.width.max(1)).max(1);
        let size = (most.ilog2() as usize).min(Self::SIZES - 1);
        let text = self.texts[size].get_or_init(|| self.text(1 << size).into());
        (1 << size, Arc::clone(text))
    }

    fn text(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.width].join(", "));
        format!("{} VALUES {} {}", self.head, vec![row; rows].join(", "), self.tail)
    }
}

/// Binds the value of row `row` of `column`.
pub(super) fn bind_cell<'q>(query: SqliteQuery<'q>, column: &Column<'_>, row: usize) -> SqliteQuery<'q> {
    match column {
        Column::Bool(values) => query.bind(values[row]),
        Column::Int(values) => query.bind(values[row]),
        Column::BigInt(values) => query.bind(values[row]),
        Column::Double(values) => query.bind(values[row]),
        Column::Text(values) => query.bind(values[row].as_deref()),
        Column::Bytes(values) => query.bind(values[row].as_deref()),
    }
}

/// The statements of one entity's table.
pub(super) struct TableStatements {
    pub load: Arc<str>,
    /// Loads the rows with these keys, and those that have one of the values of a column that rows are
    /// looked up by.
    pub load_by: Arc<str>,
    pub find: Arc<str>,
    pub first_page: Arc<str>,
    pub next_page: Arc<str>,
    pub insert: Chunked,
    pub update: Chunked,
    /// `None` when the rows have no status.
    pub oldest_open: Option<Arc<str>>,
}

impl TableStatements {
    pub(super) fn of(def: &TableDef) -> Self {
        let names = Names::of(def);
        let (first_page, next_page) = (page(def, &[], false), page(def, &[], true));
        let Names { table, key, columns, rest } = names;
        let width = def.columns.len();
        let select = format!("SELECT {columns} FROM {table}");
        let insert = format!("INSERT INTO {table} ({columns})");
        let moved: Vec<String> = rest.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        // The rows of an update are all there; "insert or update" is how SQLite changes many by key.
        let update = match moved.as_slice() {
            [] => format!("ON CONFLICT ({key}) DO NOTHING"),
            moved => format!("ON CONFLICT ({key}) DO UPDATE SET {}", moved.join(", ")),
        };
        let keys = def.lookups().map(|column| {
            let name = quoted(column.name);
            format!(" UNION ALL SELECT {key} FROM {table} WHERE {name} IN (SELECT value FROM json_each(?))")
        });
        let keys: String = keys.collect();
        Self {
            load_by: format!("{select} WHERE {key} IN (SELECT value FROM json_each(?){keys}) ORDER BY {key}")
                .into(),
            load: format!("{select} WHERE {key} IN (SELECT value FROM json_each(?)) ORDER BY {key}").into(),
            find: format!("{select} WHERE {key} = ?").into(),
            first_page: first_page.into(),
            next_page: next_page.into(),
            insert: Chunked::new(insert.clone(), width, ""),
            update: Chunked::new(insert, width, update),
            oldest_open: Dialect::Sqlite.oldest_open(def).map(Arc::from),
        }
    }
}

/// The collation that compares decimals by their values, which every connection of the store has.
pub(super) const DECIMALS: &str = "saga_decimal";

/// Reads a page of rows that have these values.
pub(super) fn page(def: &TableDef, equals: &[Equals], after: bool) -> String {
    let names = Names::of(def);
    // Decimals are text here.
    let param = |_, column: Option<&ColumnDef>| match column.map(|column| column.ty) {
        Some(ColumnType::Decimal) => format!("? COLLATE {DECIMALS}"),
        _ => "?".to_owned(),
    };
    names.page(&names.columns, equals, after.then(|| def.key()), param)
}

/// The tables of the protocol. Times are milliseconds since 1970, UTC.
pub(super) const PROTOCOL_TABLES: &str = "
CREATE TABLE IF NOT EXISTS saga_meta (
  one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
  saga TEXT NOT NULL, service TEXT NOT NULL, version INTEGER NOT NULL, db_identity TEXT NOT NULL,
  kafka_prefix TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS saga_shard (
  shard INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL UNIQUE, owner TEXT, lease_until INTEGER,
  next_offset INTEGER NOT NULL, last_seq INTEGER NOT NULL DEFAULT 0, cursor INTEGER NOT NULL DEFAULT 0,
  incarnation INTEGER NOT NULL DEFAULT 0, db_identity TEXT NOT NULL DEFAULT '',
  applied INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0, CHECK (cursor <= last_seq)
) STRICT;
CREATE TABLE IF NOT EXISTS saga_dest (
  shard INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, last_dseq INTEGER NOT NULL,
  PRIMARY KEY (shard, topic, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saga_outbox (
  shard INTEGER NOT NULL, seq INTEGER NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL,
  incarnation INTEGER NOT NULL, dseq INTEGER NOT NULL, key BLOB NOT NULL, headers TEXT NOT NULL,
  value BLOB NOT NULL, PRIMARY KEY (shard, seq)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saga_seen (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, source TEXT NOT NULL, incarnation INTEGER NOT NULL,
  last_dseq INTEGER NOT NULL, anchored INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  PRIMARY KEY (topic, partition, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saga_held (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, source TEXT NOT NULL, incarnation INTEGER NOT NULL,
  dseq INTEGER NOT NULL, \"offset\" INTEGER NOT NULL, record BLOB NOT NULL, held_at INTEGER NOT NULL,
  PRIMARY KEY (topic, partition, source, incarnation, dseq)
) STRICT;
CREATE TABLE IF NOT EXISTS saga_parked (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, \"offset\" INTEGER NOT NULL, key BLOB NOT NULL,
  position INTEGER NOT NULL, reason TEXT NOT NULL, error TEXT NOT NULL, attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL, parked_at INTEGER NOT NULL, record BLOB NOT NULL,
  PRIMARY KEY (topic, partition, \"offset\")
) STRICT;
CREATE INDEX IF NOT EXISTS saga_parked_key ON saga_parked (topic, partition, key, position, \"offset\");
CREATE TABLE IF NOT EXISTS saga_dead (
  topic TEXT NOT NULL, partition INTEGER NOT NULL, \"offset\" INTEGER NOT NULL, key BLOB NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('dead', 'redriven', 'dropped')), reason TEXT NOT NULL,
  error TEXT NOT NULL, attempts INTEGER NOT NULL, note TEXT NOT NULL DEFAULT '',
  died_at INTEGER NOT NULL, changed_at INTEGER NOT NULL, record BLOB NOT NULL,
  PRIMARY KEY (topic, partition, \"offset\")
) STRICT;
CREATE TABLE IF NOT EXISTS saga_step (
  step TEXT NOT NULL, correlation TEXT NOT NULL, mode TEXT NOT NULL, inputs TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER, closed_at INTEGER, PRIMARY KEY (step, correlation)
) STRICT;
CREATE INDEX IF NOT EXISTS saga_step_due_at ON saga_step (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS saga_step_closed_at ON saga_step (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS saga_once (
  step TEXT NOT NULL, correlation TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (step, correlation)
) STRICT;
CREATE INDEX IF NOT EXISTS saga_once_created_at ON saga_once (created_at);
CREATE TABLE IF NOT EXISTS saga_request (
  route TEXT NOT NULL, idem_key TEXT NOT NULL, fingerprint TEXT NOT NULL DEFAULT '',
  status INTEGER NOT NULL DEFAULT 0, location TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL, PRIMARY KEY (route, idem_key)
) STRICT;
CREATE INDEX IF NOT EXISTS saga_request_created_at ON saga_request (created_at);
CREATE TABLE IF NOT EXISTS saga_topic (
  topic TEXT PRIMARY KEY NOT NULL, partitions INTEGER NOT NULL, topic_id TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS saga_id (entity TEXT PRIMARY KEY NOT NULL, next INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS saga_served (
  kind TEXT NOT NULL, name TEXT NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
";

/// Rows that many batches write.
pub(super) struct Statements {
    pub destinations: Chunked,
    pub seen: Chunked,
    pub held: Chunked,
    pub released: Chunked,
    pub parked: Chunked,
    pub unparked: Chunked,
    pub dead: Chunked,
    pub outbox: Chunked,
    pub answers: Chunked,
    pub shards: Chunked,
    pub steps: Chunked,
    /// Step rows that are not due any more.
    pub undue: Chunked,
    pub once: Chunked,
    pub requests: Chunked,
}

pub(super) static STATEMENTS: LazyLock<Statements> = LazyLock::new(|| Statements {
    destinations: Chunked::new(
        "INSERT INTO saga_dest (shard, topic, partition, last_dseq)",
        4,
        "ON CONFLICT (shard, topic, partition) DO UPDATE SET last_dseq = excluded.last_dseq",
    ),
    seen: Chunked::new(
        "INSERT INTO saga_seen (topic, partition, source, incarnation, last_dseq, anchored, seen_at)",
        7,
        "ON CONFLICT (topic, partition, source) DO UPDATE SET incarnation = excluded.incarnation,
         last_dseq = excluded.last_dseq, anchored = excluded.anchored, seen_at = excluded.seen_at",
    ),
    held: Chunked::new(
        "INSERT INTO saga_held (topic, partition, source, incarnation, dseq, \"offset\", record, held_at)",
        8,
        "ON CONFLICT DO NOTHING",
    ),
    released: Chunked::new(
        "DELETE FROM saga_held WHERE (topic, partition, source, incarnation, dseq) IN (",
        5,
        ")",
    ),
    parked: Chunked::new(
        "INSERT INTO saga_parked
         (topic, partition, \"offset\", key, position, reason, error, attempts, next_at, parked_at, record)",
        11,
        "ON CONFLICT DO NOTHING",
    ),
    unparked: Chunked::new("DELETE FROM saga_parked WHERE (topic, partition, \"offset\") IN (", 3, ")"),
    // A letter that was sent through again may die again.
    dead: Chunked::new(
        "INSERT INTO saga_dead
         (topic, partition, \"offset\", key, state, reason, error, attempts, died_at, changed_at, record)",
        11,
        "ON CONFLICT (topic, partition, \"offset\") DO UPDATE SET state = excluded.state,
         reason = excluded.reason, error = excluded.error, attempts = excluded.attempts,
         changed_at = excluded.changed_at",
    ),
    outbox: Chunked::new(
        "INSERT INTO saga_outbox (shard, seq, topic, partition, incarnation, dseq, key, headers, value)",
        9,
        "",
    ),
    answers: Chunked::new(
        "INSERT INTO saga_request (route, idem_key, fingerprint, status, location, body, created_at)",
        7,
        "ON CONFLICT (route, idem_key) DO UPDATE SET fingerprint = excluded.fingerprint,
         status = excluded.status, location = excluded.location, body = excluded.body",
    ),
    shards: Chunked::new(
        "WITH moved (shard, next_offset, last_seq, applied, dropped) AS (",
        5,
        ") UPDATE saga_shard SET next_offset = moved.next_offset, last_seq = moved.last_seq,
         applied = saga_shard.applied + moved.applied, dropped = saga_shard.dropped + moved.dropped
         FROM moved WHERE moved.shard = saga_shard.shard",
    ),
    steps: Chunked::new(
        "INSERT INTO saga_step (step, correlation, mode, inputs, attempts, due_at, closed_at)",
        7,
        "ON CONFLICT (step, correlation) DO UPDATE SET mode = excluded.mode, inputs = excluded.inputs,
         attempts = excluded.attempts, due_at = coalesce(excluded.due_at, due_at),
         closed_at = CASE WHEN excluded.closed_at IS NULL THEN NULL
                          ELSE coalesce(closed_at, excluded.closed_at) END",
    ),
    undue: Chunked::new("UPDATE saga_step SET due_at = NULL WHERE (step, correlation) IN (", 2, ")"),
    once: Chunked::new(
        "INSERT INTO saga_once (step, correlation, created_at)",
        3,
        "ON CONFLICT DO NOTHING RETURNING step, correlation",
    ),
    requests: Chunked::new(
        "INSERT INTO saga_request (route, idem_key, created_at)",
        3,
        "ON CONFLICT DO NOTHING RETURNING route, idem_key",
    ),
});
