//! The tables of one service, each with one query, all of one snapshot.

use std::fmt::Display;

use serde_json::Value;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Row as _};

use super::super::evidence::{
    DeliveryRow, Evidence, KeptRow, OrderRow, OutboxRow, Place, RequestRow, SeenRow, ShardRow, Status,
    StepRow, Tables,
};
use super::super::wire::{Digest, Number, Parts, Said};
use super::{Names, Unreadable, place};

type Result<T> = std::result::Result<T, Failure>;

/// Why a database cannot be read.
pub(super) enum Failure {
    Database(sqlx::Error),
    Content(Unreadable),
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => error.fmt(f),
            Self::Content(Unreadable(what)) => what.fmt(f),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Unreadable> for Failure {
    fn from(error: Unreadable) -> Self {
        Self::Content(error)
    }
}

/// Reads the database of a service.
pub(super) async fn read(
    service: &'static str,
    url: &str,
    names: &mut Names,
    evidence: &mut Evidence,
) -> Result<()> {
    let mut reader = Reader(PgConnection::connect(url).await?);
    sqlx::raw_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut reader.0).await?;
    match service {
        "order" => reader.orders(evidence).await?,
        "product" => {
            let rows = reader.rows("SELECT id::int8, quantity::int8 FROM product_tb", product).await?;
            evidence.products = rows.into_iter().collect();
        }
        _ => {
            const DELIVERIES: &str = "SELECT id::int8, order_id::int8, address FROM delivery_tb ORDER BY id";
            evidence.deliveries = reader.rows(DELIVERIES, delivery).await?;
        }
    }
    let tables = reader.tables(service, names).await?;
    evidence.tables.insert(service, tables);
    Ok(reader.0.close().await?)
}

struct Reader(PgConnection);

impl Reader {
    /// All rows of a query, each as `read` has it.
    async fn rows<T>(
        &mut self,
        query: &'static str,
        read: impl FnMut(&PgRow) -> Result<T>,
    ) -> Result<Vec<T>> {
        sqlx::query(query).fetch_all(&mut self.0).await?.iter().map(read).collect()
    }

    /// The rows of a table that services of an earlier version do not have.
    async fn rows_if_any<T>(
        &mut self,
        table: &str,
        query: &'static str,
        read: impl FnMut(&PgRow) -> Result<T>,
    ) -> Result<Vec<T>> {
        const EXISTS: &str = "SELECT to_regclass($1) IS NOT NULL";
        let exists: bool = sqlx::query_scalar(EXISTS).bind(table).fetch_one(&mut self.0).await?;
        if exists { self.rows(query, read).await } else { Ok(Vec::new()) }
    }

    async fn orders(&mut self, evidence: &mut Evidence) -> Result<()> {
        const ORDERS: &str = "
            SELECT id::int8, user_id::int8, product_id::int8, quantity::int8, status FROM order_tb";
        const REQUESTS: &str = "SELECT idem_key, status, body FROM saga_request ORDER BY route, idem_key";
        evidence.orders = self.rows(ORDERS, order).await?.into_iter().collect();
        evidence.requests = self.rows(REQUESTS, request).await?;
        Ok(())
    }

    async fn tables(&mut self, service: &str, names: &mut Names) -> Result<Tables> {
        const SHARDS: &str = "
            SELECT shard, name, next_offset, last_seq, cursor, incarnation, applied, dropped
            FROM saga_shard ORDER BY shard";
        const DESTINATIONS: &str = "SELECT shard, topic, partition, last_dseq FROM saga_dest";
        const SEEN: &str = "
            SELECT topic, partition, source, incarnation, last_dseq FROM saga_seen
            ORDER BY topic, partition, source";
        const HELD: &str = "
            SELECT topic, partition, \"offset\", '',
              format('it waits for what is before #%s of %s in its life %s', dseq, source, incarnation), record
            FROM saga_held ORDER BY topic, partition, \"offset\"";
        const PARKED: &str = "
            SELECT topic, partition, \"offset\", '', format('%s: %s (%s tries)', reason, error, attempts), record
            FROM saga_parked ORDER BY topic, partition, \"offset\"";
        const DEAD: &str = "
            SELECT topic, partition, \"offset\", state, format('%s: %s (%s tries)', reason, error, attempts), record
            FROM saga_dead ORDER BY topic, partition, \"offset\"";
        const STEPS: &str =
            "SELECT step, correlation, mode, inputs FROM saga_step ORDER BY step, correlation";
        const ONCE: &str = "SELECT step, correlation FROM saga_once ORDER BY step, correlation";
        Ok(Tables {
            shards: self.rows(SHARDS, shard).await?,
            destinations: self.rows(DESTINATIONS, destination).await?.into_iter().collect(),
            outbox: self.outbox(service, names).await?,
            seen: self.rows(SEEN, seen).await?,
            held: self.rows(HELD, kept).await?,
            parked: self.rows_if_any("saga_parked", PARKED, kept).await?,
            dead: self.rows_if_any("saga_dead", DEAD, kept).await?,
            steps: self.rows(STEPS, step).await?,
            once: self.rows(ONCE, |row| Ok((row.try_get(0)?, row.try_get(1)?))).await?,
        })
    }

    /// The outbox, in pages: as rows of the driver it would take a gigabyte.
    async fn outbox(&mut self, service: &str, names: &mut Names) -> Result<Vec<OutboxRow>> {
        const PAGE: &str = "
            SELECT shard, seq, topic, partition, incarnation, dseq, key, headers, value FROM saga_outbox
            WHERE (shard, seq) > ($1, $2) ORDER BY shard, seq LIMIT 20000";
        let mut all: Vec<OutboxRow> = Vec::new();
        loop {
            let (shard, seq) = all.last().map_or((i32::MIN, i64::MIN), |row| (row.shard, row.seq));
            let page = sqlx::query(PAGE).bind(shard).bind(seq).fetch_all(&mut self.0).await?;
            if page.is_empty() {
                return Ok(all);
            }
            for row in &page {
                all.push(outbox(row, service, names)?);
            }
        }
    }
}

fn order(row: &PgRow) -> Result<(i64, OrderRow)> {
    let status = match row.try_get(4)? {
        "PENDING" => Status::Pending,
        "COMPLETED" => Status::Completed,
        "CANCELLED" => Status::Cancelled,
        other => Status::Unknown(other.to_owned()),
    };
    let (user, product, quantity) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
    Ok((row.try_get(0)?, OrderRow { user, product, quantity, status }))
}

fn product(row: &PgRow) -> Result<(i64, i64)> {
    Ok((row.try_get(0)?, row.try_get(1)?))
}

fn delivery(row: &PgRow) -> Result<DeliveryRow> {
    Ok(DeliveryRow { id: row.try_get(0)?, order: row.try_get(1)?, address: row.try_get(2)? })
}

fn request(row: &PgRow) -> Result<RequestRow> {
    let body: Option<Value> = serde_json::from_str(row.try_get(2)?).ok();
    let order = body.and_then(|body| body["id"].as_i64());
    Ok(RequestRow { key: row.try_get(0)?, status: row.try_get(1)?, order })
}

fn shard(row: &PgRow) -> Result<ShardRow> {
    Ok(ShardRow {
        shard: row.try_get(0)?,
        name: row.try_get(1)?,
        next_offset: row.try_get(2)?,
        last_seq: row.try_get(3)?,
        cursor: row.try_get(4)?,
        incarnation: row.try_get(5)?,
        applied: row.try_get(6)?,
        dropped: row.try_get(7)?,
    })
}

fn destination(row: &PgRow) -> Result<((i32, Place), i64)> {
    Ok(((row.try_get(0)?, place_at(row, 1)?), row.try_get(3)?))
}

fn seen(row: &PgRow) -> Result<SeenRow> {
    let (source, incarnation, last) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
    Ok(SeenRow { place: place_at(row, 0)?, source, incarnation, last })
}

fn kept(row: &PgRow) -> Result<KeptRow> {
    Ok(KeptRow {
        place: place_at(row, 0)?,
        offset: row.try_get(2)?,
        state: row.try_get(3)?,
        why: row.try_get(4)?,
        record: row.try_get(5)?,
    })
}

fn step(row: &PgRow) -> Result<StepRow> {
    let (mode, inputs) = (row.try_get(2)?, row.try_get(3)?);
    Ok(StepRow { step: row.try_get(0)?, correlation: row.try_get(1)?, mode, inputs })
}

fn outbox(row: &PgRow, service: &str, names: &mut Names) -> Result<OutboxRow> {
    let (shard, seq): (i32, i64) = (row.try_get(0)?, row.try_get(1)?);
    let place = place_at(row, 2)?;
    let sent = Sent::read(row.try_get(7)?).ok_or_else(|| {
        Unreadable::new(format_args!("row {seq} of shard {shard} of the outbox"), "its headers are no pairs")
    })?;
    let (key, value) = (row.try_get(6)?, row.try_get(8)?);
    let parts = Parts {
        key: Some(key).filter(|_| !sent.null_key),
        value: Some(value).filter(|_| !sent.null_value),
        headers: sent.headers.iter().map(|(name, content)| (name.as_slice(), content.as_deref())).collect(),
    };
    let source = names.one(&format!("{service}/{shard}"));
    let number = Number { source, incarnation: row.try_get(4)?, dseq: row.try_get(5)? };
    Ok(OutboxRow { shard, seq, place, number, said: Said::of(parts.body()), digest: Digest::of(&parts) })
}

/// What the outbox keeps beside key and body: pairs of texts, or an object where text does not do.
#[derive(Default)]
struct Sent {
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    null_key: bool,
    null_value: bool,
}

impl Sent {
    fn read(text: &str) -> Option<Self> {
        let kept: Value = serde_json::from_str(text).ok()?;
        let pairs = kept.get("headers").unwrap_or(&kept).as_array()?;
        let headers = pairs.iter().map(|pair| match pair.as_array()?.as_slice() {
            [name, Value::Null] => Some((bytes(name)?, None)),
            [name, content] => Some((bytes(name)?, Some(bytes(content)?))),
            _ => None,
        });
        let is = |field| kept.get(field).and_then(Value::as_bool).unwrap_or_default();
        Some(Self {
            headers: headers.collect::<Option<_>>()?,
            null_key: is("nullKey"),
            null_value: is("nullValue"),
        })
    }
}

/// A text, or `{"hex": "00ff"}`.
fn bytes(part: &Value) -> Option<Vec<u8>> {
    if let Some(text) = part.as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let hex = part.get("hex")?.as_str()?;
    let byte = |at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// The place in two columns, from `first` on.
fn place_at(row: &PgRow, first: usize) -> Result<Place> {
    Ok(place(row.try_get(first)?, row.try_get(first + 1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_pairs_of_texts_or_any_bytes() {
        let short = Sent::read(r#"[["ce_id","order/1/2/3"]]"#).expect("pairs");
        assert_eq!(short.headers, [(b"ce_id".to_vec(), Some(b"order/1/2/3".to_vec()))]);
        let long = Sent::read(r#"{"headers":[[{"hex":"ff00"},null],["b",{"hex":""}]],"nullKey":true}"#);
        let long = long.expect("an object");
        assert_eq!(long.headers, [(vec![0xff, 0], None), (b"b".to_vec(), Some(Vec::new()))]);
        assert!(long.null_key && !long.null_value);
        for text in ["", "{}", r#"[["a"]]"#, r#"[["a",{"hex":"0"}]]"#, r#"[[null,"b"]]"#] {
            assert!(Sent::read(text).is_none(), "{text}");
        }
    }
}
