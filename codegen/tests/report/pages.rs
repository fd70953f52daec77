//! The pages of `docs/checks`: each has an example that violates its rule and no
//! other, what is reported for it, and the corrected example. Run with
//! `UPDATE_EXPECT=1` to update the reports and the index.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use saga_cli::accepted::not_generated;
use saga_cli::diagnostic::{Code, Diagnostics, Style, report};
use saga_cli::pipeline::examine;
use saga_cli::prove::Examined;
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;

use crate::support::{Block, Expected, blocks};

/// What the rules with one beginning have in common, as the index says it.
const FAMILIES: &[(&str, &str)] = &[
    ("SG00", "The generator"),
    ("SG01", "Shape"),
    ("SG02", "Names and types"),
    ("SG03", "The flow"),
    ("SG04", "Every run"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/checks")
}

/// The wrong YAML block, the report, and the corrected block.
fn parts(code: Code) -> [Block<'static>; 3] {
    let blocks = blocks(code.page());
    let kinds: Vec<&str> = blocks.iter().map(|block| block.kind).collect();
    assert_eq!(kinds, ["yaml", "text", "yaml"], "{code}: wrong, report, corrected");
    blocks.try_into().unwrap_or_else(|_| unreachable!("there are three"))
}

/// A block as a file. One of a mebibyte does not fit on a page.
fn source(code: Code, text: &str) -> Source {
    let text = if code == Code::TooLarge { text.repeat((1 << 20) / text.len() + 1) } else { text.to_owned() };
    Source::new("saga.yaml", text)
}

/// How far the exploration may go: no file that fits on a page is too large without
/// a lower limit.
fn limits(code: Code) -> Limits {
    Limits::up_to((code == Code::TooManyStates).then_some(50))
}

/// What `check` finds, and on the page of SG0001 what `generate` does.
fn found(code: Code, source: &Source) -> Diagnostics {
    let Examined { proved, mut found } = examine(source, limits(code));
    if let (Some(proved), Code::NotGenerated) = (proved, code) {
        found.append(not_generated(&proved.resolved));
    }
    found
}

#[test]
fn every_page_has_its_rule_and_every_rule_its_page() {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be read").file_name().into_string());
    let pages: BTreeSet<String> =
        names.map(|name| name.expect("plain names")).filter(|name| name != "README.md").collect();
    let rules: BTreeSet<String> = Code::ALL.iter().map(|code| format!("{code}.md")).collect();
    assert_eq!(pages, rules);
    assert_eq!(rules.len(), Code::ALL.len(), "a number is there twice");
}

#[test]
fn every_page_begins_with_its_number() {
    for code in Code::ALL {
        assert!(code.page().starts_with(&format!("# {code}: {}\n\n", code.title())), "{code}");
        assert!(!code.title().is_empty());
    }
}

/// Whether a finding may appear together with that of a rule: a lost message makes
/// runs end badly, which the proof reports, too.
fn follows(found: Code, from: Code) -> bool {
    found.is_of_the_proof() && from.number().starts_with("SG03")
}

#[test]
fn every_example_breaks_its_rule_and_no_other() {
    for code in Code::ALL {
        let [wrong, ..] = parts(*code);
        let source = source(*code, wrong.text);
        let found = found(*code, &source);
        let others: Vec<Code> = found
            .sorted()
            .iter()
            .map(|found| found.code)
            .filter(|it| it != code && !follows(*it, *code))
            .collect();
        assert!(found.sorted().iter().any(|found| found.code == *code), "{code} is not found in its example");
        assert_eq!(others, [], "{}", report(&found, &source, Style::PLAIN));
    }
}

#[test]
fn every_page_shows_what_is_reported() {
    let mut expected = Expected::default();
    for code in Code::ALL {
        let [wrong, said, _] = parts(*code);
        let source = source(*code, wrong.text);
        let now = report(&found(*code, &source), &source, Style::PLAIN);
        expected.file(&folder().join(format!("{code}.md")), &said.replaced(code.page(), &now));
    }
    expected.done();
}

#[test]
fn every_corrected_example_is_clean() {
    for code in Code::ALL {
        let [_, _, corrected] = parts(*code);
        let source = Source::new("saga.yaml", corrected.text);
        let found = found(*code, &source);
        assert!(found.is_empty(), "{code}: {}", report(&found, &source, Style::PLAIN));
    }
}

#[test]
fn the_index_lists_every_page() {
    let path = folder().join("README.md");
    let text = std::fs::read_to_string(&path).expect("the index is there");
    let prose = text.split_inclusive('\n').take_while(|line| !line.starts_with("## "));
    let mut index = format!("{}\n\n", prose.collect::<String>().trim_end());
    for (beginning, title) in FAMILIES {
        let mut family = Code::ALL.iter().filter(|code| code.number().starts_with(beginning)).peekable();
        if family.peek().is_some() {
            write!(index, "## {title}\n\n| rule | |\n|---|---|\n").expect("a text can be written");
        }
        for code in family {
            writeln!(index, "| [{code}]({code}.md) | {} |", code.title()).expect("a text can be written");
        }
        index.push('\n');
    }
    let mut expected = Expected::default();
    expected.file(&path, &format!("{}\n", index.trim_end()));
    expected.done();
    for code in Code::ALL {
        assert!(index.contains(&format!("[{code}]")), "{code} is of no family");
    }
}

#[test]
fn every_example_of_the_language_is_accepted() {
    // The second has files of kustomize as well.
    for (page, begins) in [("language.md", ""), ("kafka-and-postgresql-you-have.md", "saga: ")] {
        let text = std::fs::read_to_string(folder().join("..").join(page)).expect("the page is there");
        let blocks = blocks(&text);
        let examples = blocks.iter().filter(|block| block.kind == "yaml" && block.text.starts_with(begins));
        let mut read = 0;
        for block in examples {
            let source = Source::new(page, block.text);
            let found = examine(&source, Limits::default()).found;
            assert!(found.is_empty(), "{}", report(&found, &source, Style::PLAIN));
            read += 1;
        }
        assert!(read > 0, "{page} has no example");
    }
}
