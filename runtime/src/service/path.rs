//! The parameters in the path of a request that writes.

use std::fmt::Display;

use crate::column::{Cell, Column, ColumnType};
use crate::entity::Entity;
use crate::exact;
use crate::outcome::Refusal;

/// The parameters in a request's path, as generated code reads them.
pub struct PathParams<'p> {
    path: &'static str,
    values: &'p [String],
    /// As we would write those that were read.
    read: Vec<String>,
}

impl<'p> PathParams<'p> {
    pub(crate) fn new(path: &'static str, values: &'p [String]) -> Self {
        Self { path, values, read: Vec::new() }
    }

    /// The parameter `name`, which is the key of a row of `E`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] when no row can have such a key.
    pub fn key<E: Entity>(&mut self, name: &str) -> Result<E::Key, Refusal> {
        let text = self.text(name);
        self.take(text).ok_or_else(|| Refusal::NotFound { entity: E::NAME, key: text.to_owned() })
    }

    /// The parameter `name`, which is a value.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is not one.
    pub fn value<T: Cell + Display>(&mut self, name: &str) -> Result<T, Refusal> {
        let value = self.take(self.text(name));
        value.ok_or_else(|| Refusal::invalid(name, format!("must be {}", T::TYPE.expected())))
    }

    fn text(&self, name: &str) -> &'p str {
        let at = names(self.path).position(|known| known == name);
        at.and_then(|at| self.values.get(at)).map_or("", String::as_str)
    }

    fn take<T: Cell + Display>(&mut self, text: &str) -> Option<T> {
        let column: Column<'_> = T::TYPE.parse(text)?;
        let value = T::take(&column, 0).ok()?;
        let written = value.to_string();
        // `1.5` and `1.50` are one number.
        let decimal = if T::TYPE == ColumnType::Decimal { exact::decimal(&written) } else { None };
        self.read.push(decimal.map_or(written, |value| value.normalize().to_string()));
        Some(value)
    }

    /// What was read, and behind it the body: JSON, as the body is.
    pub(crate) fn canonical(self, body: Vec<u8>) -> Vec<u8> {
        if self.read.is_empty() || body.is_empty() {
            return body;
        }
        // An array of texts can always be written.
        let mut text = serde_json::to_vec(&self.read).unwrap_or_default();
        text.extend(body);
        text
    }
}

/// The names of the parameters in the path of a route, in their order.
pub(crate) fn names(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}
