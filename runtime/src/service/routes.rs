//! The routes a generated service declares.

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

type Parse<S> = Box<dyn Fn(&[u8]) -> Result<<S as Service>::Request, String> + Send + Sync>;

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
    pub fn create<B: DeserializeOwned + 'static>(
        mut self,
        path: &'static str,
        request: fn(B) -> S::Request,
        example: &'static str,
    ) -> Self {
        let parse = move |body: &[u8]| read_object(body).map(request).map_err(|error| error.to_string());
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

fn key<E: Entity>(text: &str) -> Option<Column<'static>> {
    let key: E::Key = text.parse().ok()?;
    let mut column = Column::with_capacity(E::Key::TYPE, 1);
    key.put(&mut column);
    Some(column.into_owned())
}

fn json<E: Entity>(columns: &[Column<'_>]) -> Result<Vec<String>, RowError> {
    let rows = rows_of::<E>(columns)?;
    rows.iter().map(|row| serde_json::to_string(row).map_err(|error| RowError(error.to_string()))).collect()
}
