//! What every connection asks of the server, and whether the server complies.
//!
//! The settings are set by a statement, not at the start of the connection: a pooler
//! in session mode refuses start-up parameters that it does not know. Then they are
//! read back, because a promise that rests on a setting must not end in silence.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use crate::store::schema::literal;
use crate::store::{Result, StoreError};

use super::rows::{cell, failed};
use super::{CONNECT_TIMEOUT, bounded};

/// A setting and its value, spelled as the server shows it.
pub(super) type Setting = (&'static str, &'static str);

/// What every connection asks of the server. Settings that a server is too old for are left out.
const SETTINGS: &[Setting] = &[
    // A commit that is confirmed is on disk, whatever the server's default says.
    ("synchronous_commit", "on"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    // A paused process must not hold its row locks forever.
    ("idle_in_transaction_session_timeout", "10s"),
    // Transactions of ours are done sooner. What waits longer is tried without what waits.
    ("lock_timeout", "3s"),
    ("statement_timeout", "30s"),
    // Limits of the server or the role that would end a lane which works, or waits for messages.
    ("transaction_timeout", "0"),
    ("idle_session_timeout", "0"),
    // A policy that hides rows is an error, rather than rows that seem not to be there.
    ("row_security", "off"),
    ("standard_conforming_strings", "on"),
    ("client_min_messages", "warning"),
];

/// What is asked where the platform supports it, and no promise rests on.
const WISHES: &[Setting] = &[("tcp_user_timeout", "15s")];

/// Settings of lanes and operators, which write.
pub(super) const WRITES: &[Setting] = &[("default_transaction_read_only", "off")];

/// Settings of the connections that only read.
pub(super) const READS: &[Setting] = &[("default_transaction_read_only", "on")];

/// What lanes ask beyond that: plans that do not depend on statistics.
///
/// A lane finds every row by its key. The planner, though, may have looked at a
/// table while it was empty, as the outbox is most of the time, and would then
/// read all of it once it is long. So a plan is made once a connection, and uses
/// indexes.
pub(super) const PLANS: &[Setting] =
    &[("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")];

/// The oldest major version that the tests have run on.
const OLDEST: i32 = 14;

/// The process of the server that is behind a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backend(i32);

/// Sets what every connection needs, and `more`; in one round trip.
pub(super) async fn apply(connection: &mut PgConnection, more: &[&[Setting]]) -> sqlx::Result<Backend> {
    let settings = more.iter().copied().chain([SETTINGS, WISHES]).flatten();
    let values: Vec<String> =
        settings.map(|(name, value)| format!("({}, {})", literal(name), literal(value))).collect();
    let set = format!(
        "SELECT pg_backend_pid(), count(set_config(s.name, s.value, false)) FROM (VALUES {}) AS s (name, value)
         WHERE current_setting(s.name, true) IS NOT NULL",
        values.join(", ")
    );
    let row = sqlx::raw_sql(AssertSqlSafe(set)).fetch_one(connection).await?;
    row.try_get(0).map(Backend)
}

/// Reads the settings back, in a transaction after the one that set them.
///
/// # Errors
/// [`StoreError::Incompatible`] says which promise this connection cannot keep, and what helps;
/// [`StoreError::Unavailable`] when the server is a standby, which may be promoted.
pub(super) async fn verify(connection: &mut PgConnection, first: Backend, more: &[&[Setting]]) -> Result<()> {
    let expected: Vec<&Setting> = more.iter().copied().chain([SETTINGS]).flatten().collect();
    let names: Vec<String> = expected.iter().map(|(name, _)| (*name).to_owned()).collect();
    let query = format!(
        "SELECT pg_backend_pid(), pg_is_in_recovery(), current_setting('server_version_num')::int4,
           coalesce(current_setting('fsync', true), ''), current_setting('server_encoding'),
           current_setting('client_encoding'),
           coalesce(current_setting('zero_damaged_pages', true), ''),
           ARRAY(SELECT current_setting(name, true) FROM unnest('{{{}}}'::text[]) WITH ORDINALITY AS s (name, at)
                 ORDER BY at)",
        names.join(",")
    );
    let asked = sqlx::raw_sql(AssertSqlSafe(query)).fetch_one(connection);
    let row = bounded(CONNECT_TIMEOUT, asked).await.map_err(failed)?;
    if cell::<i32>(&row, 0)? != first.0 {
        return Err(pooled());
    }
    keeps_its_settings(&expected, &cell::<Vec<Option<String>>>(&row, 7)?)?;
    keeps_what_it_confirms(&Server::of(&row)?)
}

/// Refuses a connection that has other settings than it was asked for. One that is too old for a setting does
/// not have it.
fn keeps_its_settings(expected: &[&Setting], found: &[Option<String>]) -> Result<()> {
    for ((name, expected), found) in expected.iter().zip(found) {
        if let Some(found) = found.as_deref().filter(|found| found != expected) {
            return Err(StoreError::Incompatible(format!(
                "the database connection does not keep its settings: {name} was set to `{expected}` and is \
                 `{found}`; a proxy or pooler in between has to pass SET on to one server connection (session mode)"
            )));
        }
    }
    Ok(())
}

/// What a server says of itself.
#[derive(Debug, Clone)]
struct Server<'r> {
    standby: bool,
    version: i32,
    fsync: &'r str,
    encoding: &'r str,
    client_encoding: &'r str,
    zero_damaged_pages: &'r str,
}

impl<'r> Server<'r> {
    fn of(row: &'r PgRow) -> Result<Self> {
        Ok(Self {
            standby: cell(row, 1)?,
            version: cell::<i32>(row, 2)? / 10_000,
            fsync: cell(row, 3)?,
            encoding: cell(row, 4)?,
            client_encoding: cell(row, 5)?,
            zero_damaged_pages: cell(row, 6)?,
        })
    }
}

/// Refuses a server that may lose what it has confirmed, or that cannot store every text.
fn keeps_what_it_confirms(server: &Server<'_>) -> Result<()> {
    let version = server.version;
    if version < OLDEST {
        return Err(StoreError::Incompatible(format!(
            "this server runs PostgreSQL {version}; this service needs {OLDEST} or newer"
        )));
    }
    if server.fsync == "off" {
        return Err(StoreError::Incompatible(
            "this PostgreSQL server runs with fsync=off: it would lose committed messages if its machine \
             failed; set fsync = on in its configuration"
                .into(),
        ));
    }
    if server.zero_damaged_pages == "on" {
        return Err(StoreError::Incompatible(
            "this PostgreSQL server runs with zero_damaged_pages=on: rows would disappear without an error; set it to off"
                .into(),
        ));
    }
    let (encoding, client) = (server.encoding, server.client_encoding);
    if encoding != "UTF8" {
        return Err(StoreError::Incompatible(format!(
            "this database is encoded in {encoding}, which cannot hold every text of a message; create it with \
             ENCODING 'UTF8' (and TEMPLATE template0)"
        )));
    }
    if client != "UTF8" {
        return Err(StoreError::Incompatible(format!(
            "the connection exchanges texts in {client} although it asked for UTF8; a proxy or pooler in between \
             has to pass client_encoding on"
        )));
    }
    // Last: everything else is wrong on the primary as well.
    if server.standby {
        return Err(StoreError::Unavailable(
            "the server is a standby, which cannot be written to; DATABASE_URL has to lead to the primary"
                .into(),
        ));
    }
    Ok(())
}

/// Refuses a pooler that lets two clients share a server process: what one of them sets, the other one has.
///
/// `one` was asked before `other` existed; both are idle.
pub(super) fn are_apart(one: Backend, other: Backend) -> Result<()> {
    if one == other { Err(pooled()) } else { Ok(()) }
}

fn pooled() -> StoreError {
    StoreError::Incompatible(
        "the database is reached through a pooler that lends a server connection for one transaction only: \
         settings that this service relies on, such as synchronous_commit, would get lost or reach other \
         clients. Use session mode (PgBouncer: pool_mode = session for this database), or connect to \
         PostgreSQL directly"
            .into(),
    )
}

/// What a failed attempt to connect means when a pooler refuses a start-up parameter.
pub(super) fn refused_parameter(text: &str) -> Option<StoreError> {
    let (_, name) = text.split_once("unsupported startup parameter: ")?;
    Some(StoreError::Incompatible(format!(
        "a pooler in front of the database refuses the start-up parameter `{name}`, which comes from DATABASE_URL \
         or PGOPTIONS. Leave it out, and set what it contains for the role instead (ALTER ROLE … SET …)"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_is_another_one_when_read_back_is_refused() {
        let expected: Vec<&Setting> = SETTINGS.iter().collect();
        let as_asked = || SETTINGS.iter().map(|(_, value)| Some((*value).to_owned())).collect::<Vec<_>>();
        keeps_its_settings(&expected, &as_asked()).expect("it is as asked");
        keeps_its_settings(&expected, &vec![None; SETTINGS.len()]).expect("the server is too old for it");
        for at in 0..SETTINGS.len() {
            let mut found = as_asked();
            found[at] = Some("local".into());
            let Err(StoreError::Incompatible(reason)) = keeps_its_settings(&expected, &found) else {
                panic!("{} may be another one", SETTINGS[at].0)
            };
            assert!(reason.contains(SETTINGS[at].0) && reason.contains("`local`"), "{reason}");
        }
    }

    #[test]
    fn a_server_that_may_lose_something_or_cannot_store_every_text_is_refused() {
        let good = Server {
            standby: false,
            version: OLDEST,
            fsync: "on",
            encoding: "UTF8",
            client_encoding: "UTF8",
            zero_damaged_pages: "off",
        };
        keeps_what_it_confirms(&good).expect("nothing is wrong");
        for (bad, expected) in [
            (Server { version: OLDEST - 1, ..good.clone() }, "runs PostgreSQL 13"),
            (Server { fsync: "off", ..good.clone() }, "set fsync = on"),
            (Server { zero_damaged_pages: "on", ..good.clone() }, "zero_damaged_pages=on"),
            (Server { encoding: "SQL_ASCII", ..good.clone() }, "ENCODING 'UTF8'"),
            (Server { client_encoding: "LATIN1", ..good.clone() }, "pass client_encoding on"),
        ] {
            let result = keeps_what_it_confirms(&bad);
            let Err(StoreError::Incompatible(reason)) = &result else { panic!("{bad:?}: {result:?}") };
            assert!(reason.contains(expected), "{reason}");
        }
        let standby = keeps_what_it_confirms(&Server { standby: true, ..good });
        assert!(matches!(standby, Err(StoreError::Unavailable(_))), "it may be promoted: {standby:?}");
    }

    #[test]
    fn two_connections_to_one_process_are_refused() {
        are_apart(Backend(1), Backend(2)).expect("two");
        let Err(StoreError::Incompatible(reason)) = are_apart(Backend(1), Backend(1)) else { panic!("one") };
        assert!(reason.contains("pool_mode = session"), "{reason}");
    }

    #[test]
    fn a_pooler_that_refuses_a_parameter_is_no_outage() {
        let text = "error returned from database: unsupported startup parameter: options";
        let Some(StoreError::Incompatible(reason)) = refused_parameter(text) else { panic!("an outage") };
        assert!(reason.contains("`options`") && reason.contains("ALTER ROLE"), "{reason}");
        assert!(
            refused_parameter("error returned from database: the database system is starting up").is_none()
        );
    }
}
