//! Every statement that a PostgreSQL database needs before a service can run on it.

use std::fmt::Write as _;

use crate::column::{Column, ColumnType};
use crate::store::TableSchema;
use crate::store::schema::{Dialect, literal, quoted};

use super::protocol::PROTOCOL_TABLES;
use super::rights;

/// For whom a database is prepared.
#[derive(Debug, Clone, Copy)]
pub struct DatabasePlan<'a> {
    /// The role that the service connects as.
    pub role: &'a str,
    /// The schema of its tables.
    pub schema: &'a str,
}

impl DatabasePlan<'_> {
    /// The statements for the database's owner, as one transaction. Running them again changes nothing.
    pub fn script(&self, tables: &[TableSchema]) -> String {
        let (role, schema) = (quoted(self.role), quoted(self.schema));
        let mut script = String::from("BEGIN;\n");
        if self.schema != "public" {
            let _ = writeln!(script, "CREATE SCHEMA IF NOT EXISTS {schema};");
        }
        let _ = writeln!(script, "SET LOCAL search_path = {schema};\n{}", unless_there(PROTOCOL_TABLES));
        for table in tables {
            script += &unless_there(Dialect::Postgres.create_with_indices(&table.def));
            script += "\n";
            script += &seed(table);
        }
        // The database's name is not known here.
        let connect = "EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), ";
        let _ = writeln!(script, "\nDO $$BEGIN {connect}{}); END$$;", literal(self.role));
        let _ = writeln!(script, "GRANT USAGE ON SCHEMA {schema} TO {role};");
        for (table, rights) in rights::needed(tables) {
            let _ = writeln!(script, "GRANT {rights} ON {} TO {role};", quoted(table));
        }
        script += "COMMIT;\n";
        if self.schema != "public" {
            let _ = writeln!(
                script,
                "-- So that the service finds its schema, {role} itself or a superuser runs this line. The owner of \
                 a database may\n-- not change roles:\n-- ALTER ROLE {role} SET search_path = {schema};"
            );
        }
        script
    }
}

fn unless_there(statements: impl AsRef<str>) -> String {
    let statements = statements.as_ref().trim();
    let tables = statements.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ");
    tables.replace("CREATE INDEX ", "CREATE INDEX IF NOT EXISTS ")
}

/// Inserts the first rows of a table, unless it has some.
fn seed(table: &TableSchema) -> String {
    let rows = table.seed.first().map_or(0, Column::len);
    if rows == 0 {
        return String::new();
    }
    let name = quoted(table.def.name);
    let columns: Vec<String> = table.def.columns.iter().map(|column| quoted(column.name)).collect();
    let row = |at: usize| {
        let values: Vec<String> =
            table.seed.iter().zip(table.def.columns).map(|(column, def)| value(column, def.ty, at)).collect();
        format!("  ({})", values.join(", "))
    };
    let rows: Vec<String> = (0..rows).map(row).collect();
    format!(
        "INSERT INTO {name} ({}) SELECT * FROM (VALUES\n{}\n) AS seed WHERE NOT EXISTS (SELECT FROM {name});\n",
        columns.join(", "),
        rows.join(",\n")
    )
}

fn value(column: &Column<'_>, ty: ColumnType, at: usize) -> String {
    let text = match column {
        Column::Bool(values) => values[at].map(|value| value.to_string()),
        // In quotes, or the sign of the smallest number would be taken for an operator.
        Column::Int(values) => values[at].map(|value| literal(&value.to_string())),
        Column::BigInt(values) => values[at].map(|value| literal(&value.to_string())),
        Column::Double(values) => values[at].map(|value| literal(&value.to_string())),
        Column::Text(values) => values[at].as_deref().map(literal),
        Column::Bytes(values) => values[at].as_deref().map(|bytes| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            literal(&format!("\\x{hex}"))
        }),
    };
    let ty = Dialect::Postgres.type_name(ty);
    format!("{}::{ty}", text.as_deref().unwrap_or("NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mere_owner_may_not_run_is_a_comment() {
        let plan = |schema| DatabasePlan { role: "order_app", schema }.script(&[]);
        let script = plan("saga");
        let statements: Vec<_> = script.lines().filter(|line| !line.starts_with("--")).collect();
        assert_eq!(statements.last(), Some(&"COMMIT;"));
        assert!(!statements.iter().any(|line| line.contains("ALTER ROLE")), "{script}");
        assert!(script.ends_with("-- ALTER ROLE \"order_app\" SET search_path = \"saga\";\n"), "{script}");
        assert!(!plan("public").contains("ALTER ROLE"), "every role finds it");
    }

    #[test]
    fn values_are_written_as_they_are() {
        for (column, expected) in [
            (Column::Int(vec![Some(i32::MIN)]), "'-2147483648'::integer"),
            (Column::Double(vec![Some(-0.1)]), "'-0.1'::double precision"),
            (Column::Text(vec![Some("it's \\n".into())]), "'it''s \\n'::text"),
            (Column::Bytes(vec![Some(vec![0, 255].into())]), "'\\x00ff'::bytea"),
            (Column::Bool(vec![None]), "NULL::boolean"),
        ] {
            assert_eq!(value(&column, column.ty(), 0), expected);
        }
        let price = Column::Text(vec![Some("12.50".into())]);
        assert_eq!(value(&price, ColumnType::Decimal, 0), "'12.50'::numeric");
    }
}
