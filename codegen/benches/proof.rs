//! How much time and memory proofs take: `cargo bench --bench proof`. Each is
//! measured in a process of its own.
#![expect(clippy::print_stdout, reason = "it prints what proofs cost")]

mod inputs;

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use saga_cli::diagnostic::Code;
use saga_cli::emit::emit;
use saga_cli::lower::lower;
use saga_cli::pipeline::{Terms, accept, examine};
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;
use saga_cli::workspace::Workspace;

/// The cases: the name of each, and its limit.
const CASES: [(&str, &str); 6] = [
    ("the shipped saga", "50 ms"),
    ("the travel saga", "1 s, 200 MB"),
    ("five parallel bookings", "30 s"),
    ("ten parallel bookings", "explored, or rejected with the reason"),
    ("a chain of 200 services", "5 s"),
    ("emitting 1 000 services, unproved", "1 s"),
];

fn main() {
    let case = std::env::args().find_map(|arg| arg.strip_prefix("case=").map(str::to_owned));
    match case {
        Some(case) => measure(&case),
        None => all(),
    }
}

fn all() {
    println!("| case | limit | time | memory | |\n|---|---|--:|--:|---|");
    for (case, held_to) in CASES {
        let program = std::env::current_exe().expect("this program has a path");
        let output = Command::new(program).arg(format!("case={case}")).output().expect("it starts");
        print!("| {case} | {held_to} | {}", String::from_utf8_lossy(&output.stdout));
    }
}

fn measure(case: &str) {
    let source = source(case);
    let started = Instant::now();
    let said = if case.starts_with("emitting") { emitted(&source) } else { proved(&source) };
    let took = started.elapsed();
    println!("{:.3} s | {} MB | {said} |", took.as_secs_f64(), peak_memory() / 1_000);
}

fn source(case: &str) -> Source {
    let file = |path: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        Source::read(&path).expect("the file is there")
    };
    match case {
        "the shipped saga" => file("../saga.yaml"),
        "the travel saga" => file("tests/accepted/travel.yaml"),
        "five parallel bookings" => Source::new("saga.yaml", inputs::branches(5)),
        "ten parallel bookings" => Source::new("saga.yaml", inputs::branches(10)),
        "a chain of 200 services" => Source::new("saga.yaml", inputs::chain(200, true)),
        _ => Source::new("saga.yaml", inputs::chain(1_000, false)),
    }
}

fn proved(source: &Source) -> String {
    let examined = examine(source, Limits::default());
    let found = examined.found.sorted();
    match (examined.exploration(), found.first()) {
        (Some(exploration), None) => format!("{} states", exploration.space.states()),
        (_, Some(found)) => format!("{}: {}", found.code, found.message),
        (None, None) => "nothing to prove".to_owned(),
    }
}

fn emitted(source: &Source) -> String {
    // Without the proof, which is measured by itself.
    let limits = Limits::up_to(Some(1));
    let verdict = accept(source, &Terms { certificate: "", allow: &[Code::TooManyStates], limits });
    let files = emit(&lower(&verdict.accepted.expect("there are no errors")), &Workspace::default());
    format!("{} files", files.current().count())
}

/// In kilobytes, as the kernel counts them; 0 where there is no such count.
fn peak_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
