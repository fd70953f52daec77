//! The tables as DDL, and whether a table that is there already will do.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use uuid::Uuid;

use crate::column::ColumnType;
use crate::entity::{ColumnDef, TableDef};

/// What [`Dialect`]s differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Postgres,
    Sqlite,
}

/// A column as the database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundColumn {
    pub name: String,
    pub ty: String,
    pub nullable: bool,
    pub in_key: bool,
    /// A row can be written without naming this column.
    pub defaulted: bool,
    /// An index begins with it.
    pub indexed: bool,
    /// The CHECK that limits an enumeration, if there is ours.
    pub check: Option<String>,
}

/// An identifier, quoted: an entity may be called `order`.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl Dialect {
    pub(super) fn type_name(self, ty: ColumnType) -> &'static str {
        match (self, ty) {
            (Dialect::Postgres, ColumnType::Bool) => "boolean",
            (Dialect::Postgres, ColumnType::Int) => "integer",
            (Dialect::Postgres, ColumnType::BigInt) => "bigint",
            (Dialect::Postgres, ColumnType::Double) => "double precision",
            (Dialect::Postgres, ColumnType::Bytes) => "bytea",
            (Dialect::Postgres, ColumnType::Text) => "text",
            (Dialect::Postgres, ColumnType::Decimal) => "numeric",
            (Dialect::Postgres, ColumnType::Uuid) => "uuid",
            (Dialect::Postgres, ColumnType::Timestamp) => "timestamp with time zone",
            (Dialect::Postgres, ColumnType::Date) => "date",
            (Dialect::Postgres, ColumnType::Json) => "jsonb",
            (Dialect::Sqlite, ColumnType::Bool | ColumnType::Int | ColumnType::BigInt) => "INTEGER",
            (Dialect::Sqlite, ColumnType::Double) => "REAL",
            (Dialect::Sqlite, ColumnType::Bytes) => "BLOB",
            (
                Dialect::Sqlite,
                ColumnType::Text
                | ColumnType::Decimal
                | ColumnType::Uuid
                | ColumnType::Timestamp
                | ColumnType::Date
                | ColumnType::Json,
            ) => "TEXT",
        }
    }

    /// The statement that creates an entity's table.
    pub(super) fn create_table(self, def: &TableDef) -> String {
        self.create_table_named(def, def.name)
    }

    fn create_table_named(self, def: &TableDef, name: &str) -> String {
        let columns: Vec<String> = def
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let key = if at == 0 { " PRIMARY KEY" } else { "" };
                format!("  {}{key}{}", self.column(column), values_constraint(def, column))
            })
            .chain(self.created_column(def).map(|column| format!("  {column}")))
            .collect();
        // STRICT: SQLite would otherwise keep a text in an INTEGER column.
        let strict = if self == Dialect::Sqlite { " STRICT" } else { "" };
        format!("CREATE TABLE {} (\n{}\n){strict};", quoted(name), columns.join(",\n"))
    }

    fn column(self, column: &ColumnDef) -> String {
        let null = if column.nullable { "" } else { " NOT NULL" };
        format!("{} {}{null}", quoted(column.name), self.type_name(column.ty))
    }

    /// The statements that make the table found what `def` wants; `None` when it is that already.
    ///
    /// Columns the service does not know are left alone as long as a row can be written without them.
    pub(super) fn alterations(self, def: &TableDef, found: &[FoundColumn]) -> Option<String> {
        let steps = self.differences(def, found);
        if steps.is_empty() {
            return None;
        }
        let alter: Option<Vec<String>> = steps.iter().map(|step| self.alter(def, step)).collect();
        Some(match alter {
            Some(statements) => statements.join("\n"),
            None => self.rebuild(def, found),
        })
    }

    fn differences<'d>(self, def: &'d TableDef, found: &'d [FoundColumn]) -> Vec<Difference<'d>> {
        let mut differences = Vec::new();
        for (at, column) in def.columns.iter().enumerate() {
            let Some(there) = found.iter().find(|there| there.name == column.name) else {
                differences.push(Difference::Missing(column));
                differences.extend(column.lookup.then_some(Difference::Index(column)));
                continue;
            };
            if !there.ty.eq_ignore_ascii_case(self.type_name(column.ty)) {
                differences.push(Difference::Type(column));
            }
            if there.nullable != column.nullable {
                differences.push(Difference::Nullability(column));
            }
            if there.in_key != (at == 0) {
                differences.push(Difference::Key(def.key()));
            }
            if lacks_values(column, there) {
                differences.push(Difference::Values(column));
            }
            if at > 0 && column.lookup && !there.indexed {
                differences.push(Difference::Index(column));
            }
        }
        let known = |name: &str| def.columns.iter().any(|column| column.name == name);
        let demanded =
            found.iter().filter(|there| !known(&there.name) && !there.nullable && !there.defaulted);
        differences.extend(demanded.map(|there| Difference::Unknown(&there.name)));
        differences.dedup();
        differences
    }

    fn alter(self, def: &TableDef, difference: &Difference<'_>) -> Option<String> {
        let table = quoted(def.name);
        match (self, difference) {
            (_, Difference::Missing(column)) => Some(format!(
                "ALTER TABLE {table} ADD COLUMN {}{}{};",
                self.column(column),
                if column.nullable { String::new() } else { format!(" DEFAULT {}", filler(column)) },
                values_constraint(def, column),
            )),
            (_, Difference::Index(column)) => Some(lookup_index(def, column)),
            (_, Difference::Unknown(name)) => {
                Some(format!("ALTER TABLE {table} DROP COLUMN {};", quoted(name)))
            }
            // SQLite cannot alter a column or a constraint; the table is rewritten.
            (Dialect::Sqlite, _) => None,
            (Dialect::Postgres, Difference::Type(column)) => {
                let (name, ty) = (quoted(column.name), self.type_name(column.ty));
                Some(format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {ty} USING {name}::{ty};"))
            }
            (Dialect::Postgres, Difference::Nullability(column)) => {
                let verb = if column.nullable { "DROP" } else { "SET" };
                Some(format!("ALTER TABLE {table} ALTER COLUMN {} {verb} NOT NULL;", quoted(column.name)))
            }
            (Dialect::Postgres, Difference::Key(key)) => Some(format!(
                "ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {}, ADD PRIMARY KEY ({});",
                quoted(&format!("{}_pkey", def.name)),
                quoted(key.name)
            )),
            (Dialect::Postgres, Difference::Values(column)) => Some(format!(
                "ALTER TABLE {table} DROP CONSTRAINT {}, ADD{};",
                quoted(&constraint_name(def, column)),
                values_constraint(def, column)
            )),
        }
    }

    /// The statements that rewrite a table, with the rows it has.
    pub(super) fn rebuild(self, def: &TableDef, found: &[FoundColumn]) -> String {
        let new = format!("{}_new", def.name);
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in def.columns {
            names.push(quoted(column.name));
            values.push(match found.iter().find(|there| there.name == column.name) {
                Some(there) if there.nullable && !column.nullable => {
                    format!("coalesce({}, {})", quoted(column.name), filler(column))
                }
                Some(_) => quoted(column.name),
                None if column.nullable => "NULL".to_owned(),
                None => filler(column),
            });
        }
        if let Some(created) = self.found_created(def, found) {
            names.push(created.clone());
            values.push(created);
        }
        let mut script = format!("BEGIN;\n{}\n", self.create_table_named(def, &new));
        let (table, new) = (quoted(def.name), quoted(&new));
        // Writing into a String cannot fail.
        let _ = write!(
            script,
            "INSERT INTO {new} ({}) SELECT {} FROM {table};\nDROP TABLE {table};\n\
             ALTER TABLE {new} RENAME TO {table};\n{}\nCOMMIT;",
            names.join(", "),
            values.join(", "),
            self.indices(def),
        );
        script
    }

    /// Creates a table, and its indices.
    pub(super) fn create_with_indices(self, def: &TableDef) -> String {
        format!("{}\n{}", self.create_table(def), self.indices(def))
    }

    fn indices(self, def: &TableDef) -> String {
        let lookups = def.lookups().map(|column| lookup_index(def, column));
        self.open_index(def).into_iter().chain(lookups).collect::<Vec<_>>().join("\n")
    }
}

/// One way in which a table is not what a service needs.
#[derive(Debug, PartialEq)]
enum Difference<'d> {
    Missing(&'d ColumnDef),
    Type(&'d ColumnDef),
    Nullability(&'d ColumnDef),
    Key(&'d ColumnDef),
    Values(&'d ColumnDef),
    Index(&'d ColumnDef),
    Unknown(&'d str),
}

/// The value that existing rows get in a column that is new or was NULL; a
/// suggestion for the operator who runs the statement.
fn filler(column: &ColumnDef) -> String {
    match (column.ty, column.values.first()) {
        (_, Some(first)) => literal(first),
        (ColumnType::Bool, None) => "FALSE".to_owned(),
        (ColumnType::Int | ColumnType::BigInt | ColumnType::Double, None) => "0".to_owned(),
        (ColumnType::Text | ColumnType::Bytes, None) => "''".to_owned(),
        (ColumnType::Decimal, None) => "'0'".to_owned(),
        (ColumnType::Uuid, None) => literal(&Uuid::nil().to_string()),
        (ColumnType::Timestamp, None) => "'1970-01-01T00:00:00.000000Z'".to_owned(),
        (ColumnType::Date, None) => "'1970-01-01'".to_owned(),
        (ColumnType::Json, None) => "'[]'".to_owned(),
    }
}

/// PostgreSQL cuts longer names, and nothing would be found under them then.
pub(super) const LONGEST: usize = 63;

/// The name of the constraint that limits an enumeration.
pub(super) fn constraint_name(def: &TableDef, column: &ColumnDef) -> String {
    let mut name = format!("{}_{}_values", def.name, column.name);
    while name.len() > LONGEST {
        name.pop();
    }
    name
}

/// The index by which rows are looked up by `column`.
fn lookup_index(def: &TableDef, column: &ColumnDef) -> String {
    let mut name = format!("{}_{}_lookup", def.name, column.name);
    name.truncate(name.floor_char_boundary(LONGEST));
    format!("CREATE INDEX {} ON {} ({});", quoted(&name), quoted(def.name), quoted(column.name))
}

fn values_constraint(def: &TableDef, column: &ColumnDef) -> String {
    if column.values.is_empty() {
        return String::new();
    }
    let values: Vec<String> = column.values.iter().map(|value| literal(value)).collect();
    let name = quoted(&constraint_name(def, column));
    format!(" CONSTRAINT {name} CHECK ({} IN ({}))", quoted(column.name), values.join(", "))
}

fn lacks_values(column: &ColumnDef, there: &FoundColumn) -> bool {
    there.check.as_deref().is_some_and(|check| {
        let allowed = literals(check);
        column.values.iter().any(|value| !allowed.contains(*value))
    })
}

/// The string literals inside the first parenthesis of `check`.
fn literals(check: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut depth = 0_usize;
    let mut chars = check.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '(' => depth += 1,
            ')' if depth <= 1 => break,
            ')' => depth -= 1,
            '"' => while chars.next().is_some_and(|char| char != '"') {},
            '\'' => {
                let mut text = String::new();
                while let Some(char) = chars.next() {
                    if char != '\'' {
                        text.push(char);
                    } else if chars.next_if_eq(&'\'').is_some() {
                        text.push('\'');
                    } else {
                        break;
                    }
                }
                found.insert(text);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_out_of_both_dialects() {
        let wanted = BTreeSet::from(["A".to_owned(), "it's".to_owned()]);
        assert_eq!(literals("CHECK ((status = ANY (ARRAY['A'::text, 'it''s'::text])))"), wanted);
        assert_eq!(literals(r#" CHECK ("sta(tus" IN ('A', 'it''s')), "other" TEXT CHECK ('B')"#), wanted);
    }
}
