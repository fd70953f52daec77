//! One transaction at a time: what was read, what is sent, and the statement that writes both down.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

use super::kafka::{self, Outgoing, Record, Records};
use super::outbox::Outbox;
use super::{Result, Settings, Style};

pub(crate) type Query = sqlx::query::Query<'static, Postgres, PgArguments>;

/// The most messages of a transaction.
pub(crate) const MOST: usize = 4_000;
/// After a transaction of so many messages the next one waits for more: a lone message never waits.
const LARGE: usize = 48;
const GATHERING: Duration = Duration::from_millis(8);
/// The number of parameters of [`PROTOCOL`].
const PARAMETERS: usize = 20;

/// Moves offsets, notes what was read and sent, and stores the messages.
const PROTOCOL: &str = "
WITH moved AS (
  UPDATE inbox AS i SET next_offset = n.next
  FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[]) AS n (topic, partition, was, next)
  WHERE i.topic = n.topic AND i.partition = n.partition AND i.next_offset = n.was AND i.owner = $5
  RETURNING 1
), read AS (
  INSERT INTO seen SELECT * FROM unnest($6::text[], $7::int4[], $8::text[], $9::int8[])
  ON CONFLICT (topic, partition, source) DO UPDATE SET last = excluded.last
), numbered AS (
  INSERT INTO sent SELECT * FROM unnest($10::text[], $11::int4[], $12::int8[])
  ON CONFLICT (topic, partition) DO UPDATE SET last = excluded.last
), stored AS (
  INSERT INTO outbox (seq, topic, partition, number, key, value)
  SELECT * FROM unnest($13::int8[], $14::text[], $15::int4[], $16::int8[], $17::text[], $18::bytea[])
), owned AS (
  UPDATE lane SET last_seq = $19, next_id = $20 WHERE name = 'lane' AND owner = $5 RETURNING 1
), changed AS (";

/// Divides by zero, and so rolls back, when somebody else owns the lane or one of its inputs.
const FENCE: &str = ") SELECT 1 / (
  ((SELECT count(*) FROM moved) = cardinality($1::text[]) AND (SELECT count(*) FROM owned) = 1)::int4)";

/// The lane of a service.
pub(crate) struct Lane {
    pub connection: PgConnection,
    style: Style,
    owner: String,
    /// The next offset of each input partition.
    inputs: BTreeMap<(&'static str, i32), i64>,
    /// The last number seen of each source.
    seen: BTreeMap<(&'static str, i32, String), i64>,
    /// The number of partitions of each topic that it sends to.
    partitions: BTreeMap<&'static str, i32>,
    /// The last number sent to each partition.
    sent: BTreeMap<(&'static str, i32), i64>,
    last_seq: i64,
    pub next_id: i32,
    outbox: Outbox,
}

/// What one transaction reads and sends.
#[derive(Default)]
pub(crate) struct Batch {
    inputs: BTreeMap<(&'static str, i32), (i64, i64)>,
    seen: BTreeMap<(&'static str, i32, String), i64>,
    sent: BTreeMap<(&'static str, i32), i64>,
    messages: Vec<Outgoing>,
}

impl Lane {
    /// Takes a service over from whoever had it: its inputs from where they were, and its outbox.
    pub(crate) async fn take_over(
        settings: &Settings,
        inputs: &[&'static str],
        outputs: &[&'static str],
    ) -> Result<(Self, Records)> {
        let mut connection = PgConnection::connect(&settings.database).await?;
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
        let owner = format!("{}-{since}", std::process::id());
        let mut from = Vec::new();
        for topic in inputs {
            for partition in 0..kafka::partitions(settings, topic)? {
                let row = sqlx::query(
                    "INSERT INTO inbox VALUES ($1, $2, $3, 0)
                     ON CONFLICT (topic, partition) DO UPDATE SET owner = $3 RETURNING next_offset",
                );
                let row = row.bind(topic).bind(partition).bind(&owner).fetch_one(&mut connection).await?;
                from.push((*topic, partition, row.get(0)));
            }
        }
        let row = sqlx::query("UPDATE lane SET owner = $1 RETURNING last_seq, cursor, next_id");
        let row = row.bind(&owner).fetch_one(&mut connection).await?;
        let (last_seq, cursor, next_id): (i64, i64, i32) = (row.get(0), row.get(1), row.get(2));
        let mut partitions = BTreeMap::new();
        for topic in outputs {
            partitions.insert(*topic, kafka::partitions(settings, topic)?);
        }
        let outbox = Outbox::resume(settings, &owner, cursor, outputs).await?;
        let mut lane = Self {
            connection,
            style: settings.style,
            owner,
            inputs: from.iter().map(|(topic, partition, offset)| ((*topic, *partition), *offset)).collect(),
            seen: BTreeMap::new(),
            partitions,
            sent: BTreeMap::new(),
            last_seq,
            next_id,
            outbox,
        };
        lane.remember(inputs, outputs).await?;
        Ok((lane, kafka::read(settings, &from)?))
    }

    async fn remember(&mut self, inputs: &[&'static str], outputs: &[&'static str]) -> Result<()> {
        let known = |names: &[&'static str], name: &str| names.iter().find(|known| **known == name).copied();
        let seen = sqlx::query("SELECT topic, partition, source, last FROM seen");
        for row in seen.fetch_all(&mut self.connection).await? {
            if let Some(topic) = known(inputs, row.get(0)) {
                self.seen.insert((topic, row.get(1), row.get(2)), row.get(3));
            }
        }
        for row in
            sqlx::query("SELECT topic, partition, last FROM sent").fetch_all(&mut self.connection).await?
        {
            if let Some(topic) = known(outputs, row.get(0)) {
                self.sent.insert((topic, row.get(1)), row.get(2));
            }
        }
        Ok(())
    }

    /// The records that are new, in a batch of their own.
    pub(crate) fn take(&self, records: Vec<Record>) -> Result<(Batch, Vec<Record>)> {
        let mut batch = Batch::default();
        let mut fresh = Vec::with_capacity(records.len());
        for record in records {
            let place = (record.topic, record.partition);
            let was = self.inputs.get(&place).copied().unwrap_or_default();
            batch.inputs.entry(place).or_insert((was, was)).1 = record.offset + 1;
            if let (Some((source, number)), true) = (&record.number, self.style.is_safe()) {
                let place = (record.topic, record.partition, source.clone());
                let last =
                    batch.seen.get(&place).or_else(|| self.seen.get(&place)).copied().unwrap_or_default();
                if *number <= last {
                    continue;
                }
                if *number > last + 1 {
                    return Err(format!("{source} jumped from {last} to {number}").into());
                }
                batch.seen.insert(place, *number);
            }
            fresh.push(record);
        }
        Ok((batch, fresh))
    }

    /// Adds a message to a batch.
    pub(crate) fn send(
        &self,
        batch: &mut Batch,
        topic: &'static str,
        key: i32,
        body: &impl Serialize,
    ) -> Result<()> {
        let partition = kafka::partition_of(key, self.partitions[topic]);
        let place = (topic, partition);
        let last = batch.sent.get(&place).or_else(|| self.sent.get(&place)).copied().unwrap_or_default();
        batch.sent.insert(place, last + 1);
        let seq = self.last_seq + batch.messages.len() as i64 + 1;
        let value = serde_json::to_vec(body)?;
        batch.messages.push(Outgoing { seq, topic, partition, number: last + 1, key, value });
        Ok(())
    }

    /// Writes a batch, and what `change` changes, by one statement. `change` is given the number of its first
    /// parameter.
    pub(crate) async fn write(
        &mut self,
        batch: &Batch,
        change: fn(usize) -> String,
        bind: impl FnOnce(Query) -> Query,
    ) -> Result<()> {
        if !self.style.is_safe() {
            let text = change(1);
            bind(sqlx::query(AssertSqlSafe(text))).execute(&mut self.connection).await?;
            return Ok(());
        }
        let text = format!("{PROTOCOL}{}{FENCE}", change(PARAMETERS + 1));
        let query = self.protocol(sqlx::query(AssertSqlSafe(text)), batch);
        bind(query).execute(&mut self.connection).await?;
        Ok(())
    }

    fn protocol(&self, query: Query, batch: &Batch) -> Query {
        let inputs = || batch.inputs.iter();
        let seen = || batch.seen.iter();
        let sent = || batch.sent.iter();
        let messages = || batch.messages.iter();
        query
            .bind(inputs().map(|((topic, _), _)| *topic).collect::<Vec<_>>())
            .bind(inputs().map(|((_, partition), _)| *partition).collect::<Vec<_>>())
            .bind(inputs().map(|(_, (was, _))| *was).collect::<Vec<_>>())
            .bind(inputs().map(|(_, (_, next))| *next).collect::<Vec<_>>())
            .bind(self.owner.clone())
            .bind(seen().map(|((topic, ..), _)| *topic).collect::<Vec<_>>())
            .bind(seen().map(|((_, partition, _), _)| *partition).collect::<Vec<_>>())
            .bind(seen().map(|((.., source), _)| source.clone()).collect::<Vec<_>>())
            .bind(seen().map(|(_, last)| *last).collect::<Vec<_>>())
            .bind(sent().map(|((topic, _), _)| *topic).collect::<Vec<_>>())
            .bind(sent().map(|((_, partition), _)| *partition).collect::<Vec<_>>())
            .bind(sent().map(|(_, last)| *last).collect::<Vec<_>>())
            .bind(messages().map(|message| message.seq).collect::<Vec<_>>())
            .bind(messages().map(|message| message.topic).collect::<Vec<_>>())
            .bind(messages().map(|message| message.partition).collect::<Vec<_>>())
            .bind(messages().map(|message| message.number).collect::<Vec<_>>())
            .bind(messages().map(|message| message.key.to_string()).collect::<Vec<_>>())
            .bind(messages().map(|message| message.value.clone()).collect::<Vec<_>>())
            .bind(self.last_seq + batch.messages.len() as i64)
            .bind(self.next_id)
    }

    /// A batch is committed: remembers it, and sends its messages.
    pub(crate) async fn committed(&mut self, batch: Batch) -> Result<()> {
        self.inputs.extend(batch.inputs.into_iter().map(|(place, (_, next))| (place, next)));
        self.seen.extend(batch.seen);
        self.sent.extend(batch.sent);
        self.last_seq += batch.messages.len() as i64;
        self.outbox.send(&batch.messages).await
    }
}

/// After a large batch waits for the next to be large as well.
pub(crate) async fn gather(size: usize) {
    if size >= LARGE {
        tokio::time::sleep(GATHERING).await;
    }
}
