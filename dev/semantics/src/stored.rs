//! What a service has stored of its steps and rows.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::{Column, Outgoing, StoredStep};
use serde_json::Value;

use super::place::Sent;

/// The messages of an input row that have arrived, by their names. What begins with `$` is no message.
pub(crate) fn arrived(row: &StoredStep) -> BTreeSet<String> {
    let inputs = inputs(row);
    let there = inputs.into_iter().filter(|(name, input)| !name.starts_with('$') && !input.is_null());
    there.map(|(name, _)| name).collect()
}

/// How far the compensation of a step is, as a number.
pub(crate) fn compensated(row: &StoredStep) -> u8 {
    let progress = inputs(row).get("$compensated").and_then(Value::as_u64);
    u8::try_from(progress.unwrap_or_default()).expect("a small number")
}

/// Whether a call is still to be compensated.
pub(crate) fn is_to_undo(row: &StoredStep) -> bool {
    inputs(row).get("$undo").and_then(Value::as_bool).unwrap_or_default()
}

fn inputs(row: &StoredStep) -> BTreeMap<String, Value> {
    serde_json::from_str(&row.inputs).expect("inputs")
}

/// What a transaction publishes.
pub(crate) fn sent(out: &Outgoing) -> Vec<Sent> {
    let sent = |(topic, key, body): (_, &[u8], &[u8])| Sent {
        topic,
        key: String::from_utf8_lossy(key).into_owned(),
        body: body.to_vec(),
    };
    out.published().map(sent).collect()
}

/// A key or a status as text.
pub(crate) fn text(column: &Column<'_>, row: usize) -> String {
    match column {
        Column::Int(values) => values[row].expect("a value").to_string(),
        Column::BigInt(values) => values[row].expect("a value").to_string(),
        Column::Text(values) => values[row].as_ref().expect("a value").to_string(),
        other => panic!("a key or a status in a column of {:?}", other.ty()),
    }
}

/// A value as a number; of a decimal, what stands before its point.
pub(crate) fn number(column: &Column<'_>, row: usize) -> i64 {
    let text = text(column, row);
    let (whole, _) = text.split_once('.').unwrap_or((&text, ""));
    whole.parse().expect("a number")
}
