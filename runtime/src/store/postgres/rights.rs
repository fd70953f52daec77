//! What a role has to be allowed, named at the start rather than where it is missed.

use sqlx::AssertSqlSafe;

use crate::store::schema::{literal, quoted};
use crate::store::{Result, StoreError, TableSchema};

use super::protocol::PROTOCOL_TABLES;
use super::rows::cell;
use super::session::PostgresSession;

/// What a service and its operators do with the protocol's tables.
const PROTOCOL: &str = "SELECT, INSERT, UPDATE, DELETE";
/// What a service does with the rows of its entities: it deletes none.
const ENTITIES: &str = "SELECT, INSERT, UPDATE";

/// Every table that a service uses, with the rights it needs.
pub(super) fn needed(tables: &[TableSchema]) -> impl Iterator<Item = (&str, &'static str)> {
    let protocol = protocol_tables().map(|table| (table, PROTOCOL));
    protocol.chain(tables.iter().map(|table| (table.def.name, ENTITIES)))
}

fn protocol_tables() -> impl Iterator<Item = &'static str> {
    PROTOCOL_TABLES.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next())
}

/// Refuses tables that the role may not use as it has to, and tables that would lose rows or hide them.
///
/// # Errors
/// [`StoreError::Incompatible`] lists the statements that help, for all tables at once.
pub(super) async fn are_granted(session: &mut PostgresSession, tables: &[TableSchema]) -> Result<()> {
    const ASKED: &str = "
        SELECT n.name, quote_ident(current_user::text), c.relpersistence::text, row_security_active(c.oid),
          array_to_string(ARRAY(
            SELECT r.name FROM unnest(string_to_array(n.rights, ', ')) AS r (name)
            WHERE NOT has_table_privilege(c.oid, r.name)), ', ')
        FROM unnest($1::text[], $2::text[]) AS n (name, rights) JOIN pg_class AS c ON c.oid = to_regclass(n.name)";
    let (names, rights): (Vec<String>, Vec<&str>) =
        needed(tables).map(|(table, rights)| (quoted(table), rights)).unzip();
    let found = session.rows(sqlx::query(ASKED).bind(names).bind(rights)).await?;
    let mut statements = Vec::new();
    let mut role = String::new();
    for row in &found {
        let (table, missing): (&str, &str) = (cell(row, 0)?, cell(row, 4)?);
        role = cell(row, 1)?;
        if !missing.is_empty() {
            statements.push(format!("GRANT {missing} ON {table} TO {role};"));
        }
        if cell::<&str>(row, 2)? != "p" {
            statements.push(format!("ALTER TABLE {table} SET LOGGED; -- a crash empties an unlogged table"));
        }
        if cell(row, 3)? {
            statements.push(format!(
                "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY; -- its policies may hide rows from {role}"
            ));
        }
    }
    if statements.is_empty() {
        return Ok(());
    }
    Err(StoreError::Incompatible(format!(
        "role {role} cannot use the tables as it has to. Their owner can run:\n{}",
        statements.join("\n")
    )))
}

/// Refuses to go on without `table` where it cannot be created.
///
/// # Errors
/// [`StoreError::Incompatible`] says who can create it, and how.
pub(super) async fn may_create(session: &mut PostgresSession, service: &str, table: &str) -> Result<()> {
    const ASKED: &str = "
        SELECT quote_ident(current_user::text), quote_ident(current_schema()::text),
          has_schema_privilege(current_schema(), 'CREATE'), current_setting('search_path'),
          (SELECT quote_ident(n.nspname::text) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE c.relname = $1 AND n.nspname NOT LIKE 'pg\\_%' AND has_schema_privilege(n.oid, 'USAGE')
             ORDER BY 1 LIMIT 1)";
    let rows = session.rows(sqlx::query(ASKED).bind(table)).await?;
    let Some(row) = rows.first() else { return Ok(()) };
    let role: &str = cell(row, 0)?;
    let Some(schema) = cell::<Option<&str>>(row, 1)? else {
        return Err(StoreError::Incompatible(format!(
            "role {role} may use no schema of its search_path ({}), where its tables have to be. Their owner can run: \
             GRANT USAGE ON SCHEMA public TO {role};",
            cell::<&str>(row, 3)?
        )));
    };
    if cell::<Option<bool>>(row, 2)? == Some(true) {
        return Ok(());
    }
    if let Some(elsewhere) = cell::<Option<&str>>(row, 4)? {
        return Err(StoreError::Incompatible(format!(
            "table {table} is in schema {elsewhere}, which is not on the search_path of role {role}. An administrator \
             can run: ALTER ROLE {role} SET search_path = {elsewhere};"
        )));
    }
    Err(StoreError::Incompatible(format!(
        "table {table} is missing in schema {schema}, and role {role} may not create it. Let the owner of the \
         database run what `{service} plan --sql` prints, or: GRANT CREATE ON SCHEMA {schema} TO {role};"
    )))
}

/// Refuses to create tables beside those that another search_path led to.
///
/// # Errors
/// [`StoreError::Incompatible`] names the schema in which they are.
pub(super) async fn not_elsewhere(session: &mut PostgresSession, saga: &str, service: &str) -> Result<()> {
    const SCHEMAS: &str = "
        SELECT quote_ident(n.nspname::text), quote_ident(current_user::text)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = 'saga_meta' AND c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'
          AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')";
    for row in &session.rows(sqlx::query(SCHEMAS)).await? {
        let (schema, role): (&str, &str) = (cell(row, 0)?, cell(row, 1)?);
        let ours = format!(
            "SELECT EXISTS (SELECT FROM {schema}.saga_meta WHERE saga = {} AND service = {})",
            literal(saga),
            literal(service)
        );
        let ours = session.rows(sqlx::query(AssertSqlSafe(ours)).persistent(false)).await?;
        if ours.first().map(|row| cell(row, 0)).transpose()? == Some(true) {
            return Err(StoreError::Incompatible(format!(
                "the tables of service `{service}` are in schema {schema}, which is not on the search_path: it would \
                 begin with empty ones. Run: ALTER ROLE {role} SET search_path = {schema};"
            )));
        }
    }
    Ok(())
}
