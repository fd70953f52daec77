//! Where rows can be read.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Service;
use super::routes::{ReadKind, Routes};

/// What a path leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where rows can be read.
#[derive(Debug, Default)]
pub(crate) struct Places(BTreeMap<&'static str, &'static str>);

impl Places {
    pub(crate) fn of<S: Service>() -> Self {
        let reads = S::routes(Routes::default()).reads;
        // The address of a row is made of its key alone.
        let reads = reads.iter().filter(|read| read.kind == ReadKind::One && read.params.len() == 1);
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
