//! A help that begins with a text to write is tried on the page of its rule: the
//! text takes the place of what the finding points at, and the example is clean.

use saga_cli::diagnostic::{Code, Diagnostic, Style, report};
use saga_cli::source::Source;

use crate::support::{blocks, findings};

/// The text that a help says to write, if it says one before any other.
fn to_write(help: &str) -> Option<&str> {
    let (text, rest) = help.strip_prefix("write `")?.split_once('`')?;
    let alone = rest.is_empty() || rest.starts_with([',', ':']) || rest.starts_with(" to ");
    let another = rest.starts_with(", `");
    (alone && !another && !text.contains('…')).then(|| text.trim_end_matches(':'))
}

/// The example with the text in place. An entry, `key: value`, replaces the entry that
/// the finding points into.
fn written(page: &str, found: &Diagnostic, text: &str) -> String {
    let key = text.split_once(": ").map(|(key, _)| key);
    let field = key.and_then(|key| found.others.iter().find(|(span, _)| &page[span.start..span.end] == key));
    let (start, end) = match (key, field) {
        (Some(_), Some((span, _))) => {
            let end = page[span.start..].find([',', '}']).map_or(page.len(), |at| span.start + at);
            (span.start, end)
        }
        (Some(_), None) => {
            let before = page[..found.span.start].trim_end().trim_end_matches(':');
            (before.rfind([' ', ',', '{']).map_or(0, |at| at + 1), found.span.end)
        }
        (None, None) | (None, Some(_)) => (found.span.start, found.span.end),
    };
    [&page[..start], text, &page[end..]].concat()
}

#[test]
fn what_a_help_says_to_write_corrects_the_example() {
    let mut tried = 0;
    for code in Code::ALL.iter().filter(|code| **code != Code::TooLarge) {
        let page = blocks(code.page())[0].text;
        let source = Source::new("saga.yaml", page);
        let found = findings(&source);
        for found in found.sorted() {
            let Some(text) = found.help.first().and_then(|help| to_write(help)) else { continue };
            let source = Source::new("saga.yaml", written(page, found, text));
            let left = findings(&source);
            assert!(left.is_empty(), "{code}: {text}\n{}", report(&left, &source, Style::PLAIN));
            tried += 1;
        }
    }
    assert!(tried >= 8, "only {tried} helps are a text to write");
}
