//! Whether a database is compatible with a service.

use tracing::warn;

use super::schema::Dialect;
use super::{Result, StoreError};
use crate::entity::TableDef;

/// The version of the protocol's tables; raised whenever they change.
pub(super) const SCHEMA_VERSION: i32 = 3;

/// Refuses a database that names another owner or another version.
pub(super) fn belongs_elsewhere(
    dialect: Dialect,
    (saga, service): (&str, &str),
    (found_saga, found_service): (&str, &str),
    found_version: i32,
) -> Result<()> {
    if (found_saga, found_service) != (saga, service) {
        return Err(StoreError::Incompatible(format!(
            "this database belongs to service `{found_service}` of saga `{found_saga}`; service `{service}` of \
             saga `{saga}` needs its own"
        )));
    }
    if found_version != SCHEMA_VERSION {
        let mut message = format!(
            "this database has version {found_version} of the runtime's tables; this service needs version \
             {SCHEMA_VERSION}"
        );
        if found_version == 2 {
            message.push_str(". Review these statements, and run them while the service is stopped:\n");
            message.push_str(from_version_2(dialect));
        }
        return Err(StoreError::Incompatible(message));
    }
    Ok(())
}

/// The statements that give the tables of version 2 what version 3 has beyond them.
fn from_version_2(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "ALTER TABLE saga_step ADD COLUMN attempts integer NOT NULL DEFAULT 0, ADD COLUMN due_at timestamptz;
CREATE INDEX saga_step_due_at ON saga_step (due_at) WHERE due_at IS NOT NULL;
UPDATE saga_meta SET version = 3;"
        }
        Dialect::Sqlite => {
            "ALTER TABLE saga_step ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE saga_step ADD COLUMN due_at INTEGER;
CREATE INDEX saga_step_due_at ON saga_step (due_at) WHERE due_at IS NOT NULL;
UPDATE saga_meta SET version = 3;"
        }
    }
}

/// Refuses a database of another environment.
pub(super) fn other_environment(prefix: &str, found: &str) -> Result<()> {
    if prefix == found {
        return Ok(());
    }
    let named = |prefix: &str| if prefix.is_empty() { "no prefix".to_owned() } else { format!("`{prefix}`") };
    Err(StoreError::Incompatible(format!(
        "this database belongs to an environment whose topics have {} (KAFKA_PREFIX); this service has {}. Each \
         environment needs its own database",
        named(found),
        named(prefix)
    )))
}

/// Refuses tables that do not fit, with the statements that would fix each.
pub(super) fn unfit_tables(tables: &[(&str, String)]) -> Result<()> {
    if tables.is_empty() {
        return Ok(());
    }
    let mut message = String::from(
        "the database does not have the schema this service needs. The service never alters tables itself; review \
         these statements, and run them while the service is stopped:",
    );
    for (table, statements) in tables {
        message.push_str(&format!("\n-- table {table}\n{statements}"));
    }
    Err(StoreError::Incompatible(message))
}

/// Warns about a table without creation times: one that this service did not create, or an earlier version did.
pub(super) fn warn_without_creation_time(def: &TableDef, statements: Option<String>) {
    if let Some(statements) = statements {
        // In one line, as all of a log.
        let statements = statements.replace('\n', " ");
        warn!(
            table = def.name,
            "the age of the oldest open row is unknown, because the table does not record when its rows were created. \
             Run these statements to record it from the next start on: {statements}"
        );
    }
}
