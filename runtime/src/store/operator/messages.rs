//! Messages that failed: parked, dead or dropped.

use crate::store::Result;
use crate::store::schema::Dialect;

use super::sql::{Found, Statement, Value};
use super::{MessageId, Operator};

/// What became of a message that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is tried again, or waits behind one that is.
    Parked,
    /// It waits for an earlier message of its source.
    Held,
    /// It was given up by the service.
    Dead,
    /// It was dead, and was parked again by an operator.
    Redriven,
    /// It was given up by an operator.
    Dropped,
}

impl State {
    /// Its name, as the tables and the commands have it.
    pub fn name(self) -> &'static str {
        match self {
            State::Parked => "parked",
            State::Held => "held",
            State::Dead => "dead",
            State::Redriven => "redriven",
            State::Dropped => "dropped",
        }
    }
}

/// A message that failed or is held back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Which one.
    pub id: MessageId,
    /// Kafka's key; empty when it had none.
    pub key: Vec<u8>,
    /// What became of it.
    pub state: State,
    /// Why it was parked, in a word.
    pub reason: String,
    /// What its last try said.
    pub error: String,
    /// How often it was tried.
    pub attempts: i32,
    /// What an operator said about it.
    pub note: String,
    /// When it was parked; milliseconds since 1970.
    pub since_ms: i64,
    /// When it is tried next, if it is; milliseconds since 1970.
    pub next_ms: Option<i64>,
    /// When its state changed last; milliseconds since 1970.
    pub changed_ms: i64,
}

/// A message with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// What is known of it.
    pub message: Message,
    /// The message, as the runtime wrote it.
    pub record: Vec<u8>,
}

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Messages {
    /// Messages that are parked.
    Parked,
    /// Messages that are dead.
    Dead,
    /// Messages that are or were dead, redriven and dropped ones too.
    EverDead,
}

/// Which messages; an empty filter means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// These, if there are any here.
    pub ids: Vec<MessageId>,
    /// Those of this topic.
    pub topic: Option<String>,
    /// Those of this key.
    pub key: Option<Vec<u8>>,
}

/// The messages of one partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The topic read.
    pub topic: String,
    /// The partition read.
    pub partition: i32,
    /// How many there are.
    pub messages: i64,
}

impl Messages {
    /// The columns of a [`Message`], and where they are.
    fn select(self, dialect: Dialect) -> String {
        const PLACE: &str = "topic, CAST(partition AS bigint), \"offset\", key";
        let millis = |column| dialect.millis(column);
        match self {
            Messages::Parked => format!(
                "SELECT {PLACE}, 'parked', reason, error, CAST(attempts AS bigint), '', {}, {}, {}, record
                 FROM saga_parked WHERE true",
                millis("parked_at"),
                millis("next_at"),
                millis("parked_at")
            ),
            Messages::Dead | Messages::EverDead => format!(
                "SELECT {PLACE}, state, reason, error, CAST(attempts AS bigint), note, {}, NULL, {}, record
                 FROM saga_dead WHERE {}",
                millis("died_at"),
                millis("changed_at"),
                self.condition()
            ),
        }
    }

    fn table(self) -> &'static str {
        match self {
            Messages::Parked => "saga_parked",
            Messages::Dead | Messages::EverDead => "saga_dead",
        }
    }

    fn condition(self) -> &'static str {
        if self == Messages::Dead { "state = 'dead'" } else { "true" }
    }
}

impl Filter {
    /// The one message `id`.
    pub fn one(id: MessageId) -> Self {
        Self { ids: vec![id], ..Self::default() }
    }

    /// Narrows `statement`, which ends with a condition.
    fn narrow(&self, statement: &mut Statement) {
        if let Some(topic) = &self.topic {
            let topic = statement.value(Value::Text(topic.clone()));
            statement.text += &format!(" AND topic = {topic}");
        }
        if let Some(key) = &self.key {
            let key = statement.value(Value::Bytes(key.clone()));
            statement.text += &format!(" AND key = {key}");
        }
        if !self.ids.is_empty() {
            let mut places = Vec::with_capacity(self.ids.len());
            for MessageId { topic, partition, offset } in &self.ids {
                let topic = statement.value(Value::Text(topic.clone()));
                places
                    .push(format!("(topic = {topic} AND partition = {partition} AND \"offset\" = {offset})"));
            }
            statement.text += &format!(" AND ({})", places.join(" OR "));
        }
    }

    /// Narrows `statement` to the messages of one partition.
    fn narrow_in(&self, group: &Group, statement: &mut Statement) {
        let topic = statement.value(Value::Text(group.topic.clone()));
        statement.text += &format!(" AND topic = {topic} AND partition = {}", group.partition);
        self.narrow(statement);
    }
}

impl Operator {
    /// The first `limit` messages, in the order of their places.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn messages(&mut self, of: Messages, filter: &Filter, limit: u32) -> Result<Vec<Message>> {
        let stored = self.stored(of, filter, limit).await?;
        Ok(stored.into_iter().map(|stored| stored.message).collect())
    }

    /// The same, with their bytes.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn stored(&mut self, of: Messages, filter: &Filter, limit: u32) -> Result<Vec<Stored>> {
        let mut query = Statement::new(of.select(self.dialect()), []);
        filter.narrow(&mut query);
        query.text += &format!(" ORDER BY topic, partition, \"offset\" LIMIT {limit}");
        self.rows(query).await?.iter().map(stored).collect()
    }

    /// How many messages there are, partition by partition, in the order of their shards.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn groups(&mut self, of: Messages, filter: &Filter) -> Result<Vec<Group>> {
        let text = format!(
            "SELECT topic, CAST(partition AS bigint), count(*) FROM {} WHERE {}",
            of.table(),
            of.condition()
        );
        let mut query = Statement::new(text, []);
        filter.narrow(&mut query);
        query.text += " GROUP BY topic, partition ORDER BY topic, partition";
        let group =
            |row: &Found| Ok(Group { topic: row.text(0)?, partition: row.small(1)?, messages: row.int(2)? });
        let mut groups = self.rows(query).await?.iter().map(group).collect::<Result<Vec<_>>>()?;
        let inputs = self.inputs().await?;
        groups.sort_by_key(|group| {
            let place =
                |input: &super::Input| input.topic == group.topic && input.partition == group.partition;
            inputs.iter().find(|input| place(input)).map(|input| input.shard)
        });
        Ok(groups)
    }

    /// Has the parked messages of a partition tried now. Returns how many.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn retry(&mut self, group: &Group, filter: &Filter) -> Result<u64> {
        self.begin_on(&group.topic, group.partition).await?;
        let text = format!("UPDATE saga_parked SET next_at = {} WHERE true", self.dialect().now());
        let mut update = Statement::new(text, []);
        filter.narrow_in(group, &mut update);
        let changed = self.change(update).await;
        self.finish(changed).await
    }

    /// Parks the dead messages of a partition again, each behind what is parked
    /// of its key. Returns how many. A message that is not dead any more stays
    /// as it is, so it happens once, even when requested twice.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn redrive(&mut self, group: &Group, filter: &Filter) -> Result<u64> {
        self.begin_on(&group.topic, group.partition).await?;
        let redriven = self.park_again(group, filter).await;
        self.finish(redriven).await
    }

    async fn park_again(&mut self, group: &Group, filter: &Filter) -> Result<u64> {
        let now = self.dialect().now();
        let mut park = Statement::new(
            format!(
                "INSERT INTO saga_parked (topic, partition, \"offset\", key, position, reason, error, attempts,
                   next_at, parked_at, record)
                 SELECT topic, partition, \"offset\", key,
                   (SELECT coalesce(max(p.position), 0) FROM saga_parked AS p
                    WHERE p.topic = d.topic AND p.partition = d.partition AND p.key = d.key)
                   + row_number() OVER (PARTITION BY key ORDER BY \"offset\"),
                   'redriven', error, 0, {now}, {now}, record
                 FROM saga_dead AS d WHERE state = 'dead'"
            ),
            [],
        );
        filter.narrow_in(group, &mut park);
        self.change(park).await?;
        let text =
            format!("UPDATE saga_dead SET state = 'redriven', changed_at = {now} WHERE state = 'dead'");
        let mut mark = Statement::new(text, []);
        filter.narrow_in(group, &mut mark);
        self.change(mark).await
    }

    /// Gives the parked and dead messages of a partition up, for a reason. Returns how many.
    ///
    /// # Errors
    /// [`crate::store::StoreError`]; nothing has changed then.
    pub async fn drop_messages(&mut self, group: &Group, filter: &Filter, note: &str) -> Result<u64> {
        self.begin_on(&group.topic, group.partition).await?;
        let dropped = self.give_up(group, filter, note).await;
        self.finish(dropped).await
    }

    async fn give_up(&mut self, group: &Group, filter: &Filter, note: &str) -> Result<u64> {
        let now = self.dialect().now();
        let note = || Value::Text(note.to_owned());
        let text = format!(
            "UPDATE saga_dead SET state = 'dropped', note = $1, changed_at = {now} WHERE state = 'dead'"
        );
        let mut dead = Statement::new(text, [note()]);
        filter.narrow_in(group, &mut dead);
        let dead = self.change(dead).await?;

        let text =
            "INSERT INTO saga_dead (topic, partition, \"offset\", key, state, reason, error, attempts, note,
               died_at, changed_at, record)
             SELECT topic, partition, \"offset\", key, 'dropped', reason, error, attempts, $1, ";
        let text = format!("{text} {now}, {now}, record FROM saga_parked WHERE true");
        let mut parked = Statement::new(text, [note()]);
        filter.narrow_in(group, &mut parked);
        // It may have been dead before, and redriven.
        parked.text += " ON CONFLICT (topic, partition, \"offset\") DO UPDATE SET state = excluded.state,
            reason = excluded.reason, error = excluded.error, attempts = excluded.attempts,
            note = excluded.note, changed_at = excluded.changed_at";
        self.change(parked).await?;
        let mut delete = Statement::new("DELETE FROM saga_parked WHERE true", []);
        filter.narrow_in(group, &mut delete);
        Ok(dead + self.change(delete).await?)
    }

    /// Everything that is known of a message: where it is parked, held or dead.
    ///
    /// # Errors
    /// [`crate::store::StoreError`].
    pub async fn find_message(&mut self, id: &MessageId) -> Result<Vec<Stored>> {
        let filter = Filter::one(id.clone());
        let mut found = self.stored(Messages::Parked, &filter, 1).await?;
        found.extend(self.held_message(&filter).await?);
        found.extend(self.stored(Messages::EverDead, &filter, 1).await?);
        Ok(found)
    }

    async fn held_message(&mut self, filter: &Filter) -> Result<Vec<Stored>> {
        let held_at = self.dialect().millis("held_at");
        // Its key is in the record.
        let empty = match self.dialect() {
            Dialect::Postgres => "''::bytea",
            Dialect::Sqlite => "x''",
        };
        let text = format!(
            "SELECT topic, CAST(partition AS bigint), \"offset\", {empty}, 'held', source, '', CAST(0 AS bigint), '',
               {held_at}, NULL, {held_at}, record FROM saga_held WHERE true"
        );
        let mut query = Statement::new(text, []);
        filter.narrow(&mut query);
        self.rows(query).await?.iter().map(stored).collect()
    }
}

fn stored(row: &Found) -> Result<Stored> {
    let id = MessageId { topic: row.text(0)?, partition: row.small(1)?, offset: row.int(2)? };
    let state = match row.text(4)?.as_str() {
        "parked" => State::Parked,
        "held" => State::Held,
        "redriven" => State::Redriven,
        "dropped" => State::Dropped,
        _ => State::Dead,
    };
    let message = Message {
        id,
        key: row.bytes(3)?,
        state,
        reason: row.text(5)?,
        error: row.text(6)?,
        attempts: row.small(7)?,
        note: row.text(8)?,
        since_ms: row.int(9)?,
        next_ms: row.maybe_int(10)?,
        changed_ms: row.int(11)?,
    };
    Ok(Stored { message, record: row.bytes(12)? })
}
