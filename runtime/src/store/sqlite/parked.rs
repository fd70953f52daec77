//! Parked and dead messages, in SQLite.

use std::collections::HashMap;
use std::time::Duration;

use crate::record::TopicPartition;
use crate::store::{ParkedHead, ParkedQueue, Queue, Result, Writes};

use super::rows::cell;
use super::session::SqliteSession;
use super::statements::STATEMENTS;
use super::{millis, now_ms};

impl SqliteSession {
    /// Writes which messages are parked, delayed, unparked or dead.
    pub(super) async fn write_parked(&mut self, writes: &Writes) -> Result<()> {
        const DELAY: &str = "UPDATE saga_parked SET reason = ?, error = ?, attempts = ?, next_at = ?
            WHERE topic = ? AND partition = ? AND \"offset\" = ?";
        let (statements, now) = (&*STATEMENTS, now_ms());
        self.write_rows(&statements.unparked, &writes.unparked, |query, place| {
            Ok(query.bind(&*place.topic).bind(place.partition).bind(place.offset))
        })
        .await?;
        for row in &writes.delayed {
            let query = sqlx::query(DELAY).bind(row.failure.reason).bind(&row.failure.error);
            let query = query.bind(row.failure.attempts).bind(now.saturating_add(millis(row.delay)));
            let query = query.bind(&*row.place.topic).bind(row.place.partition).bind(row.place.offset);
            self.affected(query).await?;
        }
        let mut ends = HashMap::new();
        let mut positioned = Vec::with_capacity(writes.parked.len());
        for row in &writes.parked {
            let key = (&*row.place.topic, row.place.partition, row.queue.key.as_slice());
            let end = match ends.get(&key) {
                Some(end) => *end,
                None => self.end_of_queue(key).await?,
            };
            ends.insert(key, end + 1);
            positioned.push((row, end + 1));
        }
        self.write_rows(&statements.parked, &positioned, |query, (row, position)| {
            let query = query.bind(&*row.place.topic).bind(row.place.partition).bind(row.place.offset);
            let query = query.bind(&*row.queue.key).bind(*position).bind(row.failure.reason);
            let query = query.bind(&row.failure.error).bind(row.failure.attempts);
            Ok(query.bind(now.saturating_add(millis(row.delay))).bind(now).bind(&*row.record))
        })
        .await?;
        self.write_rows(&statements.dead, &writes.dead, |query, row| {
            let query = query.bind(&*row.place.topic).bind(row.place.partition).bind(row.place.offset);
            let query = query.bind(&*row.queue.key).bind("dead").bind(row.failure.reason);
            let query = query.bind(&row.failure.error).bind(row.failure.attempts);
            Ok(query.bind(now).bind(now).bind(&*row.record))
        })
        .await
    }

    async fn end_of_queue(&mut self, (topic, partition, key): (&str, i32, &[u8])) -> Result<i64> {
        const END: &str = "SELECT coalesce(max(position), 0) FROM saga_parked
            WHERE topic = ? AND partition = ? AND key = ?";
        let row = self.row(sqlx::query(END).bind(topic).bind(partition).bind(key)).await?;
        cell(&row, 0)
    }

    pub(super) async fn gather_parked(
        &mut self,
        topic: &str,
        partition: i32,
        queues: &mut Vec<ParkedQueue>,
    ) -> Result<()> {
        // Of the rows of a group, SQLite takes the other columns from the one with the minimum.
        const QUEUES: &str = "
            SELECT key, CASE WHEN key = x'' THEN \"offset\" ELSE 0 END AS alone, next_at, min(position)
            FROM saga_parked WHERE topic = ? AND partition = ? GROUP BY 1, 2 ORDER BY 1, 2";
        let now = now_ms();
        for row in &self.rows(sqlx::query(QUEUES).bind(topic).bind(partition)).await? {
            let wait: i64 = cell::<i64>(row, 2)?.saturating_sub(now);
            queues.push(ParkedQueue {
                topic: topic.to_owned().into(),
                partition,
                queue: Queue { key: cell(row, 0)?, alone: cell(row, 1)? },
                due_in: Duration::from_millis(wait.max(0).unsigned_abs()),
            });
        }
        Ok(())
    }

    pub(super) async fn read_heads(
        &mut self,
        queues: &[(TopicPartition, Queue)],
    ) -> Result<Vec<Option<ParkedHead>>> {
        const HEADS: &str = "SELECT \"offset\", attempts, record FROM saga_parked
            WHERE topic = ? AND partition = ? AND key = ?3 AND (?3 <> x'' OR \"offset\" = ?4)
            ORDER BY position, \"offset\" LIMIT 2";
        let mut heads = Vec::with_capacity(queues.len());
        for (origin, queue) in queues {
            let query = sqlx::query(HEADS).bind(origin.topic).bind(origin.partition);
            let rows = self.rows(query.bind(&*queue.key).bind(queue.alone)).await?;
            let head = rows.first().map(|row| {
                Ok(ParkedHead {
                    offset: cell(row, 0)?,
                    attempts: cell(row, 1)?,
                    record: cell(row, 2)?,
                    more: rows.len() > 1,
                })
            });
            heads.push(head.transpose()?);
        }
        Ok(heads)
    }
}
