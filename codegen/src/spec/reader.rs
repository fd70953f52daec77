//! Reading mappings: which keys are known, which are missing, which repeat.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, nearest, one_of};
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
    /// then read as what it most likely means: the findings that would follow
    /// from its absence are nobody's concern.
    pub fn read(node: &'n Node, keys: &Keys, out: &mut Diagnostics) -> Option<Self> {
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
    pub fn get(&self, key: &str) -> Option<&'n Node> {
        self.values.get(key).copied()
    }

    /// The value of a key that must be there.
    pub fn require(
        &mut self,
        key: &str,
        example: &str,
        at: Option<Span>,
        out: &mut Diagnostics,
    ) -> Option<&'n Node> {
        let value = self.get(key);
        if value.is_none() {
            self.broken = true;
            let message = format!("{} needs `{key}`", self.what);
            let found = Diagnostic::error(Code::WrongShape, at.unwrap_or(self.span), message);
            out.push(found.label(format!("no `{key}` here")).help(format!("add `{example}`")));
        }
        value
    }

    fn unknown(&mut self, key: &Word, value: &'n Node, keys: &Keys, out: &mut Diagnostics) {
        if let Some((_, advice)) = keys.later.iter().find(|(later, _)| *later == key.value) {
            self.broken = true;
            self.later = true;
            out.push(later(key, advice));
            return;
        }
        let meant = nearest(&key.value, keys.known.iter().copied());
        let message = format!("{} has no key `{}`", keys.what, key.value);
        let found = Diagnostic::error(Code::UnknownKey, key.span, message);
        out.push(match meant {
            Some(meant) => found
                .label(format!("did you mean `{meant}`?"))
                .help(format!("write `{meant}:`, or remove the line")),
            None => found.label("not a key of the language").help(format!(
                "{} may have {}",
                keys.what,
                one_of(keys.known)
            )),
        });
        let meant = keys.known.iter().find(|known| Some(**known) == meant);
        match meant.filter(|meant| !self.values.contains_key(*meant)) {
            Some(meant) => _ = self.values.insert(meant, value),
            None => self.broken = true,
        }
    }
}

fn later(key: &Word, advice: &str) -> Diagnostic {
    let message = format!("`{}` belongs to a later version of the language", key.value);
    Diagnostic::error(Code::LaterVersion, key.span, message).label("not in this version").help(advice)
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
            Some(earlier) => out.push(duplicate(key, *earlier)),
            None => {
                first.insert(&key.value, key.span);
                entries.push((key, value));
            }
        }
    }
    Some(entries)
}

fn duplicate(key: &Word, first: Span) -> Diagnostic {
    let message = format!("`{}` is written twice in one mapping", key.value);
    Diagnostic::error(Code::DuplicateKey, key.span, message)
        .label("this one would hide the first")
        .also(first, "the first")
        .help("keep one of them, or give one another name")
}

/// Reports a value of the wrong shape.
pub(super) fn wrong_shape(node: &Node, expected: &str, example: &str, out: &mut Diagnostics) {
    let message = format!("expected {expected}, found {}", node.describe());
    let found = Diagnostic::error(Code::WrongShape, node.span, message);
    out.push(found.label(format!("expected {expected}")).help(format!("write for example `{example}`")));
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

/// A list of words, or one word; nothing in it twice.
pub(super) fn words(node: &Node, expected: &str, example: &str, out: &mut Diagnostics) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for item in one_or_many(node) {
        let Some(word) = word(item, expected, example, out) else {
            continue;
        };
        match words.iter().find(|earlier| earlier.value == word.value) {
            Some(earlier) => out.push(twice(&word, earlier.span)),
            None => words.push(word),
        }
    }
    if words.is_empty() && one_or_many(node).is_empty() {
        wrong_shape(node, expected, example, out);
    }
    words
}

/// Reports a repeated item of a list.
pub(super) fn twice(word: &Word, first: Span) -> Diagnostic {
    let message = format!("`{}` is in this list twice", word.value);
    Diagnostic::error(Code::DuplicateKey, word.span, message)
        .label("again")
        .also(first, "the first")
        .help("remove one of them")
}
