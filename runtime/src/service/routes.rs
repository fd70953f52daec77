//! The routes a generated service declares.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Service;
use super::path::{PathParams, names};
use crate::column::{Column, RowError};
use crate::entity::{ColumnDef, Entity, TableDef};
use crate::event::{BadJson, read_object};
use crate::exact::write_canonical;
use crate::outcome::Refusal;
use crate::rows::rows_of;

/// The routes of a service, as its generated code lists them.
pub struct Routes<S: Service> {
    pub(crate) writes: Vec<Write<S>>,
    pub(crate) reads: Vec<Read>,
}

/// A method of HTTP by which a request writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

impl Method {
    /// As it stands in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request that writes.
pub(crate) struct Write<S: Service> {
    pub method: Method,
    pub path: &'static str,
    pub parse: Parse<S>,
    pub example: &'static str,
}

/// Reads the parameters of a path, in their order, and a body. With `true` it also returns both in their
/// canonical form: the same for every order of the fields, every spelling of a value, and whatever fields we
/// do not know.
type Parse<S> = Box<
    dyn Fn(&[String], &[u8], bool) -> Result<(<S as Service>::Request, Vec<u8>), Unreadable> + Send + Sync,
>;

/// Why a request is none.
pub(crate) enum Unreadable {
    /// Its path has a parameter that has no meaning.
    Path(Refusal),
    /// Its body is not what it should be.
    Body(BadJson),
}

/// A request that reads: one row, or a page.
pub(crate) struct Read {
    pub path: &'static str,
    pub kind: ReadKind,
    pub entity: &'static str,
    pub table: TableDef,
    /// What each parameter of the path is to equal: the key of the one row, or a field of all rows.
    pub params: Vec<&'static ColumnDef>,
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
        Self { writes: Vec::new(), reads: Vec::new() }
    }
}

impl<S: Service> Routes<S> {
    /// `POST path`: a body `B` makes a request. `example` is a body to try.
    pub fn create<B: DeserializeOwned + Serialize + 'static>(
        self,
        path: &'static str,
        request: fn(B) -> S::Request,
        example: &'static str,
    ) -> Self {
        self.writing(Method::Post, path, move |_, body| Ok(request(body)), example)
    }

    /// `method path`: the parameters of the path and a body `B` make a request. `example` is a body to try;
    /// no body stands for `{}`.
    pub fn write<B: DeserializeOwned + Serialize + 'static>(
        self,
        method: Method,
        path: &'static str,
        request: fn(&mut PathParams<'_>, B) -> Result<S::Request, Refusal>,
        example: &'static str,
    ) -> Self {
        self.writing(method, path, request, example)
    }

    fn writing<B: DeserializeOwned + Serialize + 'static>(
        mut self,
        method: Method,
        path: &'static str,
        request: impl Fn(&mut PathParams<'_>, B) -> Result<S::Request, Refusal> + Send + Sync + 'static,
        example: &'static str,
    ) -> Self {
        let parse = move |values: &[String], body: &[u8], canonical: bool| {
            let body: B =
                read_object(if body.is_empty() { b"{}" } else { body }).map_err(Unreadable::Body)?;
            let text = if canonical { write_canonical(&body) } else { Ok(Vec::new()) };
            let text = text.map_err(|error| Unreadable::Body(BadJson::Fields(error.to_string())))?;
            let mut params = PathParams::new(path, values);
            let request = request(&mut params, body).map_err(Unreadable::Path)?;
            Ok((request, params.canonical(text)))
        };
        self.writes.push(Write { method, path, parse: Box::new(parse), example });
        self
    }

    /// `GET path`: the row whose key is in the path. A parameter that is the name of another field is the
    /// value that this field must have.
    pub fn read<E: Entity>(self, path: &'static str) -> Self {
        self.reading::<E>(path, ReadKind::One)
    }

    /// `GET path`: a page of rows in key order, `?after=&limit=`, of those whose fields have the values that
    /// the path and the query say.
    pub fn list<E: Entity>(self, path: &'static str) -> Self {
        self.reading::<E>(path, ReadKind::Page)
    }

    fn reading<E: Entity>(mut self, path: &'static str, kind: ReadKind) -> Self {
        let (table, key) = (E::TABLE, E::TABLE.key());
        let column = |name: &str| table.columns.iter().find(|column| column.field == name);
        let params = names(path).map(|name| column(name).unwrap_or(key)).collect();
        self.reads.push(Read { path, kind, entity: E::NAME, table, params, json: json::<E> });
        self
    }

    /// A path and a body to try, if there is a request that writes and needs to know nothing first.
    pub(crate) fn example(&self) -> Option<(&'static str, &'static str)> {
        let write =
            self.writes.iter().find(|it| it.method == Method::Post && names(it.path).next().is_none());
        write.map(|write| (write.path, write.example))
    }

    /// The request that a method, a path with its parameters, and a body make; none if they make none. Beside
    /// it stands what tells it from other requests.
    #[cfg(feature = "simulation")]
    pub fn request(
        &self,
        (method, path): (&str, &str),
        params: &[String],
        body: &[u8],
    ) -> Option<(S::Request, Vec<u8>)> {
        let mut writes = self.writes.iter();
        let write = writes.find(|write| write.path == path && write.method.as_str() == method)?;
        (write.parse)(params, body, true).ok()
    }

    /// The method, the path and a body to try of each request that writes.
    #[cfg(feature = "simulation")]
    pub fn examples(&self) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
        self.writes.iter().map(|write| (write.method.as_str(), write.path, write.example))
    }

    /// All paths, with their methods.
    pub(crate) fn paths(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let writes = self.writes.iter().map(|write| (write.method.as_str(), write.path));
        writes.chain(self.reads.iter().map(|read| ("GET", read.path)))
    }
}

fn json<E: Entity>(columns: &[Column<'_>]) -> Result<Vec<String>, RowError> {
    let rows = rows_of::<E>(columns)?;
    rows.iter().map(|row| serde_json::to_string(row).map_err(|error| RowError(error.to_string()))).collect()
}
