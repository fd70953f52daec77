//! The routes a generated service declares.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Service;
use crate::column::{Cell, Column, RowError};
use crate::entity::{Entity, TableDef};
use crate::event::read_object;
use crate::rows::rows_of;

/// The routes of a service, as its generated code lists them.
pub struct Routes<S: Service> {
    pub(crate) creates: Vec<Create<S>>,
    pub(crate) reads: Vec<Read>,
}

/// A request that writes.
pub(crate) struct Create<S: Service> {
    pub path: &'static str,
    pub parse: Parse<S>,
    pub example: &'static str,
}

/// Reads a body. With `true` it also returns the body as we would write it: the same for every order of the
/// fields, every spelling of a value, and whatever fields we do not know.
type Parse<S> = Box<dyn Fn(&[u8], bool) -> Result<(<S as Service>::Request, Vec<u8>), String> + Send + Sync>;

/// A request that reads: one row, or a page.
pub(crate) struct Read {
    pub path: &'static str,
    pub kind: ReadKind,
    pub entity: &'static str,
    pub table: TableDef,
    /// A key out of the path or the query; `None` when it is not one.
    pub key: fn(&str) -> Option<Column<'static>>,
    /// Rows as JSON, one text each.
    pub json: fn(&[Column<'_>]) -> Result<Vec<String>, RowError>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadKind {
    One,
    Page,
}

impl<S: Service> Default for Routes<S> {
    fn default() -> Self {
        Self { creates: Vec::new(), reads: Vec::new() }
    }
}

impl<S: Service> Routes<S> {
    /// `POST path`: a body `B` makes a request. `example` is a body to try.
    pub fn create<B: DeserializeOwned + Serialize + 'static>(
        mut self,
        path: &'static str,
        request: fn(B) -> S::Request,
        example: &'static str,
    ) -> Self {
        let parse = move |body: &[u8], canonical: bool| {
            let body: B = read_object(body).map_err(|error| error.to_string())?;
            let text = if canonical { serde_json::to_vec(&body) } else { Ok(Vec::new()) };
            Ok((request(body), text.map_err(|error| error.to_string())?))
        };
        self.creates.push(Create { path, parse: Box::new(parse), example });
        self
    }

    /// `GET path`: the row whose key is in the path.
    pub fn read<E: Entity>(self, path: &'static str) -> Self {
        self.reading::<E>(path, ReadKind::One)
    }

    /// `GET path`: a page of rows in key order, `?after=&limit=`.
    pub fn list<E: Entity>(self, path: &'static str) -> Self {
        self.reading::<E>(path, ReadKind::Page)
    }

    fn reading<E: Entity>(mut self, path: &'static str, kind: ReadKind) -> Self {
        let read = Read { path, kind, entity: E::NAME, table: E::TABLE, key: key::<E>, json: json::<E> };
        self.reads.push(read);
        self
    }

    /// A path and a body to try, if there is a request that writes.
    pub(crate) fn example(&self) -> Option<(&'static str, &'static str)> {
        self.creates.first().map(|create| (create.path, create.example))
    }

    /// All paths, with their methods.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let writes = self.creates.iter().map(|create| ("POST", create.path));
        writes.chain(self.reads.iter().map(|read| ("GET", read.path)))
    }
}

/// What a path leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where rows can be read.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<&'static str, &'static str>);

impl Places {
    pub(crate) fn of<S: Service>() -> Self {
        let reads = S::routes(Routes::default()).reads;
        let reads = reads.iter().filter(|read| read.kind == ReadKind::One);
        Self(reads.filter_map(|read| Some((read.entity, prefix(read.path)?))).collect())
    }

    /// The path of the row of `entity` with this key; `None` if no route reads it.
    pub(crate) fn locate(&self, entity: &str, key: &str) -> Option<String> {
        Some(format!("{}{}", self.0.get(entity)?, segment(key)))
    }
}

/// What stands before the key in the path of a row: all of `/orders/{id}` but the end.
pub(crate) fn prefix(path: &str) -> Option<&str> {
    Some(path.strip_suffix('}')?.rsplit_once('{')?.0)
}

/// A key as one segment of a path. Clients take dots out of a path if they are alone in their segment.
fn segment(key: &str) -> String {
    match key {
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        key => utf8_percent_encode(key, UNRESERVED).to_string(),
    }
}

fn key<E: Entity>(text: &str) -> Option<Column<'static>> {
    // No database of ours has text with a NUL character.
    let key: E::Key = text.parse().ok().filter(|_| !text.contains('\0'))?;
    let mut column = Column::with_capacity(E::Key::TYPE, 1);
    key.put(&mut column);
    Some(column.into_owned())
}

fn json<E: Entity>(columns: &[Column<'_>]) -> Result<Vec<String>, RowError> {
    let rows = rows_of::<E>(columns)?;
    rows.iter().map(|row| serde_json::to_string(row).map_err(|error| RowError(error.to_string()))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Places, prefix};

    #[test]
    fn every_key_is_one_segment_of_a_path() {
        let places = Places([("Cart", prefix("/carts/{cart_id}").expect("a prefix"))].into());
        for (key, segment) in [
            ("a-1_b.c~d", "a-1_b.c~d"),
            ("a b", "a%20b"),
            ("a/b", "a%2Fb"),
            ("a?b#c", "a%3Fb%23c"),
            ("100%", "100%25"),
            ("%41", "%2541"),
            ("\u{c11c}", "%EC%84%9C"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("...", "..."),
            ("", ""),
            ("{}\\\"'", "%7B%7D%5C%22%27"),
            ("\r\nx: y", "%0D%0Ax%3A%20y"),
        ] {
            assert_eq!(places.locate("Cart", key), Some(format!("/carts/{segment}")));
        }
        assert_eq!(places.locate("Item", "a"), None);
    }
}
