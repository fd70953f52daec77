//! Where partitions are read on from, and how that is changed by hand.

use std::collections::BTreeSet;

use crate::store::ownership::input_of;
use crate::store::{Result, StoreError, Token};

use super::Operator;
use super::sql::{Found, Statement, Value};

/// Where a partition is read on from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The next offset to read; negative when none was ever read.
    pub next_offset: i64,
}

/// What a replay goes through again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    /// The offset to begin at.
    pub from: i64,
    /// How many messages come again.
    pub messages: i64,
    /// The steps that ran for those of them that have no number.
    pub once: BTreeSet<(&'static str, String)>,
}

impl Operator {
    /// Where every partition is read on from that this service has read.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn positions(&mut self) -> Result<Vec<Position>> {
        const POSITIONS: &str = "SELECT name, next_offset FROM saga_shard";
        let mut positions = Vec::new();
        for row in self.rows(Statement::new(POSITIONS, [])).await? {
            let name = row.text(0)?;
            if let Some((topic, partition)) = input_of(&name) {
                positions.push(Position { topic: topic.to_owned(), partition, next_offset: row.int(1)? });
            }
        }
        positions.sort_by(|one, other| (&one.topic, one.partition).cmp(&(&other.topic, other.partition)));
        Ok(positions)
    }

    /// Reads a partition on from `to`, though what lies between was not read. What
    /// waited for a message that is skipped waits no more: it is parked, to be tried
    /// at once. Jumps in the numbers of its sources are accepted from now on, as
    /// nothing can tell them from what is skipped. Returns how many messages waited.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it is not at `position` any more; nothing has changed then.
    pub async fn resume(&mut self, position: &Position, to: i64) -> Result<usize> {
        let found = self.begin_on(&position.topic, position.partition).await?;
        let resumed = match unmoved(position, found) {
            Ok(()) => self.move_on(position, to).await,
            Err(error) => Err(error),
        };
        self.finish(resumed).await
    }

    async fn move_on(&mut self, position: &Position, to: i64) -> Result<usize> {
        const UNANCHOR: &str = "UPDATE saga_seen SET anchored = false WHERE topic = $1 AND partition = $2";
        let Position { topic, partition, .. } = position;
        let mut released = 0;
        loop {
            let accepted = self.accept(topic, *partition, None).await?;
            if accepted.is_empty() {
                break;
            }
            released += accepted.iter().map(|gap| gap.released).sum::<usize>();
        }
        self.change(Statement::new(UNANCHOR, place(position))).await?;
        self.read_on(position, to).await?;
        Ok(released)
    }

    pub(super) async fn read_on(&mut self, position: &Position, to: i64) -> Result<()> {
        let moved = Token::MOVED_BY_HAND.0;
        let read_on = format!("UPDATE saga_shard SET next_offset = $1, owner = '{moved}' WHERE name = $2");
        let name = Value::Text(format!("in:{}:{}", position.topic, position.partition));
        self.change(Statement::new(read_on, [Value::Int(to), name])).await.map(drop)
    }

    /// How many messages of a partition at or behind `from` are held, parked or dead: they
    /// come again in a replay. The second number is of those before it that wait for
    /// an earlier one: they do not come again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unapplied(&mut self, position: &Position, from: i64) -> Result<(i64, i64)> {
        const UNAPPLIED: &str = "SELECT
            (SELECT count(*) FROM saga_parked WHERE topic = $1 AND partition = $2 AND \"offset\" >= $3)
            + (SELECT count(*) FROM saga_dead WHERE topic = $1 AND partition = $2 AND \"offset\" >= $3
               AND state <> 'redriven')
            + (SELECT count(*) FROM saga_held WHERE topic = $1 AND partition = $2 AND \"offset\" >= $3),
            (SELECT count(*) FROM saga_held WHERE topic = $1 AND partition = $2 AND \"offset\" < $3)";
        let rows = self.rows(Statement::new(UNAPPLIED, from_on(position, from))).await?;
        rows.first().map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }

    /// Reads a partition again, with every effect: forgets what was seen of its
    /// sources, which steps ran for its messages without numbers, and what was
    /// parked of the messages that come again. The counters go back by as much.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when it is not at `position` any more, or messages before it
    /// wait for an earlier one; nothing has changed then.
    pub async fn replay(&mut self, position: &Position, replay: &Replay) -> Result<()> {
        let found = self.begin_on(&position.topic, position.partition).await?;
        let replayed = match unmoved(position, found) {
            Ok(()) => self.go_back(position, replay).await,
            Err(error) => Err(error),
        };
        self.finish(replayed).await
    }

    async fn go_back(&mut self, position: &Position, replay: &Replay) -> Result<()> {
        const ONCE: &str = "DELETE FROM saga_once WHERE step = $1 AND correlation = $2";
        let (unapplied, held_before) = self.unapplied(position, replay.from).await?;
        if held_before > 0 {
            return Err(StoreError::Refused(format!(
                "{held_before} messages before the offset are held and would not be replayed; resolve them first \
                 (see `held`)"
            )));
        }
        for (step, correlation) in &replay.once {
            let pair = [Value::Text((*step).to_owned()), Value::Text(correlation.clone())];
            self.change(Statement::new(ONCE, pair)).await?;
        }
        let seen = "DELETE FROM saga_seen WHERE topic = $1 AND partition = $2";
        self.change(Statement::new(seen, place(position))).await?;
        for table in ["saga_held", "saga_parked", "saga_dead"] {
            let text =
                format!("DELETE FROM {table} WHERE topic = $1 AND partition = $2 AND \"offset\" >= $3");
            self.change(Statement::new(text, from_on(position, replay.from))).await?;
        }
        self.count_back(position, replay.messages - unapplied).await?;
        self.read_on(position, replay.from).await
    }

    /// Takes `messages` from the counters: from those applied first, for most are.
    async fn count_back(&mut self, position: &Position, messages: i64) -> Result<()> {
        const COUNTS: &str = "SELECT applied, dropped FROM saga_shard WHERE name = $1";
        const COUNT: &str = "UPDATE saga_shard SET applied = $1, dropped = $2 WHERE name = $3";
        let name = || Value::Text(format!("in:{}:{}", position.topic, position.partition));
        let counts = |row: &Found| Ok::<_, StoreError>((row.int(0)?, row.int(1)?));
        let rows = self.rows(Statement::new(COUNTS, [name()])).await?;
        let (applied, dropped) = rows.first().map_or(Ok((0, 0)), counts)?;
        let from_applied = messages.clamp(0, applied.max(0));
        let left = [applied - from_applied, dropped - (messages - from_applied)];
        let [applied, dropped] = left.map(Value::Int);
        self.change(Statement::new(COUNT, [applied, dropped, name()])).await.map(drop)
    }
}

fn place(position: &Position) -> [Value; 2] {
    [Value::Text(position.topic.clone()), Value::Int(position.partition.into())]
}

fn from_on(position: &Position, offset: i64) -> [Value; 3] {
    let [topic, partition] = place(position);
    [topic, partition, Value::Int(offset)]
}

fn unmoved(position: &Position, found: i64) -> Result<()> {
    let Position { topic, partition, next_offset } = position;
    if found == *next_offset {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "{topic}[{partition}] has moved on from {next_offset} to {found} in the meantime; check again"
    )))
}
