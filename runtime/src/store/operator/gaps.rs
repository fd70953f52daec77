//! Messages that wait for an earlier one of their source, and gaps that are accepted.

use crate::record::{Record, TopicPartition};
use crate::store::{Queue, Result, StoreError};

use super::Operator;
use super::sql::{Found, Statement, Value};

/// The messages of one source that wait in one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The topic read.
    pub topic: String,
    /// The partition read.
    pub partition: i32,
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// The number of the first that waits.
    pub first: i64,
    /// The number of the last that waits.
    pub last: i64,
    /// How many wait.
    pub messages: i64,
    /// Since when; milliseconds since 1970.
    pub since_ms: i64,
    /// The number they wait for; `None` when the source has begun a later
    /// incarnation, so that none of this one is handled any more.
    pub missing: Option<i64>,
}

/// What was done about a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedGap {
    /// `<service>/<shard>` of the sender.
    pub source: String,
    /// The sender's incarnation.
    pub incarnation: i64,
    /// The first number that is given up.
    pub from: i64,
    /// The last number that is given up.
    pub to: i64,
    /// How many messages are handled now that waited for them.
    pub released: usize,
    /// How many messages of an older incarnation were dropped.
    pub stale: u64,
}

/// A message that waits.
struct HeldRow {
    incarnation: i64,
    dseq: i64,
    offset: i64,
    record: Vec<u8>,
}

/// A gap, and how many of the messages behind it follow each other.
#[derive(Debug, PartialEq, Eq)]
struct Gap {
    incarnation: i64,
    from: i64,
    to: i64,
    run: usize,
}

impl Operator {
    /// The messages that wait, by partition and source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn waiting(&mut self) -> Result<Vec<Waiting>> {
        let text = format!(
            "SELECT h.topic, CAST(h.partition AS bigint), h.source, h.incarnation, min(h.dseq), max(h.dseq), count(*),
               {}, s.incarnation, s.last_dseq
             FROM saga_held AS h LEFT JOIN saga_seen AS s
               ON s.topic = h.topic AND s.partition = h.partition AND s.source = h.source
             GROUP BY h.topic, h.partition, h.source, h.incarnation, s.incarnation, s.last_dseq
             ORDER BY h.topic, h.partition, h.source, h.incarnation",
            self.dialect().millis("min(h.held_at)")
        );
        let waiting = |row: &Found| {
            let incarnation = row.int(3)?;
            let missing = match (row.maybe_int(8)?, row.maybe_int(9)?) {
                (Some(seen), _) if seen > incarnation => None,
                (Some(seen), Some(last)) if seen == incarnation => Some(last.saturating_add(1)),
                _ => Some(1),
            };
            Ok(Waiting {
                topic: row.text(0)?,
                partition: row.small(1)?,
                source: row.text(2)?,
                incarnation,
                first: row.int(4)?,
                last: row.int(5)?,
                messages: row.int(6)?,
                since_ms: row.int(7)?,
                missing,
            })
        };
        self.rows(Statement::new(text, [])).await?.iter().map(waiting).collect()
    }

    /// Gives up what messages of a partition wait for: those of `source`, or of
    /// every source. What waited right behind the gap is parked, to be tried at
    /// once, each behind what is parked of its key; so it is handled though no
    /// other message may ever come. A second gap behind it stays.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has changed then.
    pub async fn accept_gap(
        &mut self,
        topic: &str,
        partition: i32,
        source: Option<&str>,
    ) -> Result<Vec<AcceptedGap>> {
        self.begin_on(topic, partition).await?;
        let accepted = self.accept(topic, partition, source).await;
        self.finish(accepted).await
    }

    /// [`Operator::accept_gap`], inside an open transaction.
    pub(super) async fn accept(
        &mut self,
        topic: &str,
        partition: i32,
        source: Option<&str>,
    ) -> Result<Vec<AcceptedGap>> {
        let waiting = self.waiting().await?;
        let mut sources: Vec<String> = waiting
            .into_iter()
            .filter(|held| held.topic == topic && held.partition == partition)
            .map(|held| held.source)
            .filter(|held| source.is_none_or(|source| source == held))
            .collect();
        sources.dedup();
        let mut accepted = Vec::new();
        for source in sources {
            accepted.extend(self.accept_of(topic, partition, &source).await?);
        }
        Ok(accepted)
    }

    async fn accept_of(&mut self, topic: &str, partition: i32, source: &str) -> Result<Option<AcceptedGap>> {
        let place =
            [Value::Text(topic.to_owned()), Value::Int(partition.into()), Value::Text(source.to_owned())];
        const SEEN: &str = "SELECT incarnation, last_dseq FROM saga_seen
            WHERE topic = $1 AND partition = $2 AND source = $3";
        const HELD: &str = "SELECT incarnation, dseq, \"offset\", record FROM saga_held
            WHERE topic = $1 AND partition = $2 AND source = $3 ORDER BY incarnation, dseq";
        const STALE: &str = "DELETE FROM saga_held
            WHERE topic = $1 AND partition = $2 AND source = $3 AND incarnation < $4";
        let seen = self.rows(Statement::new(SEEN, place.clone())).await?;
        let seen = seen.first().map(|row| Ok((row.int(0)?, row.int(1)?))).transpose()?;
        let held = self.rows(Statement::new(HELD, place.clone())).await?;
        let held = held.iter().map(held_row).collect::<Result<Vec<_>>>()?;
        let numbers: Vec<(i64, i64)> = held.iter().map(|row| (row.incarnation, row.dseq)).collect();

        // If they came now, they would be dropped: their source has begun a new incarnation.
        let mut older = place.to_vec();
        older.push(Value::Int(seen.map_or(i64::MIN, |(incarnation, _)| incarnation)));
        let stale = self.change(Statement::new(STALE, older)).await?;
        self.count_dropped(topic, partition, stale).await?;

        let Some((skipped, gap)) = gap(seen, &numbers) else {
            let (incarnation, last) = seen.unwrap_or_default();
            let nothing = (stale > 0).then(|| AcceptedGap {
                source: source.to_owned(),
                incarnation,
                from: last.saturating_add(1),
                to: last,
                released: 0,
                stale,
            });
            return Ok(nothing);
        };
        for row in &held[skipped..skipped + gap.run] {
            self.park_held(topic, partition, row).await?;
        }
        self.see(&place, &gap).await?;
        Ok(Some(AcceptedGap {
            source: source.to_owned(),
            incarnation: gap.incarnation,
            from: gap.from,
            to: gap.to,
            released: gap.run,
            stale,
        }))
    }

    async fn park_held(&mut self, topic: &str, partition: i32, held: &HeldRow) -> Result<()> {
        let anywhere = TopicPartition { topic: "", partition };
        let record = Record::restore(anywhere, held.offset, held.record.clone())
            .map_err(|corrupt| StoreError::Incompatible(corrupt.to_string()))?;
        let now = self.dialect().now();
        let park = format!(
            "INSERT INTO saga_parked (topic, partition, \"offset\", key, position, reason, error, attempts, next_at,
               parked_at, record)
             SELECT $1, $2, $3, $4, coalesce(max(position), 0) + 1, 'gap accepted', '', 0, {now}, {now}, $5
             FROM saga_parked WHERE topic = $1 AND partition = $2 AND key = $4"
        );
        let values = [
            Value::Text(topic.to_owned()),
            Value::Int(partition.into()),
            Value::Int(held.offset),
            Value::Bytes(Queue::of(record.key(), held.offset).key),
            Value::Bytes(held.record.clone()),
        ];
        self.change(Statement::new(park, values)).await.map(drop)
    }

    /// Remembers the gap, and what follows it, as seen.
    async fn see(&mut self, place: &[Value], gap: &Gap) -> Result<()> {
        const RELEASED: &str = "DELETE FROM saga_held WHERE topic = $1 AND partition = $2 AND source = $3
            AND incarnation = $4 AND dseq <= $5";
        let last = gap.to + i64::try_from(gap.run).unwrap_or(0);
        let mut values = place.to_vec();
        values.extend([Value::Int(gap.incarnation), Value::Int(last)]);
        self.change(Statement::new(RELEASED, values.clone())).await?;
        let seen = format!(
            "INSERT INTO saga_seen (topic, partition, source, incarnation, last_dseq, anchored, seen_at)
             VALUES ($1, $2, $3, $4, $5, true, {})
             ON CONFLICT (topic, partition, source) DO UPDATE SET incarnation = excluded.incarnation,
               last_dseq = excluded.last_dseq, anchored = excluded.anchored, seen_at = excluded.seen_at",
            self.dialect().now()
        );
        self.change(Statement::new(seen, values)).await.map(drop)
    }

    async fn count_dropped(&mut self, topic: &str, partition: i32, messages: u64) -> Result<()> {
        const COUNT: &str = "UPDATE saga_shard SET dropped = dropped + $1 WHERE name = $2";
        let messages = i64::try_from(messages).unwrap_or(i64::MAX);
        let name = Value::Text(format!("in:{topic}:{partition}"));
        self.change(Statement::new(COUNT, [Value::Int(messages), name])).await.map(drop)
    }
}

fn held_row(row: &Found) -> Result<HeldRow> {
    Ok(HeldRow { incarnation: row.int(0)?, dseq: row.int(1)?, offset: row.int(2)?, record: row.bytes(3)? })
}

/// The gap before the first of the held numbers (incarnation, number) that can
/// still be handled, and how many before it cannot, after `seen` was seen last.
fn gap(seen: Option<(i64, i64)>, held: &[(i64, i64)]) -> Option<(usize, Gap)> {
    let skipped = match seen {
        Some((incarnation, _)) => held.iter().take_while(|(held, _)| *held < incarnation).count(),
        None => 0,
    };
    let (incarnation, first) = *held.get(skipped)?;
    let from = match seen {
        Some((seen, last)) if seen == incarnation => last.saturating_add(1),
        _ => 1,
    };
    let follows = |(at, number): &(i64, &(i64, i64))| **number == (incarnation, first + at);
    let run = (0..).zip(&held[skipped..]).take_while(follows).count();
    Some((skipped, Gap { incarnation, from, to: first - 1, run }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_ends_before_the_first_that_waits() {
        let found = gap(Some((1, 4)), &[(1, 7), (1, 8), (1, 11)]);
        assert_eq!(found, Some((0, Gap { incarnation: 1, from: 5, to: 6, run: 2 })));
        assert_eq!(gap(Some((1, 4)), &[]), None);
    }

    #[test]
    fn a_new_incarnation_may_lack_its_first_messages() {
        let found = gap(Some((1, 4)), &[(2, 3), (2, 4), (3, 5)]);
        assert_eq!(found, Some((0, Gap { incarnation: 2, from: 1, to: 2, run: 2 })));
        assert_eq!(gap(None, &[(2, 3)]), Some((0, Gap { incarnation: 2, from: 1, to: 2, run: 1 })));
    }

    #[test]
    fn messages_of_an_older_incarnation_are_not_handled_any_more() {
        let found = gap(Some((2, 1)), &[(1, 7), (2, 3)]);
        assert_eq!(found, Some((1, Gap { incarnation: 2, from: 2, to: 2, run: 1 })));
        assert_eq!(gap(Some((2, 1)), &[(1, 7)]), None);
    }
}
