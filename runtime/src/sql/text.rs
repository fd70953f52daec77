//! The text of a handler's statement.

use std::fmt::Write as _;

use crate::column::ColumnType;

/// What a statement may begin with. Anything else changes the transaction, the connection or the tables.
const ALLOWED: [&str; 7] = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "VALUES", "WITH"];

/// A part of a statement.
#[derive(Debug, PartialEq, Eq)]
enum Part<'t> {
    /// What is neither quoted nor a comment.
    Plain(&'t str),
    Quoted(&'t str),
    Comment,
}

/// Checks that a text is one statement that leaves the transaction alone.
///
/// # Errors
/// Says what it must be.
pub(crate) fn checked(text: &str) -> Result<(), String> {
    let mut plain = String::new();
    for part in parts(text) {
        match part {
            Part::Plain(text) => plain.push_str(text),
            Part::Quoted(_) => plain.push('\''),
            Part::Comment => plain.push(' '),
        }
    }
    let plain = plain.trim();
    let plain = plain.strip_suffix(';').unwrap_or(plain);
    let first: String = plain.chars().take_while(char::is_ascii_alphabetic).collect();
    if plain.contains(';') {
        return Err("there is more than one statement: execute them one after the other".into());
    }
    if ALLOWED.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    Err(format!("a handler's statement begins with one of {}, not with `{first}`", ALLOWED.join(", ")))
}

/// The text with the types of its parameters, where PostgreSQL would take a text for no more than that.
pub(crate) fn with_types(text: &str, types: impl Fn(usize) -> Option<ColumnType>) -> String {
    let mut typed = String::with_capacity(text.len() + 16);
    for part in parts(text) {
        match part {
            Part::Plain(plain) => {
                let mut rest = plain;
                while let Some((before, after)) = rest.split_once('$') {
                    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
                    let (number, later) = after.split_at(digits);
                    let _ = write!(typed, "{before}${number}");
                    let place = number.parse().ok().and_then(|number: usize| number.checked_sub(1));
                    if let Some(name) = place.and_then(&types).and_then(cast) {
                        let _ = write!(typed, "::{name}");
                    }
                    rest = later;
                }
                typed.push_str(rest);
            }
            Part::Quoted(text) => typed.push_str(text),
            Part::Comment => typed.push(' '),
        }
    }
    typed
}

fn cast(ty: ColumnType) -> Option<&'static str> {
    Some(match ty {
        ColumnType::Decimal => "numeric",
        ColumnType::Uuid => "uuid",
        ColumnType::Timestamp => "timestamptz",
        ColumnType::Date => "date",
        ColumnType::Json => "jsonb",
        _ => return None,
    })
}

/// The parts of a text. Quotes are those that both databases have.
fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut at, mut from) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let rest = &text[at..];
        let (length, quoted) = match bytes[at] {
            quote @ (b'\'' | b'"') => {
                let end = rest[1..].find(char::from(quote)).map_or(rest.len(), |end| end + 2);
                (end, true)
            }
            b'-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), false),
            b'/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), false),
            _ => {
                at += 1;
                continue;
            }
        };
        parts.push(Part::Plain(&text[from..at]));
        parts.push(if quoted { Part::Quoted(&rest[..length]) } else { Part::Comment });
        at += length;
        from = at;
    }
    parts.push(Part::Plain(&text[from..]));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_leaves_the_transaction_alone() {
        for good in [
            "SELECT 1",
            " -- COMMIT;\n select 1;",
            "/* ; */ WITH a AS (SELECT 1) SELECT * FROM a",
            "INSERT INTO t VALUES ('a;b', 'it''s; fine')",
            "UPDATE \"a;b\" SET c = $1",
        ] {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
        for bad in [
            "COMMIT",
            "rollback",
            "  -- SELECT\n ROLLBACK",
            "/* SELECT */ COMMIT",
            "SELECT 1; COMMIT",
            "SELECT ';' ; COMMIT",
            "SAVEPOINT a",
            "SET LOCAL statement_timeout = 0",
            "PRAGMA foreign_keys = 1",
            "CREATE TABLE t (a INTEGER)",
            "",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn parameters_get_the_types_that_text_does_not_have() {
        let types = |at: usize| [ColumnType::Decimal, ColumnType::Text, ColumnType::Date].get(at).copied();
        let typed =
            with_types("SELECT '$1', a FROM t WHERE b > $1 AND c = $2 AND d IN ($3, $1) -- $3", types);
        let expected =
            "SELECT '$1', a FROM t WHERE b > $1::numeric AND c = $2 AND d IN ($3::date, $1::numeric)  ";
        assert_eq!(typed, expected);
    }
}
