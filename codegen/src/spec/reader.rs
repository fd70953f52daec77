//! Reading mappings: which keys are known, which are missing, which repeat.

use std::collections::HashMap;

use super::findings;
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::spec::Word;
use crate::yaml::{Node, Value};

/// The keys of a kind of mapping.
pub(super) struct Keys {
    /// What the mapping describes: `an event`.
    pub what: &'static str,
    /// The keys it may have.
    pub known: &'static [&'static str],
    /// Keys of a later version of the language, and what to do until then.
    pub later: &'static [(&'static str, &'static str)],
}

/// A mapping with known keys.
pub(super) struct Mapping<'n> {
    values: HashMap<&'static str, &'n Node>,
    span: Span,
    what: &'static str,
    /// Whether a key was not understood.
    pub broken: bool,
    /// Whether a key belongs to a later version.
    pub later: bool,
}

impl<'n> Mapping<'n> {
    /// Sorts the entries of a mapping by key. A misspelt key is reported, and
    /// then read as the key it most likely stands for: findings about the
    /// absence of that key would only distract.
    pub(super) fn read(node: &'n Node, keys: &Keys, out: &mut Diagnostics) -> Option<Self> {
        let entries = entries(node, keys.what, out)?;
        let mut mapping =
            Self { values: HashMap::new(), span: node.span, what: keys.what, broken: false, later: false };
        let mut misspelt = Vec::new();
        for (key, value) in entries {
            match keys.known.iter().find(|known| **known == key.value) {
                Some(known) => _ = mapping.values.insert(known, value),
                None => misspelt.push((key, value)),
            }
        }
        for (key, value) in misspelt {
            mapping.unknown(key, value, keys, out);
        }
        Some(mapping)
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.values.get(key).copied()
    }

    /// The value of a required key.
    pub(super) fn require(
        &mut self,
        key: &str,
        example: &str,
        at: Option<Span>,
        out: &mut Diagnostics,
    ) -> Option<&'n Node> {
        let value = self.get(key);
        if value.is_none() {
            self.broken = true;
            out.push(findings::missing_key(self.what, key, at.unwrap_or(self.span), example));
        }
        value
    }

    fn unknown(&mut self, key: &Word, value: &'n Node, keys: &Keys, out: &mut Diagnostics) {
        if let Some((_, advice)) = keys.later.iter().find(|(later, _)| *later == key.value) {
            self.broken = true;
            self.later = true;
            out.push(findings::later_version(key, advice));
            return;
        }
        let (found, meant) = findings::unknown_key(keys.what, key, keys.known);
        out.push(found);
        match meant.filter(|meant| !self.values.contains_key(meant)) {
            Some(meant) => _ = self.values.insert(meant, value),
            None => self.broken = true,
        }
    }
}

/// The entries of a mapping, each key once; repeated keys are reported.
pub(super) fn entries<'n>(
    node: &'n Node,
    what: &str,
    out: &mut Diagnostics,
) -> Option<Vec<(&'n Word, &'n Node)>> {
    let Value::Map(all) = &node.value else {
        wrong_shape(node, &format!("a mapping for {what}"), "name: value", out);
        return None;
    };
    let mut first: HashMap<&str, Span> = HashMap::new();
    let mut entries = Vec::with_capacity(all.len());
    for (key, value) in all {
        match first.get(key.value.as_str()) {
            Some(earlier) => out.push(findings::duplicate_key(key, *earlier)),
            None => {
                first.insert(&key.value, key.span);
                entries.push((key, value));
            }
        }
    }
    Some(entries)
}

/// Reports a value of the wrong shape.
pub(super) fn wrong_shape(node: &Node, expected: &str, example: &str, out: &mut Diagnostics) {
    out.push(findings::wrong_shape(node, expected, example));
}

/// The items of a list, or the one value that stands for a list of one.
pub(super) fn one_or_many(node: &Node) -> &[Node] {
    match &node.value {
        Value::List(items) => items,
        Value::Scalar(_) | Value::Map(_) => std::slice::from_ref(node),
    }
}

/// The text of a scalar that is not null.
pub(super) fn word(node: &Node, expected: &str, example: &str, out: &mut Diagnostics) -> Option<Word> {
    match &node.value {
        Value::Scalar(scalar) if !node.is_null() => Some(Spanned::new(scalar.text.clone(), node.span)),
        Value::Scalar(_) | Value::List(_) | Value::Map(_) => {
            wrong_shape(node, expected, example, out);
            None
        }
    }
}

/// A list of words without duplicates, or a single word.
pub(super) fn words(node: &Node, expected: &str, example: &str, out: &mut Diagnostics) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for item in one_or_many(node) {
        let Some(word) = word(item, expected, example, out) else {
            continue;
        };
        match words.iter().find(|earlier| earlier.value == word.value) {
            Some(earlier) => out.push(findings::duplicate_item(&word, earlier.span)),
            None => words.push(word),
        }
    }
    if words.is_empty() && one_or_many(node).is_empty() {
        wrong_shape(node, expected, example, out);
    }
    words
}
