//! No file, however damaged, makes the checks or the generator panic, hang, or
//! contradict themselves. `FUZZ_CASES=100000` damages more files than usual.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use saga_cli::diagnostic::{Style, json, render, sarif};
use saga_cli::emit::emit;
use saga_cli::lower::lower;
use saga_cli::pipeline::{Terms, accept, examine};
use saga_cli::prove::Examined;
use saga_cli::prove::explore::Limits;
use saga_cli::source::{Source, Span};
use saga_cli::workspace::Workspace;

/// Enough to be proved, and few enough for thousands of cases.
const LIMITS: Limits = Limits { states: 20_000, ..Limits::DEFAULT };

/// Every specification of the tests, good and broken.
fn files() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for inner in ["tests/accepted", "tests/diagnostics", "tests/golden", "../examples"] {
        find(&folder.join(inner), &mut paths);
    }
    paths.sort();
    assert!(paths.len() > 50, "{} files", paths.len());
    paths.iter().map(|path| std::fs::read(path).expect("the file can be read")).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() && !path.ends_with("expected") {
            find(&path, paths);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            paths.push(path);
        }
    }
}

fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("FUZZ_CASES").ok().map(|cases| cases.parse().expect("a number of cases"));
    ProptestConfig { cases: asked.unwrap_or(usual), failure_persistence: None, ..ProptestConfig::default() }
}

/// Reads, checks and renders in every form, as `cargo saga check` does, and
/// generates what is accepted.
fn run(text: &str) -> String {
    let started = Instant::now();
    let source = Source::new("saga.yaml", text);
    let examined = examine(&source, LIMITS);
    assert!(examined.without_errors().is_some() || examined.found.has_errors());
    let Examined { proved: _, found } = examined;
    for finding in found.sorted() {
        finding
            .others
            .iter()
            .map(|(span, _)| *span)
            .chain([finding.span])
            .for_each(|span| lies_in(&source, span));
    }
    json(&found, &source);
    sarif(&found, &source);
    let shown = render(&found, &source, Style::PLAIN);
    if found.has_errors() {
        return timed(&source, started, shown);
    }
    let verdict = accept(&source, &Terms { certificate: "", allow: &[], limits: LIMITS });
    assert!(verdict.accepted.is_some() || verdict.found.has_errors());
    if let Some(accepted) = verdict.accepted {
        emit(&lower(&accepted), &Workspace::default());
    }
    timed(&source, started, shown)
}

/// Fails if a file took much longer than its size allows, even on a busy machine.
fn timed(source: &Source, started: Instant, shown: String) -> String {
    let limit = Duration::from_secs(60) + Duration::from_micros(100) * source.text().len() as u32;
    assert!(started.elapsed() < limit, "{:?} for {} bytes", started.elapsed(), source.text().len());
    shown
}

/// A span covers characters of the file.
fn lies_in(source: &Source, span: Span) {
    let covered = source.text().get(span.start..span.end);
    assert!(covered.is_some(), "{span:?} of {} bytes", source.text().len());
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn damaged_bytes_are_survived(
        file in any::<usize>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..8),
    ) {
        let files = files();
        let mut bytes = files[file % files.len()].clone();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                _ => bytes[at] = b"{}[]:,.?&*!|>'\"#\n -"[usize::from(byte) % 19],
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        prop_assert_eq!(run(&text), run(&text));
    }

    #[test]
    fn lines_that_move_are_survived(
        file in any::<usize>(),
        moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0_u8..3), 1..6),
    ) {
        let files = files();
        let text = String::from_utf8_lossy(&files[file % files.len()]).into_owned();
        let mut lines: Vec<&str> = text.lines().collect();
        for (from, to, how) in moves {
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match how {
                0 => lines.swap(from, to),
                1 => lines.insert(to, lines[from]),
                _ if lines.len() > 1 => drop(lines.remove(from)),
                _ => {}
            }
        }
        run(&lines.join("\n"));
    }

    #[test]
    fn words_that_change_places_are_survived(
        file in any::<usize>(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let files = files();
        let text = String::from_utf8_lossy(&files[file % files.len()]).into_owned();
        let word = |character: char| character.is_alphanumeric() || "_-.".contains(character);
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let inside = rest.starts_with(word);
            let end = rest.find(|character| word(character) != inside).unwrap_or(rest.len());
            parts.push(&rest[..end]);
            rest = &rest[end..];
        }
        let words: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].starts_with(word)).collect();
        for (one, other) in swaps {
            parts.swap(words[one.index(words.len())], words[other.index(words.len())]);
        }
        run(&parts.concat());
    }

    #[test]
    fn values_written_in_other_ways_are_survived(
        file in any::<usize>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..OTHER_WAYS.len()), 1..6),
    ) {
        let files = files();
        let text = String::from_utf8_lossy(&files[file % files.len()]).into_owned();
        let word = |character: char| character.is_alphanumeric() || "_-.?/:".contains(character);
        let mut parts: Vec<String> = text.split_inclusive(|character| !word(character)).map(str::to_owned).collect();
        for (at, way) in changes {
            let at = at.index(parts.len());
            parts[at] = OTHER_WAYS[way](&parts[at]);
        }
        run(&parts.concat());
        run(&parts.concat().replace('\n', "\r\n"));
    }
}

/// The same value in another notation, or one that is hard to point at.
const OTHER_WAYS: [fn(&str) -> String; 9] = [
    |text| format!("\"{}\"{}", text.trim_end(), &text[text.trim_end().len()..]),
    |text| format!("'{}'{}", text.trim_end(), &text[text.trim_end().len()..]),
    |text| text.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect(),
    |text| format!("서울{text}"),
    |text| format!("{text}é?"),
    |text| format!("\"\\e[31m\\x00{}\" ", text.trim_end()),
    |text| format!("\t{text}"),
    |text| format!(">-\n          {text}"),
    |text| format!("POST /{text}👩‍🚀/:\u{202e}{text}"),
];

/// A chain of steps, about as large as a file may be.
fn long_chain(break_it: bool) -> String {
    let count = 4_500;
    let mut text = "saga: long\ncorrelation: orderId\nevents:\n".to_owned();
    for at in 0..count {
        text +=
            &format!("  Event{at}: {{ outcome: success, fields: {{ orderId: i32, note{at}: string? }} }}\n");
    }
    text += "services:\n  order:\n    entities: { Order: { key: i32, fields: {}, status: { start: A, done: B, failed: C } } }\n    subscriptions:\n";
    for at in 0..count {
        let name = if break_it { format!("Evnt{at}") } else { format!("Event{at}") };
        let next = (at + 1) % count;
        text += &format!("      step-{at}: {{ on: {name}, emits: Event{next} }}\n");
    }
    text
}

#[test]
fn a_large_file_is_checked_in_good_time() {
    for broken in [false, true] {
        let text = long_chain(broken);
        assert!(text.len() < 1 << 20, "{} bytes", text.len());
        run(&text);
    }
}

/// Steps that decide at the same service and in the same transaction.
fn choices_at_once(count: usize) -> String {
    let events =
        (0..count).map(|at| format!("  Done{at}: {{ outcome: success, fields: {{ orderId: i32 }} }}\n"));
    let steps = (0..count).map(|at| format!("      decide-{at}: {{ on: Asked, emits: Done{at} }}\n"));
    let hears = (0..count).map(|at| format!("      hear-{at}: {{ on: Done{at}.success, handler: call }}\n      miss-{at}: {{ on: Done{at}.failure, handler: call }}\n"));
    let order = "  order:\n    entities: { Order: { key: i32, fields: {}, status: { start: A, done: B, failed: C } } }\n    requests:\n      ask: { http: POST /orders, creates: Order, emits: Asked }\n    subscriptions:\n      finish: { on: Done0.success, entity: Order, to: B }\n      fail: { on: Done0.failure, entity: Order, to: C }\n";
    format!(
        "saga: wide\ncorrelation: orderId\nevents:\n  Asked: {{ fields: {{ orderId: i32 }} }}\n{}services:\n{order}{}  other:\n    subscriptions:\n{}",
        events.collect::<String>(),
        hears.collect::<String>(),
        steps.collect::<String>()
    )
}

#[test]
fn a_proof_that_would_not_end_gives_up() {
    let source = Source::new("saga.yaml", choices_at_once(48));
    let started = Instant::now();
    let gave_up = |limits| render(&examine(&source, limits).found, &source, Style::PLAIN);
    let shown = gave_up(LIMITS);
    assert!(shown.contains("[SG0410]") && shown.contains("gave up after 20001 states"), "{shown}");
    let shown = gave_up(Limits { proceed: |states| states < 2_000, ..Limits::DEFAULT });
    assert!(shown.contains("[SG0410]") && shown.contains("because it took too long"), "{shown}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
