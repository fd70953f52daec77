//! Who owns a shard, in PostgreSQL.

use std::time::Duration;

use sqlx::postgres::PgRow;

use crate::store::ownership::{
    ADOPTED, Gathered, ID_JUMP, INPUT, LOCAL, ShardRow, first_offset, input_of, next_local, owner_of,
    shows_hidden_restore,
};
use crate::store::{
    Destination, Held, ParkedQueue, Queue, RestoreEvidence, Result, Seen, Session as _, ShardId, ShardState,
    StoreError, Token, Unpublished,
};

use super::protocol::PARKED_QUEUES;
use super::rows::{cell, failed, state};
use super::session::PostgresSession;

/// The advisory lock under which tables and shards are created.
const CREATION: i64 = 0x5341_4741;

/// Which database this is, and what its clock shows.
pub(super) struct Place {
    pub identity: String,
    now_ms: i64,
    /// Why the server does not say which cluster it is, if so.
    pub anonymous: Option<String>,
}

/// The identity changes when the data is copied into another cluster or another
/// database, and when a standby or a point-in-time recovery starts a new timeline.
const IDENTITY: &str = "
SELECT c.system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '/' || d.oid,
  (extract(epoch FROM clock_timestamp()) * 1000)::int8
FROM pg_control_system() AS c, pg_database AS d WHERE d.datname = current_database()";

/// Where a provider withholds all that: the database, which a restore keeps.
const DATABASE_ALONE: &str = "
SELECT 'unknown/' || d.oid, (extract(epoch FROM clock_timestamp()) * 1000)::int8
FROM pg_database AS d WHERE d.datname = current_database()";

/// Moves the key allocators on, once for each database that was restored,
/// however many shards notice it.
const JUMP_IDS: &str = "
WITH restored AS (UPDATE saga_meta SET db_identity = $1 WHERE db_identity <> $1 RETURNING one)
UPDATE saga_id SET next = next + $2 WHERE EXISTS (SELECT FROM restored)";

const OWN: &str = "
UPDATE saga_shard AS s SET owner = $1::text::uuid, incarnation = n.incarnation, db_identity = $2,
  lease_until = CASE WHEN s.name LIKE $6 || '%' THEN clock_timestamp() + $3::float8 * interval '1 second' END
FROM UNNEST($4::int4[], $5::int8[]) AS n (shard, incarnation) WHERE s.shard = n.shard";

impl PostgresSession {
    /// Begins a transaction, and asks where it runs.
    pub(super) async fn start_in_place(&mut self) -> Result<Place> {
        self.rollback().await?;
        let (rows, anonymous) = match self.open(format!("BEGIN; {IDENTITY}")).await {
            Ok(rows) => (rows, None),
            Err(error) if is_withheld(&error) => {
                let rows = self.start_with(format!("BEGIN; {DATABASE_ALONE}")).await?;
                (rows, Some(error.to_string()))
            }
            Err(error) => return self.finish(Err(failed(error))).await,
        };
        let place = rows
            .first()
            .ok_or_else(|| StoreError::Unavailable("the server did not report its identity".into()))
            .and_then(|row| Ok(Place { identity: cell(row, 0)?, now_ms: cell(row, 1)?, anonymous }));
        match place {
            Ok(place) => Ok(place),
            Err(error) => self.finish(Err(error)).await,
        }
    }

    /// Takes the shards of these names over, inside an open transaction.
    pub(super) async fn adopt_named(
        &mut self,
        names: &[String],
        token: Token,
        place: &Place,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        const EXISTING: &str = "SELECT name FROM saga_shard WHERE name = ANY($1::text[])";
        let existing = self.rows(sqlx::query(EXISTING).bind(names)).await?;
        if existing.len() < names.len() {
            // Before any row lock: a session that creates shards may wait for rows of ours.
            self.lock_creation().await?;
            self.insert_shards(names).await?;
        }
        let rows = self.lock_shards(names).await?;
        self.adopt(rows, token, ADOPTED, place, evidence).await
    }

    /// Takes a local shard over, inside an open transaction.
    pub(super) async fn adopt_local(
        &mut self,
        token: Token,
        lease: Duration,
        place: &Place,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        // A shard whose owner is in the middle of a transaction is not waited for: it is alive.
        const FREE: &str = "
            SELECT shard, name, next_offset, last_seq, cursor, incarnation, db_identity, owner::text FROM saga_shard
            WHERE name LIKE $1 || '%' AND (lease_until IS NULL OR lease_until < clock_timestamp())
            ORDER BY shard LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED";
        let free = self.rows(sqlx::query(FREE).bind(LOCAL)).await?;
        let rows = match free.first() {
            Some(row) => vec![shard_row(row)?],
            None => {
                let name = self.create_local().await?;
                self.lock_shards(&[name]).await?
            }
        };
        let mut states = self.adopt(rows, token, lease, place, evidence).await?;
        states.pop().ok_or_else(|| StoreError::Unavailable("a shard that was just created is gone".into()))
    }

    async fn create_local(&mut self) -> Result<String> {
        const NAMES: &str = "SELECT name FROM saga_shard WHERE name LIKE $1 || '%'";
        self.lock_creation().await?;
        let taken = self.rows(sqlx::query(NAMES).bind(LOCAL)).await?;
        let taken = taken.iter().map(|row| cell(row, 0)).collect::<Result<Vec<&str>>>()?;
        let name = next_local(taken.into_iter());
        self.insert_shards(std::slice::from_ref(&name)).await?;
        Ok(name)
    }

    /// Keeps other sessions from creating shards until the transaction ends, so that their numbers have no gaps.
    pub(in crate::store) async fn lock_creation(&mut self) -> Result<()> {
        const WAIT: &str = "SELECT pg_advisory_xact_lock($1)";
        self.affected(sqlx::query(WAIT).bind(CREATION)).await.map(drop)
    }

    async fn insert_shards(&mut self, names: &[String]) -> Result<()> {
        const INSERT: &str = "
            INSERT INTO saga_shard (shard, name, next_offset)
            SELECT (SELECT coalesce(max(shard), -1) FROM saga_shard) + row_number() OVER (ORDER BY n.name),
              n.name, n.next_offset
            FROM UNNEST($1::text[], $2::int8[]) AS n (name, next_offset)
            WHERE NOT EXISTS (SELECT FROM saga_shard AS s WHERE s.name = n.name)";
        let offsets: Vec<i64> = names.iter().map(|name| first_offset(name)).collect();
        self.affected(sqlx::query(INSERT).bind(names).bind(offsets)).await.map(drop)
    }

    async fn lock_shards(&mut self, names: &[String]) -> Result<Vec<ShardRow>> {
        const LOCK: &str = "
            SELECT shard, name, next_offset, last_seq, cursor, incarnation, db_identity, owner::text FROM saga_shard
            WHERE name = ANY($1::text[]) ORDER BY shard FOR NO KEY UPDATE";
        let rows = self.rows(sqlx::query(LOCK).bind(names)).await?;
        rows.iter().map(shard_row).collect()
    }

    async fn adopt(
        &mut self,
        rows: Vec<ShardRow>,
        token: Token,
        lease: Duration,
        place: &Place,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        const FORGET: &str = "DELETE FROM saga_dest WHERE shard = ANY($1::int4[])";
        let mut states: Vec<ShardState> =
            rows.into_iter().map(|row| row.adopt(&place.identity, place.now_ms, evidence)).collect();
        let (shards, incarnations): (Vec<i32>, Vec<i64>) =
            states.iter().map(|state| (state.id.0, state.incarnation)).unzip();
        let own = sqlx::query(OWN)
            .bind(token.0.to_string())
            .bind(&place.identity)
            .bind(lease.as_secs_f64())
            .bind(&shards)
            .bind(incarnations)
            .bind(LOCAL);
        self.affected(own).await?;
        let new_incarnation: Vec<i32> =
            states.iter().filter(|state| state.new_incarnation.is_some()).map(|state| state.id.0).collect();
        if !new_incarnation.is_empty() {
            self.affected(sqlx::query(FORGET).bind(new_incarnation)).await?;
            self.affected(sqlx::query(JUMP_IDS).bind(&place.identity).bind(ID_JUMP)).await?;
        }
        if shows_hidden_restore(&states) {
            self.affected(sqlx::query("UPDATE saga_id SET next = next + $1").bind(ID_JUMP)).await?;
        }
        self.gather(&states, shards).await?.spread(&mut states);
        Ok(states)
    }

    async fn gather(&mut self, states: &[ShardState], shards: Vec<i32>) -> Result<Gathered> {
        const DESTINATIONS: &str = "SELECT shard, topic, partition, last_dseq FROM saga_dest
            WHERE shard = ANY($1::int4[]) ORDER BY shard, topic, partition";
        const SEEN: &str = "
            SELECT s.topic, s.partition, s.source, s.incarnation, s.last_dseq, s.anchored
            FROM saga_seen AS s JOIN UNNEST($1::text[], $2::int4[]) AS i (topic, partition)
              ON s.topic = i.topic AND s.partition = i.partition
            ORDER BY s.topic, s.partition, s.source";
        const HELD: &str = "
            SELECT h.topic, h.partition, h.source, h.incarnation, h.dseq, h.\"offset\", h.record
            FROM saga_held AS h JOIN UNNEST($1::text[], $2::int4[]) AS i (topic, partition)
              ON h.topic = i.topic AND h.partition = i.partition
            ORDER BY h.topic, h.partition, h.source, h.incarnation, h.dseq";
        let destinations = self.rows(sqlx::query(DESTINATIONS).bind(shards)).await?;
        let destinations = destinations.iter().map(destination).collect::<Result<_>>()?;
        let (topics, partitions): (Vec<&str>, Vec<i32>) =
            states.iter().filter_map(|state| input_of(&state.name)).unzip();
        if topics.is_empty() {
            return Ok(Gathered { destinations, ..Gathered::default() });
        }
        let seen = self.rows(sqlx::query(SEEN).bind(&topics).bind(&partitions)).await?;
        let held = self.rows(sqlx::query(HELD).bind(&topics).bind(&partitions)).await?;
        let parked = self.rows(sqlx::query(PARKED_QUEUES).bind(&topics).bind(&partitions)).await?;
        Ok(Gathered {
            destinations,
            seen: seen.iter().map(seen_row).collect::<Result<_>>()?,
            held: held.iter().map(held_row).collect::<Result<_>>()?,
            parked: parked.iter().map(parked_queue).collect::<Result<_>>()?,
        })
    }

    pub(super) async fn read_unpublished(&mut self) -> Result<Vec<Unpublished>> {
        const UNPUBLISHED: &str = "SELECT name, owner::text, cursor, last_seq FROM saga_shard
            WHERE name LIKE $1 || '%' AND cursor < last_seq ORDER BY shard";
        let rows = self.rows(sqlx::query(UNPUBLISHED).bind(INPUT)).await?;
        let unpublished = |row: &PgRow| {
            Ok(Unpublished {
                name: cell(row, 0)?,
                owner: owner_of(cell(row, 1)?),
                cursor: cell(row, 2)?,
                last_seq: cell(row, 3)?,
            })
        };
        rows.iter().map(unpublished).collect()
    }

    pub(super) async fn extend_lease(&mut self, shard: ShardId, token: Token, lease: Duration) -> Result<()> {
        const EXTEND: &str = "UPDATE saga_shard
            SET lease_until = clock_timestamp() + $1::float8 * interval '1 second'
            WHERE shard = $2 AND owner = $3::text::uuid";
        let extend = sqlx::query(EXTEND).bind(lease.as_secs_f64()).bind(shard.0).bind(token.0.to_string());
        if self.affected(extend).await? == 0 { Err(StoreError::Fenced(vec![shard])) } else { Ok(()) }
    }

    pub(super) async fn give_up(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        const GIVE_UP: &str = "
            WITH locked AS MATERIALIZED (
              SELECT s.shard FROM saga_shard AS s
              JOIN UNNEST($1::int4[], $2::text[]::uuid[]) AS g (shard, owner)
                ON s.shard = g.shard AND s.owner = g.owner
              ORDER BY s.shard FOR NO KEY UPDATE OF s
            )
            UPDATE saga_shard AS s SET owner = NULL, lease_until = NULL FROM locked AS l
            WHERE s.shard = l.shard";
        let (shards, owners): (Vec<i32>, Vec<String>) =
            shards.iter().map(|(shard, token)| (shard.0, token.0.to_string())).unzip();
        self.affected(sqlx::query(GIVE_UP).bind(shards).bind(owners)).await.map(drop)
    }
}

/// Whether a managed server keeps its identity to itself: a function that is not supported, not granted, or missing.
fn is_withheld(error: &sqlx::Error) -> bool {
    ["0A000", "42501", "42883"].contains(&&*state(error))
}

fn shard_row(row: &PgRow) -> Result<ShardRow> {
    Ok(ShardRow {
        id: ShardId(cell(row, 0)?),
        name: cell(row, 1)?,
        next_offset: cell(row, 2)?,
        last_seq: cell(row, 3)?,
        cursor: cell(row, 4)?,
        incarnation: cell(row, 5)?,
        identity: cell(row, 6)?,
        owner: owner_of(cell(row, 7)?),
    })
}

fn destination(row: &PgRow) -> Result<Destination> {
    Ok(Destination {
        shard: ShardId(cell(row, 0)?),
        topic: cell::<String>(row, 1)?.into(),
        partition: cell(row, 2)?,
        last_dseq: cell(row, 3)?,
    })
}

fn seen_row(row: &PgRow) -> Result<Seen> {
    Ok(Seen {
        topic: cell::<String>(row, 0)?.into(),
        partition: cell(row, 1)?,
        source: cell(row, 2)?,
        incarnation: cell(row, 3)?,
        last_dseq: cell(row, 4)?,
        anchored: cell(row, 5)?,
    })
}

fn parked_queue(row: &PgRow) -> Result<ParkedQueue> {
    let due_in: f64 = cell(row, 4)?;
    Ok(ParkedQueue {
        topic: cell::<String>(row, 0)?.into(),
        partition: cell(row, 1)?,
        queue: Queue { key: cell(row, 2)?, alone: cell(row, 3)? },
        due_in: Duration::try_from_secs_f64(due_in).unwrap_or_default(),
    })
}

fn held_row(row: &PgRow) -> Result<Held> {
    Ok(Held {
        topic: cell::<String>(row, 0)?.into(),
        partition: cell(row, 1)?,
        source: cell(row, 2)?,
        incarnation: cell(row, 3)?,
        dseq: cell(row, 4)?,
        offset: cell(row, 5)?,
        record: cell(row, 6)?,
    })
}
