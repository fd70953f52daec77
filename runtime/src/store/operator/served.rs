//! What a database has served so far: the steps with their topics, and the tables. A version of the
//! service that has others is compared with it before it starts.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::schema::{Dialect, quoted};
use crate::store::{Result, StoreError};

use super::Operator;
use super::positions::Position;
use super::sql::{Found, Statement, Value};

/// How many rows one statement inserts at most.
const ROWS: usize = 200;

/// The tables that say what there is. If one is missing, or may not be read, preparing the database says so.
const READ: [&str; 7] =
    ["saga_served", "saga_meta", "saga_shard", "saga_parked", "saga_held", "saga_step", "saga_once"];

/// The steps of a service, each with the topics of the messages that start it.
pub type Steps = BTreeMap<String, BTreeSet<String>>;

/// What a database has served when it was last used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served {
    /// The steps.
    pub steps: Steps,
    /// The entities' tables.
    pub tables: BTreeSet<String>,
    /// Topics that trigger a step which had another trigger before, and since when; in milliseconds since
    /// 1970. Their messages run each step once per saga instance.
    pub run_once: BTreeMap<String, i64>,
    /// Partitions whose older messages are handled by an operator's decision: those before this offset.
    pub handled: BTreeMap<(String, i32), i64>,
    /// Where every partition is read on from that was ever read.
    pub positions: Vec<Position>,
    /// How many messages of a topic are parked or held.
    pub queued: BTreeMap<String, i64>,
}

/// The rows that a step has left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Left {
    /// How many wait for more messages.
    pub waiting: i64,
    /// How many say that it has ended, or has run.
    pub ended: i64,
}

/// What a database serves from now on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Serving {
    /// What it is compared with next time; its positions and queues are not stored.
    pub served: Served,
    /// Where to read partitions on, past what is not to be handled: from the position they had.
    pub skips: Vec<(Position, i64)>,
    /// Steps that have acted for these saga instances: with a row of their own if the flag says so.
    pub acted: Vec<(String, bool, BTreeSet<String>)>,
}

impl Operator {
    /// What the database has served; nothing if it is new, or not the one of `service`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn served(&mut self, saga: &str, service: &str) -> Result<Served> {
        const OWNER: &str = "SELECT saga, service FROM saga_meta";
        for table in READ {
            if !self.may_read(table).await? {
                return Ok(Served::default());
            }
        }
        let owner = self.rows(Statement::new(OWNER, [])).await?;
        let is_ours = |row: &Found| Ok::<_, StoreError>(row.text(0)? == saga && row.text(1)? == service);
        if !owner.first().map_or(Ok(false), is_ours)? {
            return Ok(Served::default());
        }
        let mut served = Served { positions: self.positions().await?, ..Served::default() };
        for row in self.rows(Statement::new("SELECT kind, name, detail FROM saga_served", [])).await? {
            served.add(&row.text(0)?, row.text(1)?, &row.text(2)?);
        }
        const QUEUED: &str = "SELECT topic, count(*) FROM
            (SELECT topic FROM saga_parked UNION ALL SELECT topic FROM saga_held) AS q GROUP BY topic";
        for row in self.rows(Statement::new(QUEUED, [])).await? {
            served.queued.insert(row.text(0)?, row.int(1)?);
        }
        Ok(served)
    }

    /// The rows that a step has left.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn left_by(&mut self, step: &str) -> Result<Left> {
        const LEFT: &str = "SELECT
            (SELECT count(*) FROM saga_step WHERE step = $1 AND mode IN ('waiting', 'running')),
            (SELECT count(*) FROM saga_step WHERE step = $1 AND mode NOT IN ('waiting', 'running'))
            + (SELECT count(*) FROM saga_once WHERE step = $1)";
        let rows = self.rows(Statement::new(LEFT, [Value::Text(step.to_owned())])).await?;
        rows.first().map_or(Ok(Left::default()), |row| Ok(Left { waiting: row.int(0)?, ended: row.int(1)? }))
    }

    /// The saga instances whose rows say that `step` has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn ended(&mut self, step: &str) -> Result<BTreeSet<String>> {
        const ENDED: &str = "SELECT correlation FROM saga_step WHERE step = $1 AND mode <> 'waiting'
            UNION SELECT correlation FROM saga_once WHERE step = $1";
        let rows = self.rows(Statement::new(ENDED, [Value::Text(step.to_owned())])).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// Messages of `topic` that were read and not handled: they are parked, held or dead.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unhandled(&mut self, topic: &str) -> Result<BTreeSet<(i32, i64)>> {
        const UNHANDLED: &str = "SELECT CAST(partition AS bigint), \"offset\" FROM saga_parked WHERE topic = $1
            UNION SELECT CAST(partition AS bigint), \"offset\" FROM saga_held WHERE topic = $1
            UNION SELECT CAST(partition AS bigint), \"offset\" FROM saga_dead WHERE topic = $1 AND state <> 'redriven'";
        let rows = self.rows(Statement::new(UNHANDLED, [Value::Text(topic.to_owned())])).await?;
        rows.iter().map(|row| Ok((row.small(0)?, row.int(1)?))).collect()
    }

    /// Whether a table is there and has rows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_filled(&mut self, table: &str) -> Result<bool> {
        if !self.may_read(table).await? {
            return Ok(false);
        }
        let query = format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1) AS t", quoted(table));
        let rows = self.rows(Statement::new(query, [])).await?;
        rows.first().map_or(Ok(false), |row| Ok(row.int(0)? > 0))
    }

    async fn may_read(&mut self, table: &str) -> Result<bool> {
        let (query, name) = match self.dialect() {
            Dialect::Postgres => (
                "SELECT count(*) FROM pg_class WHERE oid = to_regclass($1) AND has_table_privilege(oid, 'SELECT')",
                quoted(table),
            ),
            Dialect::Sqlite => {
                ("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1", table.to_owned())
            }
        };
        let rows = self.rows(Statement::new(query, [Value::Text(name)])).await?;
        rows.first().map_or(Ok(false), |row| Ok(row.int(0)? > 0))
    }

    /// Records what the database serves from now on, and what was decided about its history.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when a partition has moved on meanwhile; nothing has changed then.
    pub async fn serve(&mut self, serving: &Serving) -> Result<()> {
        self.begin().await?;
        let served = self.write_served(serving).await;
        self.finish(served).await
    }

    async fn write_served(&mut self, serving: &Serving) -> Result<()> {
        self.lock_creation().await?;
        for (position, to) in &serving.skips {
            self.skip_to(position, *to).await?;
        }
        for (step, row, instances) in &serving.acted {
            self.remember_acted(step, *row, instances).await?;
        }
        self.change(Statement::new("DELETE FROM saga_served", [])).await?;
        for (kind, name, detail) in serving.served.rows() {
            const INSERT: &str = "INSERT INTO saga_served (kind, name, detail) VALUES ($1, $2, $3)";
            let values = [Value::Text(kind.to_owned()), Value::Text(name), Value::Text(detail)];
            self.change(Statement::new(INSERT, values)).await?;
        }
        Ok(())
    }

    async fn skip_to(&mut self, position: &Position, to: i64) -> Result<()> {
        const CREATE: &str = "INSERT INTO saga_shard (shard, name, next_offset)
            SELECT (SELECT coalesce(max(shard), -1) + 1 FROM saga_shard), $1, -1
            WHERE NOT EXISTS (SELECT 1 FROM saga_shard WHERE name = $1)";
        let Position { topic, partition, next_offset } = position;
        let name = || Value::Text(format!("in:{topic}:{partition}"));
        self.change(Statement::new(CREATE, [name()])).await?;
        let found = self.seize(topic, *partition).await?;
        if found != *next_offset {
            return Err(StoreError::Refused(format!(
                "{topic}[{partition}] has moved on to {found}: another instance reads it; stop that one first"
            )));
        }
        self.read_on(position, to).await
    }

    async fn remember_acted(&mut self, step: &str, row: bool, instances: &BTreeSet<String>) -> Result<()> {
        let now = self.dialect().now();
        let (insert, tail) = match row {
            true => {
                ("saga_step (step, correlation, mode, inputs, closed_at)", format!("'done', '{{}}', {now}"))
            }
            false => ("saga_once (step, correlation, created_at)", now),
        };
        let instances: Vec<&String> = instances.iter().collect();
        for some in instances.chunks(ROWS) {
            let mut statement = Statement::new(String::new(), [Value::Text(step.to_owned())]);
            let rows: Vec<String> = some
                .iter()
                .map(|instance| {
                    format!("($1, {}, {tail})", statement.value(Value::Text((*instance).clone())))
                })
                .collect();
            statement.text =
                format!("INSERT INTO {insert} VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
            self.change(statement).await?;
        }
        Ok(())
    }

    /// Gives the rows that the step `old` has left to the step `new`. Returns how many there were. The
    /// service must not run meanwhile: an instance of it would have read neither.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when `old` never was a step of this database; nothing has changed then.
    pub async fn adopt_step(&mut self, old: &str, new: &str) -> Result<u64> {
        self.begin().await?;
        let adopted = self.rename_step(old, new).await;
        self.finish(adopted).await
    }

    async fn rename_step(&mut self, old: &str, new: &str) -> Result<u64> {
        self.known_step(old).await?;
        let names = || [Value::Text(new.to_owned()), Value::Text(old.to_owned())];
        let mut moved = 0;
        for table in ["saga_step", "saga_once"] {
            // What the new name has already is newer.
            let clash = format!(
                "DELETE FROM {table} WHERE step = $2 AND correlation IN (SELECT correlation FROM {table} WHERE step = $1)"
            );
            self.change(Statement::new(clash, names())).await?;
            let rename = format!("UPDATE {table} SET step = $1 WHERE step = $2");
            moved += self.change(Statement::new(rename, names())).await?;
        }
        const FORGET: &str = "DELETE FROM saga_served WHERE kind = 'step' AND name = $1";
        const RENAME: &str = "UPDATE saga_served SET name = $1 WHERE kind = 'step' AND name = $2";
        self.change(Statement::new(FORGET, [Value::Text(new.to_owned())])).await?;
        self.change(Statement::new(RENAME, names())).await?;
        Ok(moved)
    }

    /// Deletes the rows that a step has left. Returns how many there were.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it never was a step of this database; nothing has changed then.
    pub async fn drop_step(&mut self, step: &str) -> Result<u64> {
        self.begin().await?;
        let dropped = self.delete_step(step).await;
        self.finish(dropped).await
    }

    async fn delete_step(&mut self, step: &str) -> Result<u64> {
        self.known_step(step).await?;
        let mut deleted = 0;
        for table in ["saga_step", "saga_once"] {
            let delete = format!("DELETE FROM {table} WHERE step = $1");
            deleted += self.change(Statement::new(delete, [Value::Text(step.to_owned())])).await?;
        }
        const FORGET: &str = "DELETE FROM saga_served WHERE kind = 'step' AND name = $1";
        self.change(Statement::new(FORGET, [Value::Text(step.to_owned())])).await?;
        Ok(deleted)
    }

    async fn known_step(&mut self, step: &str) -> Result<()> {
        const KNOWN: &str = "SELECT name FROM saga_served WHERE kind = 'step' ORDER BY name";
        let known = self.rows(Statement::new(KNOWN, [])).await?;
        let known = known.iter().map(|row| row.text(0)).collect::<Result<Vec<_>>>()?;
        if known.iter().any(|name| name == step) {
            return Ok(());
        }
        Err(StoreError::Refused(format!(
            "this database knows no step `{step}`; it was last served with: {}",
            known.join(", ")
        )))
    }
}

impl Served {
    /// Takes a stored row in. One of a kind that this version does not know says nothing to it.
    fn add(&mut self, kind: &str, name: String, detail: &str) {
        let number = detail.parse().unwrap_or_default();
        match kind {
            "step" => {
                self.steps.insert(name, detail.split_whitespace().map(str::to_owned).collect());
            }
            "table" => {
                self.tables.insert(name);
            }
            "once" => {
                self.run_once.insert(name, number);
            }
            "handle" => {
                if let Some((topic, partition)) = name.rsplit_once(':')
                    && let Ok(partition) = partition.parse()
                {
                    self.handled.insert((topic.to_owned(), partition), number);
                }
            }
            _ => {}
        }
    }

    /// What is stored of it.
    fn rows(&self) -> Vec<(&'static str, String, String)> {
        let topics = |topics: &BTreeSet<String>| topics.iter().cloned().collect::<Vec<_>>().join(" ");
        let steps = self.steps.iter().map(|(step, on)| ("step", step.clone(), topics(on)));
        let tables = self.tables.iter().map(|table| ("table", table.clone(), String::new()));
        let once = self.run_once.iter().map(|(topic, since)| ("once", topic.clone(), since.to_string()));
        let handled = self.handled.iter().map(|((topic, partition), before)| {
            ("handle", format!("{topic}:{partition}"), before.to_string())
        });
        steps.chain(tables).chain(once).chain(handled).collect()
    }
}
