//! Diagnostics as SARIF 2.1.0, the format of code review tools.

use std::path::{Component, Path};

use serde_json::{Value, json};

use super::{Code, Diagnostic, Diagnostics};
use crate::source::{Source, Span};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// All findings of a file as a SARIF log.
pub fn sarif(found: &Diagnostics, source: &Source) -> String {
    let found = found.sorted();
    let mut broken: Vec<Code> = found.iter().map(|found| found.code).collect();
    broken.sort_unstable();
    broken.dedup();
    let rules: Vec<Value> = broken.iter().map(|code| rule(*code)).collect();
    let results: Vec<Value> = found.iter().map(|found| result(found, &broken, source)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "cargo saga check",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    let mut rule = json!({
        "id": code.number(),
        "shortDescription": { "text": code.title() },
        "help": { "text": code.page(), "markdown": code.page() },
    });
    if let Some(uri) = help_uri(env!("CARGO_PKG_REPOSITORY"), code) {
        rule["helpUri"] = uri.into();
    }
    rule
}

/// The address of a page. SARIF requires a URI here; without one, the page itself
/// is included anyway.
fn help_uri(repository: &str, code: Code) -> Option<String> {
    let known = !repository.is_empty();
    known.then(|| format!("{}/blob/main/docs/checks/{code}.md", repository.trim_end_matches('/')))
}

fn result(found: &Diagnostic, rules: &[Code], source: &Source) -> Value {
    let mut result = json!({
        "ruleId": found.code.number(),
        "ruleIndex": rules.iter().position(|code| *code == found.code),
        "level": found.severity.name(),
        "message": { "text": message(found) },
        "locations": [location(found.span, source)],
    });
    let others = found.others.iter().enumerate().map(|(at, (span, label))| {
        let mut other = location(*span, source);
        other["id"] = (at + 1).into();
        other["message"] = json!({ "text": label });
        other
    });
    if !found.others.is_empty() {
        result["relatedLocations"] = others.collect();
    }
    result
}

/// Message, label, run and help in one text.
fn message(found: &Diagnostic) -> String {
    let mut lines = vec![match found.label.as_str() {
        "" => found.message.clone(),
        label => format!("{}: {label}", found.message),
    }];
    lines.extend(found.run.iter().enumerate().map(|(at, step)| format!("{}. {step}", at + 1)));
    lines.extend(found.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

fn location(span: Span, source: &Source) -> Value {
    let (start, end) = (source.position(span.start), source.position(span.end.max(span.start)));
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(source.path()) },
        "region": {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        },
    }})
}

/// A path as a URI reference: relative if the path is, otherwise a `file:` URI.
fn uri(path: &Path) -> String {
    let names = path.components().filter_map(|component| match component {
        Component::Prefix(prefix) => Some(escaped(&prefix.as_os_str().to_string_lossy())),
        Component::ParentDir => Some("..".to_owned()),
        Component::Normal(name) => Some(escaped(&name.to_string_lossy())),
        Component::RootDir | Component::CurDir => None,
    });
    let joined = names.collect::<Vec<_>>().join("/");
    if path.has_root() { format!("file:///{joined}") } else { joined }
}

fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let bytes = name.bytes();
    bytes
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri(Path::new("./flows/saga.yaml")), "flows/saga.yaml");
        assert_eq!(uri(Path::new("../my saga 서.yaml")), "../my%20saga%20%EC%84%9C.yaml");
        assert_eq!(uri(Path::new("/srv/a:b/saga.yaml")), "file:///srv/a%3Ab/saga.yaml");
    }

    #[test]
    fn a_page_has_an_address_once_the_repository_has_one() {
        assert_eq!(help_uri("", Code::Source), None);
        let uri = help_uri("https://example.org/saga/", Code::Source);
        assert_eq!(uri.as_deref(), Some("https://example.org/saga/blob/main/docs/checks/SG0207.md"));
    }
}
