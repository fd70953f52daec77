//! Requests that read: the database answers them.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::params::{FoundParams, values};
use super::query::Page;
use crate::column::Column;
use crate::entity::ColumnDef;
use crate::lane::requests::Problem;
use crate::repeats::Repeats;
use crate::service::{Read, ReadKind};
use crate::store::{Equals, Store};

/// Answers the requests of a route that reads.
pub(super) struct Reader<D: Store> {
    pub read: Read,
    pub store: D,
}

impl<D: Store> Reader<D> {
    pub(super) async fn answer(&self, params: FoundParams, query: Option<&str>) -> Result<Response, Problem> {
        let values = values(params)?;
        match self.read.kind {
            ReadKind::One => self.one(&values).await,
            ReadKind::Page => self.page(&values, query).await,
        }
    }

    async fn one(&self, values: &[String]) -> Result<Response, Problem> {
        let (entity, table) = (self.read.entity, &self.read.table);
        // The last parameter is not there if it is the empty text.
        let values = values.iter().map(String::as_str).chain(std::iter::repeat(""));
        let (mut key, mut others) = ("", Vec::new());
        for (column, text) in self.read.params.iter().zip(values) {
            if *column == table.key() {
                key = text;
            } else {
                others.push(equals(column, text)?);
            }
        }
        let absent = || Problem::absent(entity, key);
        let column = table.key().parse(key).ok_or_else(absent)?;
        let rows = self.store.find(table, column).await.map_err(unreadable)?;
        if !others.iter().all(|other| has(table.columns, &rows, other)) {
            return Err(absent());
        }
        let mut rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(rows.pop().ok_or_else(absent)?))
    }

    async fn page(&self, values: &[String], query: Option<&str>) -> Result<Response, Problem> {
        let fixed = self.read.params.iter().zip(values);
        let fixed = fixed.map(|(column, text)| equals(column, text)).collect::<Result<Vec<_>, _>>()?;
        let Page { equals, after, limit } =
            Page::of(query, self.read.table.columns, fixed).map_err(|refusal| Problem::from(&refusal))?;
        let rows = self.store.page(&self.read.table, &equals, after, limit).await.map_err(unreadable)?;
        let rows = (self.read.json)(&rows).map_err(unreadable)?;
        Ok(json(format!("[{}]", rows.join(","))))
    }
}

/// What a parameter of the path asks of the rows.
fn equals(column: &'static ColumnDef, text: &str) -> Result<Equals, Problem> {
    Equals::spelt(column, text).map_err(|refusal| Problem::from(&refusal))
}

/// Whether the one row has this value. Where there is no row, nothing differs.
fn has(columns: &[ColumnDef], row: &[Column<'_>], wanted: &Equals) -> bool {
    let at = columns.iter().position(|column| column == wanted.column);
    at.and_then(|at| row.get(at)).is_none_or(|found| found.is_empty() || wanted.holds(found))
}

/// A read that failed. The cause is for the log: it may reveal internals.
fn unreadable(error: impl std::fmt::Display) -> Problem {
    static REPEATS: Repeats = Repeats::new();
    if let Some(repeated) = REPEATS.due(&error.to_string()) {
        tracing::warn!(%error, repeated, "cannot read from the database");
    }
    Problem::unavailable("the database is temporarily unavailable")
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::logging::tests::logged;

    #[test]
    fn reads_that_fail_for_one_cause_are_logged_once_a_minute() {
        let text = logged(LogFormat::Text, "info", || {
            (0..100).for_each(|_| drop(unreadable("the database is away")));
        });
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
