//! Which names are allowed. A name ends up in Rust, in SQL, on the wire, in
//! cargo and in Kubernetes; it is accepted if each of them can express it.

use std::collections::HashMap;

use super::Word;
use super::findings::{bad_name, reserved, same_name, too_long, wrong_case};
use crate::diagnostic::Diagnostics;
use crate::names;

/// Rust keywords that cannot be escaped as identifiers.
const UNESCAPABLE: [&str; 5] = ["self", "super", "crate", "Self", "_"];

/// Types that are in scope in every Rust file. Names that generated code imports
/// are renamed there, and do not restrict the author of the file.
const RUST_TYPES: [&str; 21] = [
    "Box", "Clone", "Copy", "Debug", "Default", "Drop", "Err", "From", "Into", "Iterator", "None", "Ok",
    "Option", "Result", "Self", "Send", "Some", "String", "Sync", "Tx", "Vec",
];

/// Rust keywords, which cannot name a crate.
const RUST_WORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Names that cargo rejects for a package or a binary, and Windows for a folder.
const CARGO_WORDS: [&str; 31] = [
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
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// Crates, modules and folders of the generated layout.
const OUR_WORDS: [&str; 13] = [
    "contracts",
    "events",
    "handlers",
    "kafka",
    "kafka-service",
    "lib",
    "local",
    "main",
    "postgres",
    "saga",
    "saga-runtime",
    "saga-step",
    "types",
];

/// Objects and hosts in Kubernetes, stages of the Dockerfile, and roles and databases of
/// PostgreSQL that do not belong to a service.
const DEPLOYED_WORDS: [&str; 23] = [
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
    "kubernetes",
    "localhost",
    "metrics",
    "none",
    "postgres-databases",
    "postgres-headless",
    "public",
    "saga-dashboard",
    "scratch",
    "strimzi",
    "template0",
    "template1",
];

/// The longest name of a service: the names of its pods must be DNS labels.
const LONGEST_SERVICE: usize = 40;
/// The longest other name: PostgreSQL truncates identifiers to 63 bytes.
const LONGEST: usize = 60;

/// The name of an event, an entity or a type.
pub(super) fn upper_camel(name: &Word, what: &str, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let shaped = starts_with(text, |first| first.is_ascii_uppercase())
        && text.chars().all(|character| character.is_ascii_alphanumeric());
    if !shaped {
        let meant = names::upper_camel(text);
        out.push(wrong_case(name, what, "upper camel case", &meant));
    } else if RUST_TYPES.contains(&text) {
        out.push(reserved(name, what, "means something else in Rust"));
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
        out.push(wrong_case(name, "a field", "lower camel case", &meant));
    } else if UNESCAPABLE.contains(&text) {
        out.push(reserved(name, "a field", "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a step or a saga.
pub(super) fn kebab(name: &Word, what: &str, out: &mut Diagnostics) {
    if !is_kebab(&name.value) {
        let meant = names::kebab(&name.value);
        out.push(wrong_case(name, what, "kebab case", &meant));
    } else if UNESCAPABLE.contains(&name.value.as_str()) {
        out.push(reserved(name, what, "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a service.
pub(super) fn service(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    if !is_kebab(text) {
        let meant = names::kebab(text);
        out.push(wrong_case(name, "a service", "kebab case", &meant));
    } else if RUST_WORDS.contains(&text) {
        out.push(reserved(name, "a service", "a Rust keyword"));
    } else if CARGO_WORDS.contains(&text) {
        out.push(reserved(name, "a service", "rejected by cargo"));
    } else if OUR_WORDS.contains(&text) || DEPLOYED_WORDS.contains(&text) {
        out.push(reserved(name, "a service", "used by generated code or manifests"));
    } else if text.ends_with("-handlers") {
        out.push(reserved(name, "a service", "reserved for handler crates"));
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
        let found = bad_name(name, format!("`{text}` is not a valid namespace"));
        out.push(
            found
                .label("expected a DNS label")
                .help("use at most 63 lower-case letters, digits and inner hyphens"),
        );
    }
}

/// The name of a Secret or a ConfigMap: a DNS subdomain.
pub(super) fn object(name: &Word, out: &mut Diagnostics) {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        let edges = !label.starts_with('-') && !label.ends_with('-');
        !label.is_empty() && edges && label.bytes().all(inner)
    };
    if name.value.len() > 253 || !name.value.split('.').all(is_label) {
        let found =
            bad_name(name, format!("`{}` is not a valid name for a Secret or a ConfigMap", name.value));
        out.push(
            found
                .label("expected a DNS name")
                .help("use at most 253 lower-case letters, digits, inner hyphens and dots"),
        );
    }
}

/// A key in a Secret or a ConfigMap.
pub(super) fn object_key(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if text.is_empty()
        || text.len() > 253
        || !text.chars().all(legal)
        || text == "."
        || text.starts_with("..")
    {
        let found = bad_name(name, format!("`{text}` is not a valid key of a Secret or a ConfigMap"));
        out.push(found.label("not a legal key").help("use at most 253 letters, digits, `.`, `_` and `-`"));
    }
}

/// The name of an environment variable.
pub(super) fn variable(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let first = |first: char| first.is_ascii_alphabetic() || first == '_';
    if !starts_with(text, first) || !text.chars().all(legal) {
        let found = bad_name(name, format!("`{text}` is not a valid name for a variable"));
        out.push(
            found
                .label("expected letters, digits and `_`, not beginning with a digit")
                .help(format!("write `{}`", names::snake(text).to_uppercase())),
        );
    } else {
        length(name, LONGEST, out);
    }
}

/// The name of a topic.
pub(super) fn topic(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
    if text.is_empty() || text.len() > 200 || !text.chars().all(legal) || text == "." || text == ".." {
        let found = bad_name(name, format!("`{text}` is not a valid topic"));
        out.push(
            found
                .label("not a legal name in Kafka")
                .help("use at most 200 letters, digits, `.`, `_` and `-`"),
        );
    }
}

/// The name of a table.
pub(super) fn table(name: &Word, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !starts_with(text, |first| first.is_ascii_lowercase()) || !text.chars().all(legal) {
        out.push(wrong_case(name, "a table", "snake case", &names::snake(text)));
    } else if text.starts_with("saga_") || text.starts_with("sqlite_") || text.starts_with("pg_") {
        out.push(reserved(name, "a table", "reserved for tables of the runtime and the database"));
    } else {
        length(name, LONGEST, out);
    }
}

/// A field's name on the wire.
pub(super) fn wire(name: &Word, out: &mut Diagnostics) {
    if name.value.is_empty() || name.value.chars().any(char::is_control) {
        let found = bad_name(name, "a name on the wire needs at least one character");
        out.push(found.label("empty or unprintable").help("write, for example, `invoice_ref`"));
    }
}

/// A status, a variant or a value of an enum: on the wire exactly as written, in
/// Rust a variant.
pub(super) fn value(name: &Word, what: &str, out: &mut Diagnostics) {
    let text = name.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    if !starts_with(text, |first| first.is_ascii_alphabetic()) || !text.chars().all(legal) {
        let found = bad_name(name, format!("`{text}` is not a valid name for {what}"));
        out.push(
            found
                .label("expected a letter, then letters, digits, `_` and `-`")
                .help("write, for example, `PICKED_UP` or `approved`"),
        );
    } else if camel_value(text) == "Self" {
        out.push(reserved(name, what, "Rust cannot escape it"));
    } else {
        length(name, LONGEST, out);
    }
}

/// A value as a variant of a Rust enum: `PICKED_UP` → `PickedUp`.
fn camel_value(value: &str) -> String {
    names::upper_camel(value)
}

/// Reports fields whose columns would have the same name.
pub(super) fn distinct<'w>(fields: impl Iterator<Item = &'w Word>, out: &mut Diagnostics) {
    conflicts(fields, names::snake, "a column", out);
}

/// Reports values whose variants would have the same name.
pub(super) fn distinct_values<'w>(values: impl Iterator<Item = &'w Word>, out: &mut Diagnostics) {
    conflicts(values, camel_value, "a variant", out);
}

fn conflicts<'w>(
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
                out.push(same_name(word, earlier, what, &name));
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
        out.push(too_long(name, longest));
    }
}
