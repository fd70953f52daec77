//! The checks find what they must, and nothing else: every single mutation of
//! the accepted files is found, or is known to break nothing.
//!
//! `cargo test --test recall -- --nocapture` prints the table, and
//! `UPDATE_EXPECT=1` writes it into `docs/proof.md`.
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod equivalent;
mod kind;
mod mutate;
mod table;
mod verdict;

use std::path::{Path, PathBuf};

use equivalent::Equivalents;
use kind::Kind;
use mutate::mutants;
use table::{Fate, Table};
use verdict::Verdict;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a file has a name")
}

/// Both as they are, and reformatted the way the mutants are.
#[test]
fn accepted_files_are_clean() {
    let mut wrong = Vec::new();
    for path in files("accepted") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let value: serde_yaml::Value = serde_yaml::from_str(&text).expect("it is YAML");
        for text in [text, serde_yaml::to_string(&value).expect("a value is YAML")] {
            let verdict = Verdict::of(&text);
            if !verdict.is_clean() {
                wrong.push(format!("{}: {}", stem(&path), verdict.codes()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_mutant_is_found_or_known_to_break_nothing() {
    let mut equivalents = Equivalents::read();
    let (mut table, mut wrong) = (Table::default(), Vec::new());
    for path in files("accepted") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        for mutant in mutants(&text) {
            let verdict = Verdict::of(&mutant.text);
            let name = format!("{}: {}", stem(&path), mutant.name);
            let known = equivalents.take(&name);
            let fate = match (verdict.errors.is_empty(), verdict.is_clean()) {
                (false, _) => Fate::Found(verdict.errors.clone()),
                (true, false) => Fate::Warned(verdict.warnings.clone()),
                (true, true) if known => Fate::Equivalent,
                (true, true) => Fate::Missed,
            };
            if let Some(why) = complaint(mutant.kind, &fate, known, &verdict) {
                wrong.push(format!("{name}: {why}"));
            }
            table.add(mutant.kind, fate);
        }
    }
    wrong.extend(equivalents.left().map(|name| format!("{name}: there is no such mutant")));
    println!("{table}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table.is_documented();
}

fn complaint(kind: Kind, fate: &Fate, known: bool, verdict: &Verdict) -> Option<String> {
    match fate {
        Fate::Missed => Some("nothing is found".to_owned()),
        Fate::Found(codes) => {
            let expected = kind.expected();
            let unexpected = !expected.iter().any(|code| codes.contains(code));
            let both = known.then(|| format!("is found, and listed as equivalent: {codes:?}"));
            both.or_else(|| unexpected.then(|| format!("found {codes:?}, and none of {expected:?}")))
        }
        Fate::Warned(codes) if known => Some(format!("is found, and listed as equivalent: {codes:?}")),
        Fate::Warned(_) | Fate::Equivalent => {
            (!verdict.holds_in_every_order()).then(|| "the reduced exploration misses a bad end".to_owned())
        }
    }
}

/// Each file declares in its heading what is found in it.
#[test]
fn known_mistakes_are_found() {
    let mut wrong = Vec::new();
    for path in files("recall/known") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let expected = text.lines().find_map(|line| line.strip_prefix("# expect:")).expect("what is found");
        let found = Verdict::of(&text).codes();
        if found != expected.trim() {
            wrong.push(format!("{}: found {found}", stem(&path)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
