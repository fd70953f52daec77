//! Who owns a shard, in SQLite.

use std::time::Duration;

use sqlx::sqlite::SqliteRow;

use crate::store::ownership::{
    ADOPTED, Gathered, ID_JUMP, INPUT, LOCAL, ShardRow, first_offset, input_of, next_local, owner_of,
    shows_hidden_restore,
};
use crate::store::{
    CursorMove, Destination, Held, RestoreEvidence, Result, Seen, ShardId, ShardState, StoreError, Token,
    Unpublished,
};

use super::rows::cell;
use super::session::SqliteSession;
use super::{millis, now_ms};

impl SqliteSession {
    /// Takes the shards of these names over, inside an open transaction.
    pub(super) async fn adopt_named(
        &mut self,
        names: &[String],
        token: Token,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        let mut rows = Vec::with_capacity(names.len());
        for name in names {
            self.insert_shard(name).await?;
            rows.push(self.shard_named(name).await?);
        }
        rows.sort_unstable_by_key(|row| row.id);
        self.adopt(rows, token, ADOPTED, evidence).await
    }

    /// Takes a local shard over, inside an open transaction.
    pub(super) async fn adopt_local(
        &mut self,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<ShardState> {
        const LOCALS: &str =
            "SELECT name, lease_until FROM saga_shard WHERE name LIKE ? || '%' ORDER BY shard";
        let locals = self.rows(sqlx::query(LOCALS).bind(LOCAL)).await?;
        let now = now_ms();
        let (mut free, mut names) = (None, Vec::with_capacity(locals.len()));
        for row in &locals {
            let (name, lease_until): (&str, Option<i64>) = (cell(row, 0)?, cell(row, 1)?);
            if free.is_none() && lease_until.is_none_or(|until| until < now) {
                free = Some(name.to_owned());
            }
            names.push(name);
        }
        let name = free.unwrap_or_else(|| next_local(names.into_iter()));
        self.insert_shard(&name).await?;
        let row = self.shard_named(&name).await?;
        let mut states = self.adopt(vec![row], token, lease, evidence).await?;
        states.pop().ok_or_else(|| StoreError::Unavailable(format!("shard {name} is gone")))
    }

    async fn insert_shard(&mut self, name: &str) -> Result<()> {
        const INSERT: &str = "INSERT INTO saga_shard (shard, name, next_offset)
            SELECT coalesce(max(shard), -1) + 1, ?1, ?2 FROM saga_shard
            HAVING NOT EXISTS (SELECT 1 FROM saga_shard WHERE name = ?1)";
        let insert = sqlx::query(INSERT).bind(name).bind(first_offset(name));
        self.affected(insert).await.map(drop)
    }

    async fn shard_named(&mut self, name: &str) -> Result<ShardRow> {
        const SELECT: &str =
            "SELECT shard, name, next_offset, last_seq, cursor, incarnation, db_identity, owner
            FROM saga_shard WHERE name = ?";
        let row = self.row(sqlx::query(SELECT).bind(name)).await?;
        Ok(ShardRow {
            id: ShardId(cell(&row, 0)?),
            name: cell(&row, 1)?,
            next_offset: cell(&row, 2)?,
            last_seq: cell(&row, 3)?,
            cursor: cell(&row, 4)?,
            incarnation: cell(&row, 5)?,
            identity: cell(&row, 6)?,
            owner: owner_of(cell(&row, 7)?),
        })
    }

    async fn adopt(
        &mut self,
        rows: Vec<ShardRow>,
        token: Token,
        lease: Duration,
        evidence: &RestoreEvidence,
    ) -> Result<Vec<ShardState>> {
        const OWN: &str = "UPDATE saga_shard SET owner = ?, lease_until = ?, incarnation = ?, db_identity = ?
            WHERE shard = ?";
        let (identity, now) = (self.identity()?, now_ms());
        let mut states = Vec::with_capacity(rows.len());
        for row in rows {
            let state = row.adopt(&identity, now, evidence);
            let lease_until = state.name.starts_with(LOCAL).then(|| now.saturating_add(millis(lease)));
            let own = sqlx::query(OWN)
                .bind(token.0.to_string())
                .bind(lease_until)
                .bind(state.incarnation)
                .bind(&identity)
                .bind(state.id.0);
            self.affected(own).await?;
            if state.new_incarnation.is_some() {
                self.forget_numbers(state.id, &identity).await?;
            }
            states.push(state);
        }
        if shows_hidden_restore(&states) {
            self.affected(sqlx::query("UPDATE saga_id SET next = next + ?").bind(ID_JUMP)).await?;
        }
        let mut gathered = Gathered::default();
        for state in &states {
            self.gather(state, &mut gathered).await?;
        }
        gathered.spread(&mut states);
        Ok(states)
    }

    /// Restarts the numbers of a restored database: those of the shard's
    /// destinations, and, once for the whole database, those of its entities.
    async fn forget_numbers(&mut self, shard: ShardId, identity: &str) -> Result<()> {
        let forget = sqlx::query("DELETE FROM saga_dest WHERE shard = ?").bind(shard.0);
        self.affected(forget).await?;
        let meta =
            sqlx::query("UPDATE saga_meta SET db_identity = ?1 WHERE db_identity <> ?1").bind(identity);
        let meta = self.affected(meta).await?;
        if meta > 0 {
            let jump = sqlx::query("UPDATE saga_id SET next = next + ?").bind(ID_JUMP);
            self.affected(jump).await?;
        }
        Ok(())
    }

    async fn gather(&mut self, state: &ShardState, gathered: &mut Gathered) -> Result<()> {
        const DESTINATIONS: &str =
            "SELECT topic, partition, last_dseq FROM saga_dest WHERE shard = ? ORDER BY topic, partition";
        const SEEN: &str = "SELECT source, incarnation, last_dseq, anchored FROM saga_seen
            WHERE topic = ? AND partition = ? ORDER BY source";
        const HELD: &str = "SELECT source, incarnation, dseq, \"offset\", record FROM saga_held
            WHERE topic = ? AND partition = ? ORDER BY source, incarnation, dseq";
        let destinations = sqlx::query(DESTINATIONS).bind(state.id.0);
        for row in &self.rows(destinations).await? {
            gathered.destinations.push(Destination {
                shard: state.id,
                topic: cell::<String>(row, 0)?.into(),
                partition: cell(row, 1)?,
                last_dseq: cell(row, 2)?,
            });
        }
        let Some((topic, partition)) = input_of(&state.name) else { return Ok(()) };
        let seen = sqlx::query(SEEN).bind(topic).bind(partition);
        for row in &self.rows(seen).await? {
            gathered.seen.push(Seen {
                topic: topic.to_owned().into(),
                partition,
                source: cell(row, 0)?,
                incarnation: cell(row, 1)?,
                last_dseq: cell(row, 2)?,
                anchored: cell::<i64>(row, 3)? != 0,
            });
        }
        let held = sqlx::query(HELD).bind(topic).bind(partition);
        let held = self.rows(held).await?;
        let waiting = |row: &SqliteRow| {
            Ok(Held {
                topic: topic.to_owned().into(),
                partition,
                source: cell(row, 0)?,
                incarnation: cell(row, 1)?,
                dseq: cell(row, 2)?,
                offset: cell(row, 3)?,
                record: cell(row, 4)?,
            })
        };
        for row in &held {
            gathered.held.push(waiting(row)?);
        }
        self.gather_parked(topic, partition, &mut gathered.parked).await
    }

    pub(super) async fn read_unpublished(&mut self) -> Result<Vec<Unpublished>> {
        const UNPUBLISHED: &str = "SELECT name, owner, cursor, last_seq FROM saga_shard
            WHERE name LIKE ? || '%' AND cursor < last_seq ORDER BY shard";
        let rows = self.rows(sqlx::query(UNPUBLISHED).bind(INPUT)).await?;
        let unpublished = |row: &SqliteRow| {
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
        const EXTEND: &str = "UPDATE saga_shard SET lease_until = ? WHERE shard = ? AND owner = ?";
        let until = now_ms().saturating_add(millis(lease));
        let extend = sqlx::query(EXTEND).bind(until).bind(shard.0).bind(token.0.to_string());
        let extended = self.affected(extend).await?;
        if extended == 0 { Err(StoreError::Fenced(vec![shard])) } else { Ok(()) }
    }

    pub(super) async fn give_up(&mut self, shards: &[(ShardId, Token)]) -> Result<()> {
        const GIVE_UP: &str =
            "UPDATE saga_shard SET owner = NULL, lease_until = NULL WHERE shard = ? AND owner = ?";
        for (shard, token) in shards {
            let give_up = sqlx::query(GIVE_UP).bind(shard.0).bind(token.0.to_string());
            self.affected(give_up).await?;
        }
        Ok(())
    }

    pub(super) async fn advance_cursors(&mut self, moves: &[CursorMove]) -> Result<Vec<ShardId>> {
        const MOVE: &str = "UPDATE saga_shard SET cursor = ?1
            WHERE shard = ?2 AND owner = ?3 AND cursor < ?1 AND last_seq >= ?1";
        const DELETE: &str = "DELETE FROM saga_outbox WHERE shard = ? AND seq > ? AND seq <= ?";
        let mut lost = Vec::new();
        for CursorMove { shard, token, from, to } in moves {
            let moved = sqlx::query(MOVE).bind(to).bind(shard.0).bind(token.0.to_string());
            if self.affected(moved).await? == 0 {
                lost.push(*shard);
                continue;
            }
            let delete = sqlx::query(DELETE).bind(shard.0).bind(from - self.keep).bind(to - self.keep);
            self.affected(delete).await?;
        }
        Ok(lost)
    }
}
