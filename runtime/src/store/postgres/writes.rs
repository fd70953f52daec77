//! What a transaction leaves in the protocol's tables, in PostgreSQL.

use crate::store::{Held, Outbox, OutboxRow, Result, ShardId, Writes, outbox::push};

use super::protocol::{DELETE_RELEASED, OUTBOX_PAGE, WRITE_ANSWERS, WRITE_BATCH, WRITE_HELD};
use super::rows::cell;
use super::session::PostgresSession;
use super::statements::PostgresQuery;

/// Binds one column of `rows` as an array.
macro_rules! bind_all {
    ($query:ident, $rows:expr, $($cell:expr),* $(,)?) => {
        $($query = $query.bind($rows.iter().map($cell).collect::<Vec<_>>());)*
    };
}

pub(super) use bind_all;

impl PostgresSession {
    pub(super) async fn write_protocol(&mut self, writes: &Writes) -> Result<()> {
        let Writes { shards, destinations, seen, held, released, outbox, answers, .. } = writes;
        if !answers.is_empty() {
            let mut query = sqlx::query(WRITE_ANSWERS);
            bind_all!(
                query,
                answers,
                |(key, _)| key.route.as_str(),
                |(key, _)| key.idem_key.as_str(),
                |(_, answer)| answer.fingerprint.as_str(),
                |(_, answer)| i32::from(answer.status),
                |(_, answer)| answer.location.as_str(),
                |(_, answer)| answer.body.as_str(),
            );
            self.affected(query).await?;
        }
        if !released.is_empty() {
            self.affected(bind_waiting(sqlx::query(DELETE_RELEASED), released)).await?;
        }
        if !held.is_empty() {
            let mut query = bind_waiting(sqlx::query(WRITE_HELD), held);
            bind_all!(query, held, |row| row.offset, |row| row.record.as_slice());
            self.affected(query).await?;
        }
        self.write_parked(writes).await?;
        if shards.is_empty() && destinations.is_empty() && seen.is_empty() && outbox.rows.is_empty() {
            return Ok(());
        }
        self.write_batch(writes).await
    }

    async fn write_batch(&mut self, writes: &Writes) -> Result<()> {
        let Writes { shards, destinations, seen, outbox, .. } = writes;
        let mut query = sqlx::query(WRITE_BATCH);
        bind_all!(query, destinations, |row| row.shard.0, |row| &*row.topic, |row| row.partition, |row| row
            .last_dseq,);
        bind_all!(
            query,
            seen,
            |row| &*row.topic,
            |row| row.partition,
            |row| row.source.as_str(),
            |row| row.incarnation,
            |row| row.last_dseq,
            |row| row.anchored,
        );
        let rows = &outbox.rows;
        bind_all!(
            query,
            rows,
            |row| row.shard.0,
            |row| row.seq,
            |row| &*row.topic,
            |row| row.partition,
            |row| row.incarnation,
            |row| row.dseq,
        );
        let keys = rows.iter().map(|row| outbox.slice(&row.key)).collect::<Result<Vec<_>>>()?;
        let headers = rows.iter().map(|row| outbox.text(&row.headers)).collect::<Result<Vec<_>>>()?;
        let values = rows.iter().map(|row| outbox.slice(&row.value)).collect::<Result<Vec<_>>>()?;
        query = query.bind(keys).bind(headers).bind(values);
        bind_all!(
            query,
            shards,
            |row| row.shard.0,
            |row| row.next_offset,
            |row| row.last_seq,
            |row| row.applied,
            |row| row.dropped,
        );
        self.affected(query).await.map(drop)
    }

    pub(super) async fn read_outbox(&mut self, shard: ShardId, after: i64, limit: i64) -> Result<Outbox> {
        let page = sqlx::query(OUTBOX_PAGE).bind(shard.0).bind(after).bind(limit);
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
}

/// Binds what identifies messages that wait.
fn bind_waiting<'q>(mut query: PostgresQuery<'q>, rows: &[Held]) -> PostgresQuery<'q> {
    bind_all!(
        query,
        rows,
        |row| &*row.topic,
        |row| row.partition,
        |row| row.source.as_str(),
        |row| row.incarnation,
        |row| row.dseq,
    );
    query
}
