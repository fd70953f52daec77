//! Why JSON is refused, for the one who wrote it.

use serde::de::DeserializeOwned;
use serde_json::Deserializer;
use serde_path_to_error::{Path, Segment};

use super::BadJson;

/// The longest name of a field that is repeated, in bytes: a name that we do not know can be of any length.
const LONGEST_NAME: usize = 200;

/// Why a text is no `T`, and in which field. The parser refused it with `error`.
pub(super) fn why<T: DeserializeOwned>(json: &[u8], error: &serde_json::Error) -> BadJson {
    let mut parser = Deserializer::from_slice(json);
    let Err(error) = serde_path_to_error::deserialize::<_, T>(&mut parser) else {
        // The object is one; what follows it is too much.
        return BadJson::Fields(shortened(&error.to_string()));
    };
    let (path, error) = (error.path().clone(), error.into_inner());
    let mut message = error.to_string();
    if error.is_data() {
        // The field says where.
        let place = format!(" at line {} column {}", error.line(), error.column());
        message.truncate(message.strip_suffix(&place).map_or(message.len(), str::len));
    }
    let name = |prefix| message.strip_prefix(prefix).and_then(|rest: &str| rest.strip_suffix('`'));
    if let Some(name) = name("missing field `") {
        return BadJson::Missing(inside(&path, name));
    }
    if let Some(name) = name("duplicate field `") {
        return BadJson::Field { field: inside(&path, name), reason: "is there twice".into() };
    }
    let reason = shortened(&in_words(&message));
    // The name of a field may be where the text ends.
    let is_named = path.iter().next().is_some() && !path.iter().any(|it| matches!(it, Segment::Unknown));
    if is_named {
        BadJson::Field { field: bounded(path.to_string()), reason }
    } else {
        BadJson::Fields(reason)
    }
}

/// The field `name` of the object at `path`.
fn inside(path: &Path, name: &str) -> String {
    match path.iter().next() {
        Some(_) => format!("{path}.{name}"),
        None => name.to_owned(),
    }
}

fn bounded(mut name: String) -> String {
    name.truncate(name.floor_char_boundary(LONGEST_NAME));
    name
}

/// The parser's message, which names types of Rust.
fn in_words(message: &str) -> String {
    let words = [
        ("expected i32", "expected an integer of 32 bits"),
        ("expected i64", "expected an integer of 64 bits"),
        ("expected f64", "expected a number"),
        // As the parser has it, `-0` is no integer, but a number with a fraction.
        (
            "floating point `-0.0`",
            "a negative zero, which is a floating point number (an integer is written 0)",
        ),
    ];
    words.iter().fold(message.to_owned(), |message, (from, to)| message.replace(from, to))
}

/// The message, which quotes the value it did not expect, and says where at its end.
fn shortened(message: &str) -> String {
    const BEGIN: usize = 300;
    const END: usize = 100;
    if message.len() <= BEGIN + END {
        return message.to_owned();
    }
    let begin = message.floor_char_boundary(BEGIN);
    let end = message.ceil_char_boundary(message.len() - END);
    format!("{} … {}", &message[..begin], &message[end..])
}
