//! Broken specifications beside the text that is printed for them. Run with
//! `UPDATE_EXPECT=1` to update the texts, and review the diff.

use std::path::{Path, PathBuf};

use saga_cli::accepted::not_generated;
use saga_cli::diagnostic::{Code, Diagnostics, Style, render};
use saga_cli::pipeline::examine;
use saga_cli::prove::Examined;
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;

/// What is found in a file: by the checks, and if they are content, by
/// `generate`.
fn findings(source: &Source) -> Diagnostics {
    let Examined { proved, mut found } = examine(source, Limits::default());
    if let Some(proved) = proved {
        found.append(not_generated(&proved.resolved));
    }
    found
}

fn rendered(path: &Path, text: String) -> String {
    let name = path.file_name().expect("a file has a name");
    let source = Source::new(name, text);
    render(&findings(&source), &source, Style::PLAIN)
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be read").path());
    let mut files: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|it| it == "yaml")).collect();
    files.sort();
    files
}

#[test]
fn every_broken_file_is_explained_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut wrong = Vec::new();
    for path in files("diagnostics") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let found = rendered(&path, text);
        let expected = path.with_extension("txt");
        if update {
            std::fs::write(&expected, &found).expect("the text can be written");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE_EXPECT=1 if this is right:\n{}", wrong.join("\n"));
}

#[test]
fn every_finding_says_what_was_expected_and_what_to_write() {
    for path in files("diagnostics") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        for found in findings(&Source::new("saga.yaml", text)).sorted() {
            assert!(!found.label.is_empty(), "{}: {found:?}", path.display());
            assert!(!found.help.is_empty(), "{}: {found:?}", path.display());
        }
    }
}

#[test]
fn every_accepted_file_is_clean() {
    for path in files("accepted") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let source = Source::new(&path, text);
        let found = examine(&source, Limits::default()).found;
        assert!(found.is_empty(), "{}", render(&found, &source, Style::PLAIN));
    }
}

#[test]
fn the_shipped_file_is_generated_whole() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../saga.yaml");
    let source = Source::read(&path).expect("the shipped file is there");
    let Examined { proved, found } = examine(&source, Limits::default());
    assert!(found.is_empty(), "{}", render(&found, &source, Style::PLAIN));
    assert!(not_generated(&proved.expect("it has no errors").resolved).is_empty());
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_no_place() {
    for path in files("diagnostics") {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        let unix = rendered(&path, text.clone());
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(rendered(&path, windows), unix, "{}", path.display());
    }
}

#[test]
fn a_file_of_two_megabytes_is_not_read() {
    let line = "# a comment that goes on and on\n";
    let text = line.repeat((2 << 20) / line.len() + 1);
    let shown = rendered(Path::new("saga.yaml"), text);
    assert!(shown.starts_with("error[SG0109]"), "{shown}");
    assert!(shown.len() < 1_000, "{} bytes", shown.len());
}

#[test]
fn thousands_of_findings_are_rendered_in_good_time() {
    let head = "saga: order\ncorrelation: orderId\nevents:\n";
    let events = (0..9_000).map(|at| format!("  Event{at}: {{ fields: {{ orderId: int }} }}\n"));
    let text = head.to_owned() + &events.collect::<String>() + "services: {}\n";
    let started = std::time::Instant::now();
    let shown = rendered(Path::new("saga.yaml"), text);
    assert!(shown.matches("error[SG0204]").count() >= 9_000);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn columns_count_characters() {
    let text = "saga: order\ncorrelation: orderId\nnamespace: \"서울 시\" \nevents: {}\nservices: {}\ntypes: { 서울: { a: int } }\n";
    let shown = rendered(Path::new("saga.yaml"), text.to_owned());
    assert!(shown.contains("saga.yaml:3:12"), "{shown}");
    assert!(shown.contains("saga.yaml:6:10"), "{shown}");
    assert!(shown.contains("saga.yaml:6:19"), "{shown}");
}

/// The list of `check` is a copy, so that the generator builds without the file.
#[test]
fn every_package_in_the_lock_file_is_a_name_that_is_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = std::fs::read_to_string(folder.join("../Cargo.lock")).expect("the lock file");
    let foreign = lock.split("[[package]]").filter(|package| package.contains("\nsource = "));
    let name = |package: &str| Some(package.split_once("name = \"")?.1.split_once('"')?.0.to_owned());
    let mut names: Vec<String> = foreign.map(|package| name(package).expect("a name")).collect();
    names.dedup();
    let (path, text) = (folder.join("src/check/packages.txt"), names.join("\n") + "\n");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("the list can be written");
    }
    let listed = std::fs::read_to_string(&path).expect("the list");
    let missing: Vec<&String> =
        names.iter().filter(|name| !listed.lines().any(|line| line == *name)).collect();
    assert!(missing.is_empty(), "run with UPDATE_EXPECT=1: {missing:?}");
}

#[test]
fn a_rule_is_found_by_its_number() {
    for code in Code::ALL {
        assert_eq!(Code::from_number(&code.number().to_lowercase()), Some(*code));
    }
    assert_eq!(Code::from_number("SG9999"), None);
}
