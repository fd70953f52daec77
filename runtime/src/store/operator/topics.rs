//! How many partitions a topic had when the service first saw it.

use crate::store::{PinnedTopic, Result};

use super::Operator;
use super::sql::{Found, Statement, Value, disown};

/// What stands in the way of a new number of partitions: it was placed by the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undrained {
    /// Messages to the topic that Kafka has not acknowledged yet.
    pub outbox: i64,
    /// Messages of the topic that are parked.
    pub parked: i64,
    /// Messages of the topic that wait for an earlier one.
    pub held: i64,
}

impl Undrained {
    /// Whether nothing stands in the way.
    pub fn is_empty(self) -> bool {
        self == Self { outbox: 0, parked: 0, held: 0 }
    }
}

impl Operator {
    /// The pinned topics.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn pinned(&mut self) -> Result<Vec<PinnedTopic>> {
        const PINNED: &str = "SELECT topic, CAST(partitions AS bigint) FROM saga_topic ORDER BY topic";
        let pinned =
            |row: &Found| Ok(PinnedTopic { topic: row.text(0)?, partitions: row.small(1)?, id: None });
        self.rows(Statement::new(PINNED, [])).await?.iter().map(pinned).collect()
    }

    /// What was placed in a topic by its number of partitions, and is not done with.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn undrained(&mut self, topic: &str) -> Result<Undrained> {
        const UNDRAINED: &str = "SELECT
            (SELECT count(*) FROM saga_outbox AS o JOIN saga_shard AS s ON s.shard = o.shard
             WHERE o.topic = $1 AND o.seq > s.cursor),
            (SELECT count(*) FROM saga_parked WHERE topic = $1),
            (SELECT count(*) FROM saga_held WHERE topic = $1)";
        let rows = self.rows(Statement::new(UNDRAINED, [Value::Text(topic.to_owned())])).await?;
        let none = Undrained { outbox: 0, parked: 0, held: 0 };
        rows.first().map_or(Ok(none), |row| {
            Ok(Undrained { outbox: row.int(0)?, parked: row.int(1)?, held: row.int(2)? })
        })
    }

    /// Pins another number of partitions. Unless `anyway`, only when nothing
    /// stands in the way; returns what did. No shard is owned afterwards, so every
    /// owner that runs takes over again, with the new number.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn repartition(&mut self, pinned: &PinnedTopic, anyway: bool) -> Result<Undrained> {
        self.begin().await?;
        let result = self.pin(pinned, anyway).await;
        self.finish(result).await
    }

    /// Forgets which topic this was, so that the one there is now is pinned instead.
    /// Every owner that runs takes over again.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn accept_new_topic(&mut self, topic: &str) -> Result<()> {
        const FORGET: &str = "UPDATE saga_topic SET topic_id = NULL WHERE topic = $1";
        self.begin().await?;
        let forget = Statement::new(FORGET, [Value::Text(topic.to_owned())]);
        let own = Statement::new(disown("true"), []);
        let mut result = self.change(forget).await.map(drop);
        if result.is_ok() {
            result = self.change(own).await.map(drop);
        }
        self.finish(result).await
    }

    async fn pin(&mut self, pinned: &PinnedTopic, anyway: bool) -> Result<Undrained> {
        const PIN: &str = "UPDATE saga_topic SET partitions = $1 WHERE topic = $2";
        // With all shards locked no instance stores another message.
        let lock = format!("SELECT name FROM saga_shard ORDER BY shard{}", self.dialect().locking());
        self.rows(Statement::new(lock, [])).await?;
        let undrained = self.undrained(&pinned.topic).await?;
        if undrained.is_empty() || anyway {
            let values = [Value::Int(pinned.partitions.into()), Value::Text(pinned.topic.clone())];
            self.change(Statement::new(PIN, values)).await?;
            self.change(Statement::new(disown("true"), [])).await?;
        }
        Ok(undrained)
    }
}
