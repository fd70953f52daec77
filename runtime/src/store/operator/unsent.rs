//! Messages in the outbox that Kafka has not acknowledged, and one that can never be sent.

use crate::store::ownership::LOCAL;
use crate::store::{Result, ShardId, StoreError};
use crate::wire::{Headers, OutgoingHeaders, READERS_HEADER, SEQ_HEADER, SKIP_HEADER};

use super::Operator;
use super::sql::{Found, Statement, Value, no_owner};

/// A longer key is not kept for a message that is skipped: it may be what is too large.
const LONGEST_KEY: usize = 256;
/// The headers that are kept for a message that is skipped: short ones, by which it is identified.
const KEPT: [&str; 7] =
    ["ce_specversion", "ce_type", "ce_source", "ce_id", "ce_time", READERS_HEADER, SEQ_HEADER];

/// A message that waits for Kafka.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// The shard that published it.
    pub shard: ShardId,
    /// The shard's name.
    pub name: String,
    /// Its number within the shard.
    pub seq: i64,
    /// Everything before it is acknowledged, so this one is certainly not.
    pub is_next: bool,
    /// Where it goes.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Its key.
    pub key: Vec<u8>,
    /// Its headers, as the runtime wrote them.
    pub headers: String,
    /// Its size in bytes.
    pub bytes: i64,
}

impl Unsent {
    /// The header of this name.
    pub fn header(&self, name: &str) -> Option<String> {
        OutgoingHeaders::read(self.headers.as_bytes())?.text(name).map(str::to_owned)
    }
}

/// Messages that are not known to be acknowledged; `value` is their body, or less.
fn select(value: &str) -> String {
    format!(
        "SELECT CAST(o.shard AS bigint), s.name, o.seq, s.cursor, o.topic, CAST(o.partition AS bigint), o.key,
           o.headers, CAST(length(o.key) + length(o.headers) + length(o.value) AS bigint), {value}
         FROM saga_outbox AS o JOIN saga_shard AS s ON s.shard = o.shard WHERE o.seq > s.cursor"
    )
}

fn unsent(row: &Found) -> Result<Unsent> {
    let (seq, cursor) = (row.int(2)?, row.int(3)?);
    Ok(Unsent {
        shard: ShardId(row.small(0)?),
        name: row.text(1)?,
        seq,
        is_next: seq == cursor + 1,
        topic: row.text(4)?,
        partition: row.small(5)?,
        key: row.bytes(6)?,
        headers: row.text(7)?,
        bytes: row.int(8)?,
    })
}

impl Operator {
    /// The first `limit` messages that are not known to be acknowledged, those to `topic` or to any:
    /// first those that everything behind them may wait for.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unsent(&mut self, topic: Option<&str>, limit: u32) -> Result<Vec<Unsent>> {
        let mut statement = Statement::new(select("NULL"), []);
        if let Some(topic) = topic {
            let topic = statement.value(Value::Text(topic.to_owned()));
            statement.text.push_str(&format!(" AND o.topic = {topic}"));
        }
        statement.text.push_str(&format!(" ORDER BY o.seq - s.cursor, o.shard LIMIT {limit}"));
        self.rows(statement).await?.iter().map(unsent).collect()
    }

    /// One such message and its body.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn find_unsent(&mut self, shard: ShardId, seq: i64) -> Result<Option<(Unsent, Vec<u8>)>> {
        let place = [Value::Int(shard.0.into()), Value::Int(seq)];
        let text = select("o.value") + " AND o.shard = $1 AND o.seq = $2";
        let rows = self.rows(Statement::new(text, place)).await?;
        rows.first().map(|row| Ok((unsent(row)?, row.bytes(9)?))).transpose()
    }

    /// Replaces a message that can never be sent by one without effect, under the same number:
    /// receivers count it and do nothing. Deleting it would leave a gap, and everything after it would
    /// wait without end. The shard's owner takes over again, and finds it replaced.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is no such message, or it is acknowledged; nothing has changed then.
    pub async fn skip_unsent(&mut self, shard: ShardId, seq: i64) -> Result<Unsent> {
        self.begin().await?;
        let skipped = self.replace(shard, seq).await;
        self.finish(skipped).await
    }

    async fn replace(&mut self, shard: ShardId, seq: i64) -> Result<Unsent> {
        let lock = format!("SELECT cursor FROM saga_shard WHERE shard = $1{}", self.dialect().locking());
        self.rows(Statement::new(lock, [Value::Int(shard.0.into())])).await?;
        let gone =
            || StoreError::Refused(format!("message {}/{seq} is not in the outbox, or was sent", shard.0));
        let (message, _) = self.find_unsent(shard, seq).await?.ok_or_else(gone)?;
        let kept = KEPT.iter().filter_map(|name| Some((*name, message.header(name)?)));
        let kept = kept.chain([(SKIP_HEADER, "1".to_owned())]);
        let kept = kept.map(|(name, value)| (name.into(), value.into())).collect();
        let headers =
            serde_json::to_string(&Headers(kept)).map_err(|error| StoreError::Refused(error.to_string()))?;
        let key = if message.key.len() > LONGEST_KEY { Vec::new() } else { message.key.clone() };
        let values = [
            Value::Bytes(key),
            Value::Text(headers),
            Value::Bytes(Vec::new()),
            Value::Int(shard.0.into()),
            Value::Int(seq),
        ];
        const REPLACE: &str =
            "UPDATE saga_outbox SET key = $1, headers = $2, value = $3 WHERE shard = $4 AND seq = $5";
        self.change(Statement::new(REPLACE, values)).await?;
        // Without its lease a local shard is taken over at once, by the next instance that needs one.
        let disown = format!(
            "UPDATE saga_shard SET owner = {},
               lease_until = CASE WHEN name LIKE '{LOCAL}%' THEN NULL ELSE lease_until END WHERE shard = $1",
            no_owner()
        );
        self.change(Statement::new(disown, [Value::Int(shard.0.into())])).await?;
        Ok(message)
    }
}
