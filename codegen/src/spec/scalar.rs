//! Reading durations, numbers, types and paths.

use std::time::Duration;

use super::reader::{one_or_many, word, words, wrong_shape};
use super::{EventPath, FieldDecl, TypeExpr, Word, findings, name};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::spec::reader::entries;
use crate::yaml::{Node, Scalar, Value};

/// The longest duration: ten years. More is a typing mistake.
const LONGEST: u64 = 3_650 * 24 * 60 * 60;

/// `90s`, `15m`, `24h`, `3d`
pub(super) fn duration(node: &Node, out: &mut Diagnostics) -> Option<Spanned<Duration>> {
    let text = word(node, "a duration", "15m", out)?;
    let seconds = seconds(&text.value);
    if seconds.is_none() {
        out.push(findings::not_a_duration(&text));
    }
    seconds.map(|seconds| Spanned::new(Duration::from_secs(seconds), node.span))
}

fn seconds(text: &str) -> Option<u64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=LONGEST).contains(&seconds).then_some(seconds)
}

/// A whole number in a range.
pub(super) fn number<T: std::str::FromStr + PartialOrd + Copy>(
    node: &Node,
    least: T,
    expected: &str,
    example: &str,
    out: &mut Diagnostics,
) -> Option<Spanned<T>> {
    let parsed = match &node.value {
        Value::Scalar(Scalar { text, plain: true, .. }) => text.parse().ok(),
        Value::Scalar(_) | Value::List(_) | Value::Map(_) => None,
    };
    let number = parsed.filter(|number| *number >= least);
    if number.is_none() {
        let shown = match &node.value {
            Value::Scalar(scalar) => format!("`{}`", scalar.text),
            Value::List(_) | Value::Map(_) => node.describe().to_owned(),
        };
        out.push(findings::unexpected(node.span, &shown, expected, example));
    }
    number.map(|number| Spanned::new(number, node.span))
}

/// One of a few words.
pub(super) fn choice<T: Copy>(
    node: &Node,
    choices: &[(&str, T)],
    out: &mut Diagnostics,
) -> Option<Spanned<T>> {
    let names = choices.iter().map(|(name, _)| *name);
    let expected = crate::diagnostic::one_of(names);
    let example = choices.first().map_or("", |(name, _)| *name);
    let text = word(node, &expected, example, out)?;
    let chosen = choices.iter().find(|(name, _)| *name == text.value);
    if chosen.is_none() {
        let shown = format!("`{}`", text.value);
        out.push(findings::unexpected(text.span, &shown, &expected, example));
    }
    chosen.map(|(_, value)| Spanned::new(*value, node.span))
}

/// `i32`, `string?`, `[Line]`
pub(super) fn type_expr(node: &Node, out: &mut Diagnostics) -> Option<Spanned<TypeExpr>> {
    match &node.value {
        Value::List(items) => match items.as_slice() {
            [item] => {
                let item = type_expr(item, out)?;
                Some(Spanned::new(TypeExpr::List(Box::new(item)), node.span))
            }
            _ => {
                wrong_shape(node, "one type between the brackets", "[string]", out);
                None
            }
        },
        Value::Scalar(_) | Value::Map(_) => {
            let text = word(node, "a type", "string", out)?;
            Some(named_type(node, &text))
        }
    }
}

fn named_type(node: &Node, text: &Word) -> Spanned<TypeExpr> {
    let named = |name: &str| TypeExpr::Named(name.to_owned());
    let expr = match text.value.strip_suffix('?') {
        None => named(&text.value),
        Some(inner) => {
            let span = node.part(0..inner.len());
            TypeExpr::Optional(Box::new(Spanned::new(named(inner), span)))
        }
    };
    Spanned::new(expr, text.span)
}

/// The entries of a mapping from names to types. In `{ price: decimal(10,2) }` the
/// comma ends the type, and `2)` is an entry of its own: it belongs to the type.
pub(super) fn typed_entries<'n>(
    node: &'n Node,
    what: &str,
    out: &mut Diagnostics,
) -> Option<Vec<(&'n Word, &'n Node)>> {
    let opens = |node: &Node| match &node.value {
        Value::Scalar(scalar) => scalar.text.contains('(') && !scalar.text.contains(')'),
        Value::List(_) | Value::Map(_) => false,
    };
    let mut inside = false;
    let mut typed = entries(node, what, out)?;
    typed.retain(|(key, value)| {
        let rest = inside
            && value.is_null()
            && key.value.bytes().all(|byte| byte.is_ascii_digit() || b")?".contains(&byte));
        inside = opens(value) || (rest && !key.value.contains(')'));
        !rest
    });
    Some(typed)
}

/// A mapping from names to types.
pub(super) fn fields(node: &Node, what: &str, out: &mut Diagnostics) -> Vec<FieldDecl> {
    let mut fields = Vec::new();
    for (key, value) in typed_entries(node, what, out).unwrap_or_default() {
        let ty = type_expr(value, out);
        name::field(key, out);
        fields.extend(ty.map(|ty| FieldDecl { name: key.clone(), ty }));
    }
    name::distinct(fields.iter().map(|field| &field.name), out);
    fields
}

/// `Event` or `Event.variant`
pub(super) fn event_path(node: &Node, out: &mut Diagnostics) -> Option<EventPath> {
    let text = word(node, "an event or a variant", "OrderCreated", out)?;
    let part =
        |range: std::ops::Range<usize>| Spanned::new(text.value[range.clone()].to_owned(), node.part(range));
    let whole = text.value.len();
    let (event, variant) = match text.value.find('.') {
        None => (part(0..whole), None),
        Some(dot) => (part(0..dot), Some(part(dot + 1..whole))),
    };
    Some(EventPath { event, variant, span: text.span })
}

/// A list of events and variants without duplicates, or a single one.
pub(super) fn event_paths(node: &Node, out: &mut Diagnostics) -> Vec<EventPath> {
    let mut paths: Vec<EventPath> = Vec::new();
    let items = one_or_many(node);
    if items.is_empty() {
        wrong_shape(node, "at least one event", "[OrderCreated, OrderPaid]", out);
    }
    for item in items {
        let Some(path) = event_path(item, out) else {
            continue;
        };
        let same = |earlier: &&EventPath| same_path(earlier, &path);
        match paths.iter().find(same) {
            Some(earlier) => {
                let item = Spanned::new(shown(&path), path.span);
                out.push(findings::duplicate_item(&item, earlier.span));
            }
            None => paths.push(path),
        }
    }
    paths
}

fn same_path(one: &EventPath, other: &EventPath) -> bool {
    let variant = |path: &EventPath| path.variant.as_ref().map(|word| word.value.clone());
    one.event.value == other.event.value && variant(one) == variant(other)
}

fn shown(path: &EventPath) -> String {
    match &path.variant {
        None => path.event.value.clone(),
        Some(variant) => format!("{}.{}", path.event.value, variant.value),
    }
}

/// `lines.productId`, `OrderCreated.userId`
pub(super) fn path(text: &Word) -> Spanned<Vec<String>> {
    let segments = text.value.split('.').map(str::to_owned).collect();
    Spanned::new(segments, text.span)
}

/// The place of a declaration whose value is missing or wrong.
pub(super) fn key_or_value(key: &Word, value: &Node) -> Span {
    if value.is_null() { key.span } else { value.span }
}

/// The values of an enum or an outcome.
pub(super) fn enum_values(node: &Node, out: &mut Diagnostics) -> Vec<Word> {
    let values = words(node, "a list of values", "[private, business]", out);
    for value in &values {
        name::value(value, "a value", out);
    }
    name::distinct_values(values.iter(), out);
    values
}
