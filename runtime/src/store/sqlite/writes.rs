//! What a transaction leaves in the protocol's tables, in SQLite.

use sqlx::AssertSqlSafe;

use crate::store::{Outbox, OutboxRow, RequestKey, Result, ShardId, StoredAnswer, Writes, outbox::push};

use super::now_ms;
use super::rows::cell;
use super::session::SqliteSession;
use super::statements::{Chunked, STATEMENTS, SqliteQuery};

impl SqliteSession {
    /// Writes any number of rows; `bind` binds the cells of one.
    pub(super) async fn write_rows<T>(
        &mut self,
        statement: &Chunked,
        rows: &[T],
        bind: impl for<'q> Fn(SqliteQuery<'q>, &T) -> Result<SqliteQuery<'q>>,
    ) -> Result<()> {
        let mut rest = rows;
        while !rest.is_empty() {
            let (size, text) = statement.chunk(rest.len());
            let (chunk, later) = rest.split_at(size);
            let mut query = sqlx::query(AssertSqlSafe(text));
            for row in chunk {
                query = bind(query, row)?;
            }
            self.affected(query).await?;
            rest = later;
        }
        Ok(())
    }

    pub(super) async fn write_protocol(&mut self, writes: &Writes) -> Result<()> {
        let (statements, now) = (&*STATEMENTS, now_ms());
        self.write_rows(&statements.answers, &writes.answers, |query, (key, answer)| {
            let query = query.bind(&key.route).bind(&key.idem_key).bind(&answer.fingerprint);
            Ok(query.bind(answer.status).bind(&answer.location).bind(&answer.body).bind(now))
        })
        .await?;
        self.write_rows(&statements.destinations, &writes.destinations, |query, row| {
            Ok(query.bind(row.shard.0).bind(&*row.topic).bind(row.partition).bind(row.last_dseq))
        })
        .await?;
        self.write_rows(&statements.seen, &writes.seen, |query, row| {
            let query = query.bind(&*row.topic).bind(row.partition).bind(&row.source);
            Ok(query.bind(row.incarnation).bind(row.last_dseq).bind(row.anchored).bind(now))
        })
        .await?;
        self.write_rows(&statements.released, &writes.released, |query, row| {
            let query = query.bind(&*row.topic).bind(row.partition).bind(&row.source);
            Ok(query.bind(row.incarnation).bind(row.dseq))
        })
        .await?;
        self.write_rows(&statements.held, &writes.held, |query, row| {
            let query = query.bind(&*row.topic).bind(row.partition).bind(&row.source).bind(row.incarnation);
            Ok(query.bind(row.dseq).bind(row.offset).bind(&*row.record).bind(now))
        })
        .await?;
        self.write_parked(writes).await?;
        self.write_outbox(&writes.outbox).await?;
        self.write_rows(&statements.shards, &writes.shards, |query, row| {
            let query = query.bind(row.shard.0).bind(row.next_offset).bind(row.last_seq);
            Ok(query.bind(row.applied).bind(row.dropped))
        })
        .await
    }

    async fn write_outbox(&mut self, outbox: &Outbox) -> Result<()> {
        self.write_rows(&STATEMENTS.outbox, &outbox.rows, |query, row| {
            let query = query.bind(row.shard.0).bind(row.seq).bind(&*row.topic).bind(row.partition);
            let query = query.bind(row.incarnation).bind(row.dseq).bind(outbox.slice(&row.key)?);
            Ok(query.bind(outbox.text(&row.headers)?).bind(outbox.slice(&row.value)?))
        })
        .await
    }

    pub(super) async fn read_outbox(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        const PAGE: &str =
            "SELECT seq, topic, partition, incarnation, dseq, key, headers, value FROM saga_outbox
            WHERE shard = ? AND seq > ? ORDER BY seq LIMIT ?";
        let page = sqlx::query(PAGE).bind(shard.0).bind(after).bind(limit);
        let rows = self.rows(page).await?;
        let mut outbox = Outbox { bytes: Vec::new(), rows: Vec::with_capacity(rows.len()) };
        for row in &rows {
            let (key, headers, value): (&[u8], &str, &[u8]) = (cell(row, 5)?, cell(row, 6)?, cell(row, 7)?);
            outbox.rows.push(OutboxRow {
                shard,
                seq: cell(row, 0)?,
                topic: cell::<String>(row, 1)?.into(),
                partition: cell(row, 2)?,
                incarnation: cell(row, 3)?,
                dseq: cell(row, 4)?,
                key: push(&mut outbox.bytes, key),
                headers: push(&mut outbox.bytes, headers.as_bytes()),
                value: push(&mut outbox.bytes, value),
            });
        }
        Ok(outbox)
    }

    /// The answer of an earlier request; `None` when the key was claimed and never answered.
    pub(super) async fn stored_answer(&mut self, key: &RequestKey) -> Result<Option<StoredAnswer>> {
        const ANSWER: &str = "SELECT fingerprint, status, location, body FROM saga_request
            WHERE route = ? AND idem_key = ?";
        let answer = sqlx::query(ANSWER).bind(&key.route).bind(&key.idem_key);
        let row = self.row(answer).await?;
        let status: u16 = cell(&row, 1)?;
        if status == 0 {
            return Ok(None);
        }
        Ok(Some(StoredAnswer {
            fingerprint: cell(&row, 0)?,
            status,
            location: cell(&row, 2)?,
            body: cell(&row, 3)?,
        }))
    }
}
