//! No file, however damaged, makes the checks panic, hang, or contradict
//! themselves.

use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use saga_cli::accepted::not_generated;
use saga_cli::diagnostic::{Style, json, render, sarif};
use saga_cli::pipeline::examine;
use saga_cli::prove::Examined;
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;

fn accepted() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepted");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("the file can be read")).collect()
}

/// Reads, checks and renders in every form, as `cargo saga check` does.
fn run(text: &str) -> String {
    let source = Source::new("saga.yaml", text);
    let Examined { proved, found } = examine(&source, Limits::default());
    assert!(proved.is_some() || found.has_errors());
    let refused = proved.map(|proved| not_generated(&proved.resolved));
    json(&found, &source);
    sarif(&found, &source);
    render(&found, &source, Style::PLAIN) + &format!("{refused:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_bytes_are_survived(
        file in any::<usize>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..8),
    ) {
        let files = accepted();
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
        let files = accepted();
        let text = String::from_utf8_lossy(&files[file % files.len()]).into_owned();
        let mut lines: Vec<&str> = text.lines().collect();
        for (from, to, how) in moves {
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match how {
                0 => lines.swap(from, to),
                1 => lines.insert(to, lines[from]),
                _ => drop(lines.remove(from)),
            }
        }
        run(&lines.join("\n"));
    }

    #[test]
    fn words_that_change_places_are_survived(
        file in any::<usize>(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let files = accepted();
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
}

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
        let started = Instant::now();
        run(&text);
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", started.elapsed());
    }
}
