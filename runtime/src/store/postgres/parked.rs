//! Parked and dead messages, in PostgreSQL.

use crate::record::TopicPartition;
use crate::store::{DeadLetter, Delayed, Parked, ParkedHead, Place, Queue, Result, Writes};

use super::protocol::{DELAY_PARKED, DELETE_PARKED, PARKED_HEADS, WRITE_DEAD, WRITE_PARKED};
use super::rows::cell;
use super::session::PostgresSession;
use super::statements::PostgresQuery;
use super::writes::bind_all;

impl PostgresSession {
    /// Writes which messages are parked, delayed, unparked or dead.
    pub(super) async fn write_parked(&mut self, writes: &Writes) -> Result<()> {
        let Writes { parked, delayed, unparked, dead, .. } = writes;
        if !unparked.is_empty() {
            self.affected(bind_places(sqlx::query(DELETE_PARKED), unparked.iter())).await?;
        }
        if !delayed.is_empty() {
            self.affected(bind_delayed(delayed)).await?;
        }
        if !parked.is_empty() {
            self.affected(bind_parked(parked)).await?;
        }
        if !dead.is_empty() {
            self.affected(bind_dead(dead)).await?;
        }
        Ok(())
    }

    pub(super) async fn read_heads(
        &mut self,
        queues: &[(TopicPartition, Queue)],
    ) -> Result<Vec<Option<ParkedHead>>> {
        let mut query = sqlx::query(PARKED_HEADS);
        bind_all!(
            query,
            queues,
            |(origin, _)| origin.topic,
            |(origin, _)| origin.partition,
            |(_, queue)| queue.key.as_slice(),
            |(_, queue)| queue.alone,
        );
        let mut heads = vec![None; queues.len()];
        for row in &self.rows(query).await? {
            let at: i64 = cell(row, 0)?;
            let head = ParkedHead {
                offset: cell(row, 1)?,
                attempts: cell(row, 2)?,
                record: cell(row, 3)?,
                more: cell(row, 4)?,
            };
            if let Some(slot) = usize::try_from(at - 1).ok().and_then(|at| heads.get_mut(at)) {
                *slot = Some(head);
            }
        }
        Ok(heads)
    }
}

fn bind_places<'q>(
    mut query: PostgresQuery<'q>,
    places: impl Iterator<Item = &'q Place> + Clone,
) -> PostgresQuery<'q> {
    query = query.bind(places.clone().map(|place| &*place.topic).collect::<Vec<_>>());
    query = query.bind(places.clone().map(|place| place.partition).collect::<Vec<_>>());
    query.bind(places.map(|place| place.offset).collect::<Vec<_>>())
}

fn bind_parked(parked: &[Parked]) -> PostgresQuery<'_> {
    let mut query = bind_places(sqlx::query(WRITE_PARKED), parked.iter().map(|row| &row.place));
    bind_all!(
        query,
        parked,
        |row| row.queue.key.as_slice(),
        |row| row.failure.reason,
        |row| row.failure.error.as_str(),
        |row| row.failure.attempts,
        |row| row.delay.as_secs_f64(),
        |row| row.record.as_slice(),
    );
    query
}

fn bind_delayed(delayed: &[Delayed]) -> PostgresQuery<'_> {
    let mut query = bind_places(sqlx::query(DELAY_PARKED), delayed.iter().map(|row| &row.place));
    bind_all!(
        query,
        delayed,
        |row| row.failure.reason,
        |row| row.failure.error.as_str(),
        |row| row.failure.attempts,
        |row| row.delay.as_secs_f64(),
    );
    query
}

fn bind_dead(dead: &[DeadLetter]) -> PostgresQuery<'_> {
    let mut query = bind_places(sqlx::query(WRITE_DEAD), dead.iter().map(|row| &row.place));
    bind_all!(
        query,
        dead,
        |row| row.queue.key.as_slice(),
        |row| row.failure.reason,
        |row| row.failure.error.as_str(),
        |row| row.failure.attempts,
        |row| row.record.as_slice(),
    );
    query
}
