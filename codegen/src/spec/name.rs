//! Which names are allowed. A name ends up in Rust, in SQL, on the wire, in
//! cargo and in Kubernetes; what each of them can escape is accepted.

use std::collections::HashMap;

use super::Word;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::names;

/// Words of Rust that no escape turns into an identifier.
const UNESCAPABLE: [&str; 5] = ["self", "super", "crate", "Self", "_"];

/// Types that every Rust file means something by. What generated code brings
/// into scope by itself is renamed there, and no concern of the file's author.
const RUST_TYPES: [&str; 21] = [
    "Box", "Clone", "Copy", "Debug", "Default", "Drop", "Err", "From", "Into", "Iterator", "None", "Ok",
    "Option", "Result", "Self", "Send", "Some", "String", "Sync", "Tx", "Vec",
];

/// Words of Rust: no name for a crate.
const RUST_WORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Words cargo refuses as the name of a package or a binary.
const CARGO_WORDS: [&str; 13] = [
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "incremental",
    "proc-macro",
    "std",
    "test",
    "con",
    "prn",
    "aux",
    "nul",
];

/// Crates, modules and folders of the generated layout, and crates it uses.
const OUR_WORDS: [&str; 25] = [
    "contracts",
    "events",
    "handlers",
    "kafka",
    "kafka-service",
    "lib",
    "local",
    "main",
    "policies",
    "postgres",
    "saga",
    "saga-runtime",
    "saga-step",
    "types",
    "axum",
    "clap",
    "rdkafka",
    "serde",
    "serde-json",
    "sqlx",
    "thiserror",
    "tokio",
    "tracing",
    "tracing-subscriber",
    "uuid",
];

/// Objects in Kubernetes, stages of the Dockerfile, and roles and databases of
/// PostgreSQL that are no service's.
const DEPLOYED_WORDS: [&str; 20] = [
    "base",
    "cnpg",
    "database",
    "database-r",
    "database-ro",
    "database-rw",
    "default-deny",
    "dns-egress",
    "kafka-from-keda",
    "kafka-headless",
    "kafka-topics",
    "metrics",
    "none",
    "postgres-databases",
    "postgres-headless",
    "public",
    "saga-dashboard",
    "strimzi",
    "template0",
    "template1",
];

/// The longest name of a service: its pods' names must stay DNS labels.
const LONGEST_SERVICE: usize = 40;
/// The longest other name: PostgreSQL cuts identifiers at 63 bytes.
const LONGEST: usize = 60;

/// The name of an event, an entity or a type.
pub(super) fn upper_camel(name: &Word, what: &str, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let shaped = starts_with(text, |first| first.is_ascii_uppercase())
        && text.chars().all(|character| character.is_ascii_alphanumeric());
    if !shaped {
        let meant = names::upper_camel(text);
        out.push(cased(name, what, "upper camel case", &meant));
    } else if RUST_TYPES.contains(&text) {
        out.push(taken(name, what, "every Rust file means something else by it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a field.
pub(super) fn field(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let shaped = starts_with(text, |first| first.is_ascii_lowercase())
        && text.chars().all(|character| character.is_ascii_alphanumeric());
    if !shaped {
        let meant = names::lower_camel(text);
        out.push(cased(name, "a field", "lower camel case", &meant));
    } else if UNESCAPABLE.contains(&text) {
        out.push(taken(name, "a field", "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a step or a saga.
pub(super) fn kebab(name: &Word, what: &str, out: &mut Diagnostics) {
    if !is_kebab(&name.value) {
        let meant = names::kebab(&name.value);
        out.push(cased(name, what, "kebab case", &meant));
    } else if UNESCAPABLE.contains(&name.value.as_str()) {
        out.push(taken(name, what, "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a service.
pub(super) fn service(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    if !is_kebab(text) {
        let meant = names::kebab(text);
        out.push(cased(name, "a service", "kebab case", &meant));
    } else if RUST_WORDS.contains(&text) {
        out.push(taken(name, "a service", "a word of Rust"));
    } else if CARGO_WORDS.contains(&text) {
        out.push(taken(name, "a service", "refused by cargo"));
    } else if OUR_WORDS.contains(&text) || DEPLOYED_WORDS.contains(&text) {
        out.push(taken(name, "a service", "used by the generated layout"));
    } else if text.ends_with("-handlers") {
        out.push(taken(name, "a service", "crates of handlers end like this"));
    } else {
        length(name, LONGEST_SERVICE, out);
    }
}

/// A namespace: a DNS label.
pub(super) fn namespace(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let inner =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    let edges = |text: &str| !text.starts_with('-') && !text.ends_with('-');
    if text.is_empty() || text.len() > 63 || !text.chars().all(inner) || !edges(text) {
        let found = bad(name, format!("`{text}` is not a namespace"));
        out.push(
            found
                .label("expected a DNS label")
                .help("use at most 63 lower-case letters, digits and inner hyphens"),
        );
    }
}

/// The name of a topic.
pub(super) fn topic(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if text.is_empty() || text.len() > 200 || !text.chars().all(legal) || text == "." || text == ".." {
        let found = bad(name, format!("`{text}` is not a topic"));
        out.push(
            found.label("Kafka would refuse this").help("use at most 200 letters, digits, `.`, `_` and `-`"),
        );
    }
}

/// The name of a table.
pub(super) fn table(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !starts_with(text, |first| first.is_ascii_lowercase()) || !text.chars().all(legal) {
        out.push(cased(name, "a table", "snake case", &names::snake(text)));
    } else if text.starts_with("saga_") || text.starts_with("sqlite_") || text.starts_with("pg_") {
        out.push(taken(name, "a table", "tables of the runtime and the database begin like this"));
    } else {
        length(name, LONGEST, out);
    }
}

/// A field's name on the wire.
pub(super) fn wire(name: &Word, out: &mut Diagnostics) {
    if name.value.is_empty() || name.value.chars().any(char::is_control) {
        let found = bad(name, "a name on the wire is a text of at least one character");
        out.push(found.label("empty or unprintable").help("write for example `invoice_ref`"));
    }
}

/// A status, a variant or a value of an enum: written on the wire as it
/// stands, in Rust as a variant.
pub(super) fn value(name: &Word, what: &str, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if !starts_with(text, |first| first.is_ascii_alphabetic()) || !text.chars().all(legal) {
        let found = bad(name, format!("`{text}` is not a name for {what}"));
        out.push(
            found
                .label("expected a letter, then letters, digits, `_` and `-`")
                .help("write for example `PICKED_UP` or `approved`"),
        );
    } else if camel_value(text) == "Self" {
        out.push(taken(name, what, "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// A value as a variant of a Rust enum: `PICKED_UP` → `PickedUp`.
fn camel_value(value: &str) -> String {
    names::upper_camel(value)
}

/// Reports fields whose columns would have one name.
pub(super) fn distinct<'w>(fields: impl Iterator<Item = &'w Word>, out: &mut Diagnostics) {
    clashes(fields, names::snake, "a column", out);
}

/// Reports values whose variants would have one name.
pub(super) fn distinct_values<'w>(values: impl Iterator<Item = &'w Word>, out: &mut Diagnostics) {
    clashes(values, camel_value, "a variant", out);
}

fn clashes<'w>(
    words: impl Iterator<Item = &'w Word>,
    becomes: impl Fn(&str) -> String,
    what: &str,
    out: &mut Diagnostics,
) {
    let mut first: HashMap<String, &Word> = HashMap::new();
    for word in words {
        let name = becomes(&word.value);
        match first.get(&name) {
            Some(earlier) if earlier.value != word.value => {
                let message = format!("`{}` and `{}` are one name", earlier.value, word.value);
                let found = bad(word, message).label(format!("as {what} this is `{name}` too"));
                out.push(found.also(earlier.span, "the first").help("rename one of them"));
            }
            Some(_) => {}
            None => _ = first.insert(name, word),
        }
    }
}

fn is_kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    starts_with(text, |first| first.is_ascii_lowercase()) && text.split('-').all(word)
}

fn starts_with(text: &str, rule: impl Fn(char) -> bool) -> bool {
    text.chars().next().is_some_and(rule)
}

fn length(name: &Word, longest: usize, out: &mut Diagnostics) {
    if name.value.len() > longest {
        let message = format!("this name has {} characters", name.value.len());
        let found = bad(name, message).label(format!("at most {longest} fit everywhere"));
        out.push(found.help("shorten it: databases and Kubernetes cut or refuse longer names"));
    }
}

fn cased(name: &Word, what: &str, case: &str, meant: &str) -> Diagnostic {
    let found = bad(name, format!("`{}` is not a name for {what}", name.value));
    let fits = meant.starts_with(|first: char| first.is_ascii_alphabetic()) && meant.is_ascii();
    found.label(format!("expected {case}")).help(if fits && meant != name.value {
        format!("write `{meant}`")
    } else {
        format!("use letters and digits in {case}, a letter first")
    })
}

fn taken(name: &Word, what: &str, why: &str) -> Diagnostic {
    bad(name, format!("`{}` cannot name {what}", name.value)).label(why).help("choose another name")
}

fn bad(name: &Word, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(Code::BadName, name.span, message)
}
