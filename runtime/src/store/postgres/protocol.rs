//! The tables of the protocol, and the statements on them.
//!
//! A plan is made once a connection, when a table may be empty, and used when it is
//! long. So none of these leaves the planner a choice that its size decides: rows
//! are found by `key = ANY(…)`, by the conflict of an insertion, or by a LATERAL
//! subquery that OFFSET 0 or a lock keeps apart, once for each key; and rows
//! that were found that way are deleted by their place in the table.

/// The tables of the protocol.
pub(super) const PROTOCOL_TABLES: &str = r#"
CREATE TABLE saga_meta (
  one boolean PRIMARY KEY CHECK (one),
  saga text NOT NULL, service text NOT NULL, version integer NOT NULL, db_identity text NOT NULL,
  kafka_prefix text
);
CREATE TABLE saga_shard (
  shard integer PRIMARY KEY, name text NOT NULL UNIQUE, owner uuid, lease_until timestamptz,
  next_offset bigint NOT NULL, last_seq bigint NOT NULL DEFAULT 0, cursor bigint NOT NULL DEFAULT 0,
  incarnation bigint NOT NULL DEFAULT 0, db_identity text NOT NULL DEFAULT '',
  applied bigint NOT NULL DEFAULT 0, dropped bigint NOT NULL DEFAULT 0, CHECK (cursor <= last_seq)
) WITH (fillfactor = 50);
CREATE TABLE saga_dest (
  shard integer NOT NULL, topic text NOT NULL, partition integer NOT NULL, last_dseq bigint NOT NULL,
  PRIMARY KEY (shard, topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE saga_outbox (
  shard integer NOT NULL, seq bigint NOT NULL, topic text NOT NULL, partition integer NOT NULL,
  incarnation bigint NOT NULL, dseq bigint NOT NULL, key bytea NOT NULL, headers text NOT NULL,
  value bytea NOT NULL, PRIMARY KEY (shard, seq)
);
CREATE TABLE saga_seen (
  topic text NOT NULL, partition integer NOT NULL, source text NOT NULL, incarnation bigint NOT NULL,
  last_dseq bigint NOT NULL, anchored boolean NOT NULL, seen_at timestamptz NOT NULL,
  PRIMARY KEY (topic, partition, source)
) WITH (fillfactor = 50);
CREATE TABLE saga_held (
  topic text NOT NULL, partition integer NOT NULL, source text NOT NULL, incarnation bigint NOT NULL,
  dseq bigint NOT NULL, "offset" bigint NOT NULL, record bytea NOT NULL,
  held_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (topic, partition, source, incarnation, dseq)
);
CREATE TABLE saga_parked (
  topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL, key bytea NOT NULL,
  position bigint NOT NULL, reason text NOT NULL, error text NOT NULL, attempts integer NOT NULL,
  next_at timestamptz NOT NULL, parked_at timestamptz NOT NULL DEFAULT now(), record bytea NOT NULL,
  PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX saga_parked_key ON saga_parked (topic, partition, key, position, "offset");
CREATE TABLE saga_dead (
  topic text NOT NULL, partition integer NOT NULL, "offset" bigint NOT NULL, key bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('dead', 'redriven', 'dropped')), reason text NOT NULL,
  error text NOT NULL, attempts integer NOT NULL, note text NOT NULL DEFAULT '',
  died_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now(),
  record bytea NOT NULL, PRIMARY KEY (topic, partition, "offset")
);
CREATE TABLE saga_step (
  step text NOT NULL, correlation text NOT NULL, mode text NOT NULL, inputs text NOT NULL,
  attempts integer NOT NULL DEFAULT 0, due_at timestamptz, closed_at timestamptz,
  PRIMARY KEY (correlation, step)
);
CREATE INDEX saga_step_due_at ON saga_step (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX saga_step_closed_at ON saga_step (closed_at) WHERE closed_at IS NOT NULL;
CREATE TABLE saga_once (
  step text NOT NULL, correlation text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (step, correlation)
);
CREATE INDEX saga_once_created_at ON saga_once (created_at);
CREATE TABLE saga_request (
  route text NOT NULL, idem_key text NOT NULL, fingerprint text NOT NULL DEFAULT '',
  status integer NOT NULL DEFAULT 0, location text NOT NULL DEFAULT '', body text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (route, idem_key)
);
CREATE INDEX saga_request_created_at ON saga_request (created_at);
CREATE TABLE saga_topic (topic text PRIMARY KEY, partitions integer NOT NULL, topic_id uuid);
CREATE TABLE saga_id (entity text PRIMARY KEY, next bigint NOT NULL);
CREATE TABLE saga_served (
  kind text NOT NULL, name text NOT NULL, detail text NOT NULL, PRIMARY KEY (kind, name)
);
"#;

/// Everything that almost every batch leaves, in one statement: one round trip,
/// and one plan. The shard rows are locked since the transaction began, so they
/// need not be compared again here.
pub(super) const WRITE_BATCH: &str = "
WITH destinations AS (
  INSERT INTO saga_dest (shard, topic, partition, last_dseq)
  SELECT * FROM UNNEST($1::int4[], $2::text[], $3::int4[], $4::int8[])
  ON CONFLICT (shard, topic, partition) DO UPDATE SET last_dseq = excluded.last_dseq
), seen AS (
  INSERT INTO saga_seen (topic, partition, source, incarnation, last_dseq, anchored, seen_at)
  SELECT *, now() FROM UNNEST($5::text[], $6::int4[], $7::text[], $8::int8[], $9::int8[], $10::bool[])
  ON CONFLICT (topic, partition, source) DO UPDATE SET incarnation = excluded.incarnation,
    last_dseq = excluded.last_dseq, anchored = excluded.anchored, seen_at = excluded.seen_at
), outbox AS (
  INSERT INTO saga_outbox (shard, seq, topic, partition, incarnation, dseq, key, headers, value)
  SELECT * FROM UNNEST($11::int4[], $12::int8[], $13::text[], $14::int4[], $15::int8[], $16::int8[],
                       $17::bytea[], $18::text[], $19::bytea[])
)
UPDATE saga_shard AS s SET next_offset = m.next_offset, last_seq = m.last_seq,
  applied = s.applied + m.applied, dropped = s.dropped + m.dropped
FROM UNNEST($20::int4[], $21::int8[], $22::int8[], $23::int8[], $24::int8[])
  AS m (shard, next_offset, last_seq, applied, dropped)
WHERE s.shard = m.shard";

pub(super) const WRITE_HELD: &str = "
INSERT INTO saga_held (topic, partition, source, incarnation, dseq, \"offset\", record)
SELECT * FROM UNNEST($1::text[], $2::int4[], $3::text[], $4::int8[], $5::int8[], $6::int8[], $7::bytea[])
ON CONFLICT DO NOTHING";

pub(super) const DELETE_RELEASED: &str = "
DELETE FROM saga_held WHERE ctid = ANY(ARRAY(
  SELECT h.ctid
  FROM UNNEST($1::text[], $2::int4[], $3::text[], $4::int8[], $5::int8[])
    AS r (topic, partition, source, incarnation, dseq)
  CROSS JOIN LATERAL (
    SELECT ctid FROM saga_held AS h
    WHERE h.topic = r.topic AND h.partition = r.partition AND h.source = r.source
      AND h.incarnation = r.incarnation AND h.dseq = r.dseq OFFSET 0
  ) AS h
))";

/// Each at the end of its queue, in the order of the arrays.
pub(super) const WRITE_PARKED: &str = "
INSERT INTO saga_parked
  (topic, partition, \"offset\", key, position, reason, error, attempts, next_at, record)
SELECT n.topic, n.partition, n.\"offset\", n.key, n.at + coalesce((
    SELECT max(p.position) FROM saga_parked AS p
    WHERE p.topic = n.topic AND p.partition = n.partition AND p.key = n.key), 0),
  n.reason, n.error, n.attempts, clock_timestamp() + n.delay * interval '1 second', n.record
FROM UNNEST($1::text[], $2::int4[], $3::int8[], $4::bytea[], $5::text[], $6::text[], $7::int4[], $8::float8[],
            $9::bytea[]) WITH ORDINALITY
  AS n (topic, partition, \"offset\", key, reason, error, attempts, delay, record, at)
ON CONFLICT DO NOTHING";

pub(super) const DELAY_PARKED: &str = "
UPDATE saga_parked AS p SET reason = d.reason, error = d.error, attempts = d.attempts,
  next_at = clock_timestamp() + d.delay * interval '1 second'
FROM UNNEST($1::text[], $2::int4[], $3::int8[], $4::text[], $5::text[], $6::int4[], $7::float8[])
  AS d (topic, partition, \"offset\", reason, error, attempts, delay)
WHERE p.topic = d.topic AND p.partition = d.partition AND p.\"offset\" = d.\"offset\"";

pub(super) const DELETE_PARKED: &str = "
DELETE FROM saga_parked AS p USING UNNEST($1::text[], $2::int4[], $3::int8[]) AS d (topic, partition, \"offset\")
WHERE p.topic = d.topic AND p.partition = d.partition AND p.\"offset\" = d.\"offset\"";

/// A letter that was sent through again may die again.
pub(super) const WRITE_DEAD: &str = "
INSERT INTO saga_dead (topic, partition, \"offset\", key, state, reason, error, attempts, record)
SELECT topic, partition, \"offset\", key, 'dead', reason, error, attempts, record
FROM UNNEST($1::text[], $2::int4[], $3::int8[], $4::bytea[], $5::text[], $6::text[], $7::int4[], $8::bytea[])
  AS n (topic, partition, \"offset\", key, reason, error, attempts, record)
ON CONFLICT (topic, partition, \"offset\") DO UPDATE SET state = excluded.state, reason = excluded.reason,
  error = excluded.error, attempts = excluded.attempts, changed_at = now()";

pub(super) const PARKED_QUEUES: &str = "
SELECT DISTINCT ON (p.topic, p.partition, p.key, q.alone) p.topic, p.partition, p.key, q.alone,
  greatest(extract(epoch FROM p.next_at - clock_timestamp()), 0)::float8
FROM saga_parked AS p
JOIN UNNEST($1::text[], $2::int4[]) AS i (topic, partition) ON p.topic = i.topic AND p.partition = i.partition
CROSS JOIN LATERAL (SELECT CASE WHEN p.key = '' THEN p.\"offset\" ELSE 0 END AS alone) AS q
ORDER BY p.topic, p.partition, p.key, q.alone, p.position, p.\"offset\"";

pub(super) const PARKED_HEADS: &str = "
SELECT q.at, p.\"offset\", p.attempts, p.record, q.key <> '' AND EXISTS (
    SELECT FROM saga_parked AS b WHERE b.topic = q.topic AND b.partition = q.partition AND b.key = q.key
      AND (b.position, b.\"offset\") > (p.position, p.\"offset\"))
FROM UNNEST($1::text[], $2::int4[], $3::bytea[], $4::int8[]) WITH ORDINALITY
  AS q (topic, partition, key, alone, at)
CROSS JOIN LATERAL (
  SELECT position, \"offset\", attempts, record FROM saga_parked AS p
  WHERE p.topic = q.topic AND p.partition = q.partition AND p.key = q.key
    AND (q.key <> '' OR p.\"offset\" = q.alone)
  ORDER BY p.position, p.\"offset\" LIMIT 1
) AS p";

pub(super) const WRITE_ANSWERS: &str = "
INSERT INTO saga_request (route, idem_key, fingerprint, status, location, body)
SELECT * FROM UNNEST($1::text[], $2::text[], $3::text[], $4::int4[], $5::text[], $6::text[])
ON CONFLICT (route, idem_key) DO UPDATE SET fingerprint = excluded.fingerprint,
  status = excluded.status, location = excluded.location, body = excluded.body";

pub(super) const CLAIM_REQUESTS: &str = "
INSERT INTO saga_request (route, idem_key)
SELECT DISTINCT * FROM UNNEST($1::text[], $2::text[]) AS k (route, idem_key) ORDER BY route, idem_key
ON CONFLICT DO NOTHING RETURNING route, idem_key";

pub(super) const STORED_ANSWERS: &str = "
SELECT r.route, r.idem_key, r.fingerprint, r.status, r.location, r.body
FROM (SELECT DISTINCT * FROM UNNEST($1::text[], $2::text[]) AS k (route, idem_key) ORDER BY 1, 2) AS k
CROSS JOIN LATERAL (
  SELECT * FROM saga_request AS r WHERE r.route = k.route AND r.idem_key = k.idem_key FOR NO KEY UPDATE
) AS r";

pub(super) const CLAIM_ONCE: &str = "
INSERT INTO saga_once (step, correlation)
SELECT * FROM UNNEST($1::text[], $2::text[]) AS p (step, correlation) ORDER BY step, correlation
ON CONFLICT DO NOTHING RETURNING step, correlation";

/// A row has no inputs until a message has arrived: it was made to be locked.
pub(super) const CREATE_STEPS: &str = "
INSERT INTO saga_step (step, correlation, mode, inputs)
SELECT $1, correlation, 'waiting', '' FROM UNNEST($2::text[]) AS w (correlation) ORDER BY correlation
ON CONFLICT DO NOTHING RETURNING correlation";

pub(super) const LOAD_STEPS: &str = "
SELECT correlation, mode, inputs, attempts, coalesce(due_at <= now(), false) FROM saga_step
WHERE step = $1 AND correlation = ANY($2::text[]) ORDER BY correlation FOR NO KEY UPDATE";

pub(super) const DELETE_STEPS: &str =
    "DELETE FROM saga_step WHERE step = $1 AND correlation = ANY($2::text[])";

/// A delay of NULL leaves `due_at` as it is. An infinite one clears it: the row is there, for it was
/// locked, so no infinity is ever stored.
pub(super) const WRITE_STEPS: &str = "
INSERT INTO saga_step AS s (step, correlation, mode, inputs, attempts, due_at, closed_at)
SELECT $1, correlation, mode, inputs, attempts,
  CASE WHEN delay = 'infinity' THEN 'infinity' ELSE now() + delay * interval '1 second' END,
  CASE WHEN closed THEN now() END
FROM UNNEST($2::text[], $3::text[], $4::text[], $5::int4[], $6::float8[], $7::bool[])
  AS n (correlation, mode, inputs, attempts, delay, closed)
ON CONFLICT (correlation, step) DO UPDATE SET mode = excluded.mode, inputs = excluded.inputs,
  attempts = excluded.attempts,
  due_at = CASE WHEN excluded.due_at IS NULL THEN s.due_at ELSE nullif(excluded.due_at, 'infinity') END,
  closed_at = CASE WHEN excluded.closed_at IS NOT NULL THEN coalesce(s.closed_at, excluded.closed_at) END";

/// Those whose time has come, the longest overdue first.
pub(super) const DUE_STEPS: &str =
    "SELECT step, correlation, mode FROM saga_step WHERE due_at <= now() AND step <> ALL($2::text[])
    ORDER BY due_at LIMIT $1";

/// The seconds until the next is due.
pub(super) const NEXT_DUE: &str = "
SELECT extract(epoch FROM due_at - now())::float8 FROM saga_step WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";

pub(super) const LOAD_IDS: &str =
    "SELECT entity, next FROM saga_id WHERE entity = ANY($1::text[]) ORDER BY entity FOR NO KEY UPDATE";

pub(super) const OUTBOX_PAGE: &str = "
SELECT seq, topic, partition, incarnation, dseq, key, headers, value FROM saga_outbox
WHERE shard = $1 AND seq > $2 ORDER BY seq LIMIT $3";

/// Moves cursors and deletes what they have passed, in one statement, which is a
/// transaction of its own. The rows it deletes were committed before they were
/// sent, so the statement's snapshot holds all of them.
pub(super) const MOVE_CURSORS: &str = "
WITH wanted AS (
  SELECT * FROM UNNEST($1::int4[], $2::text[]::uuid[], $3::int8[], $4::int8[]) AS w (shard, owner, low, high)
), locked AS MATERIALIZED (
  SELECT s.shard, w.low, w.high FROM saga_shard AS s JOIN wanted AS w ON s.shard = w.shard
  WHERE s.owner = w.owner AND s.cursor < w.high AND s.last_seq >= w.high
  ORDER BY s.shard FOR NO KEY UPDATE OF s
), deleted AS (
  DELETE FROM saga_outbox WHERE ctid = ANY(ARRAY(
    SELECT o.ctid FROM locked AS l
    CROSS JOIN LATERAL (
      SELECT ctid FROM saga_outbox AS o
      WHERE o.shard = l.shard AND o.seq > l.low - $5::int8 AND o.seq <= l.high - $5::int8 OFFSET 0
    ) AS o
  ))
)
UPDATE saga_shard AS s SET cursor = l.high FROM locked AS l WHERE s.shard = l.shard RETURNING s.shard";
