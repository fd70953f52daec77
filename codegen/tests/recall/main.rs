//! The checks find what they must, and nothing else: every single mutation of
//! the accepted files is found, or is known to break nothing.
//!
//! `cargo test --test recall -- --nocapture` prints the table, and
//! `UPDATE_EXPECT=1` writes it into `docs/proof.md`.
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod equivalent;
mod helps;
mod kind;
mod mutate;
mod table;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use equivalent::Equivalents;
use helps::Edit;
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

type Ends = BTreeSet<BTreeMap<String, String>>;

/// A mutant is repaired by what its findings say to write.
#[test]
fn a_help_that_is_a_text_to_write_restores_the_file() {
    let (mut wrong, mut repaired) = (Vec::new(), BTreeMap::new());
    for path in files("accepted") {
        let original = std::fs::read_to_string(&path).expect("the file can be read");
        let ends = Verdict::of(&original).ends();
        for mutant in mutants(&original) {
            let name = format!("{}: {}", stem(&path), mutant.name);
            match repair(&mutant.text, &ends) {
                Ok(None) => {}
                Ok(Some(form)) => *repaired.entry(form).or_insert(0) += 1,
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
    }
    println!("repaired by the help of: {repaired:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let tried: usize = repaired.values().sum();
    assert!(tried >= 130, "only {tried} mutants have a help that is a text to write");
}

/// Applies helps until nothing is found: the first one that is a text to write, again
/// and again. None, if there is no such help at some point.
fn repair(mutant: &str, ends: &Ends) -> Result<Option<String>, String> {
    let mut spec: serde_yaml::Value = serde_yaml::from_str(mutant).expect("a mutant is YAML");
    let mut verdict = Verdict::of(mutant);
    let mut said: Vec<String> = Vec::new();
    while !verdict.is_clean() {
        let helps = verdict.found.iter().flat_map(|found| found.help.iter().map(move |help| (found, help)));
        let first = helps.into_iter().find_map(|(found, help)| Some((found, help, Edit::of(found, help)?)));
        let Some((found, help, edit)) = first else { return Ok(None) };
        let (code, message) = (found.code, found.message.clone());
        said.push(format!("{code} {help}"));
        if said.len() > 4 {
            return Err(format!("is not clean after {said:#?}"));
        }
        edit.apply(&mut spec);
        let text = serde_yaml::to_string(&spec).expect("a value is YAML");
        let next = Verdict::of(&text);
        let new: Vec<&&str> = next.errors.difference(&verdict.errors).collect();
        if !new.is_empty() || next.found.iter().any(|it| it.code == code && it.message == message) {
            return Err(format!("{said:#?} leads to {}", next.codes()));
        }
        verdict = next;
    }
    let Some(first) = said.first() else { return Ok(None) };
    // A mutant without the statuses of an entity has none to end in.
    let now = verdict.ends();
    let named: BTreeSet<&String> = now.iter().flat_map(BTreeMap::keys).collect();
    let left = |end: &BTreeMap<String, String>| {
        end.iter()
            .filter(|(name, _)| named.contains(name))
            .map(|(name, to)| (name.clone(), to.clone()))
            .collect()
    };
    let before: Ends = ends.iter().map(left).collect();
    match now == before {
        true => Ok(Some(first.split(' ').next().unwrap_or_default().to_owned())),
        false => Err(format!("{said:#?} leads to other ends: {now:#?} for {before:#?}")),
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
