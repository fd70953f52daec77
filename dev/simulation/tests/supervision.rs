//! A part of a service that panics ends the process, with its name and exit code 1. Each is tried in a process of
//! its own: this program, started once more as the whole saga on the embedded default.

use std::io::Read as _;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use delivery::DeliveryService;
use order::OrderService;
use product::ProductService;

/// Names the part that panics.
const VARIABLE: &str = "SAGA_PANIC";
/// How long it may take until the process has ended.
const SOON: Duration = Duration::from_secs(60);

/// The parts, and what the last line says of each.
const PARTS: [(&str, &str); 5] = [
    ("relay", "the relay died: it panicked"),
    ("request lane", "the request lane died: it panicked"),
    ("message lane", "the message lane died: it panicked"),
    ("consumer", "the message lane died: the consumer thread panicked"),
    ("watch on open rows", "the watch on open rows died: it panicked"),
];

fn main() -> ExitCode {
    if std::env::var_os(VARIABLE).is_some() {
        return saga_runtime::Local::new("order")
            .serve(OrderService::new(order_handlers::Handlers))
            .serve(ProductService::new(product_handlers::Handlers))
            .serve(DeliveryService::new(delivery_handlers::Handlers))
            .main();
    }
    for (part, expected) in PARTS {
        let (code, text) = end_of(part);
        let panicked = text.contains(&format!("panicked: {VARIABLE}={part}")) && text.contains("location=");
        let passed = code == Some(1) && panicked && text.contains(expected);
        println!("a {part} that panics ends the process: {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            println!("exit code {code:?}, expected `{expected}` in:\n{text}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The exit code of a saga in which `part` panics, and what it wrote; no code if it did not end.
fn end_of(part: &str) -> (Option<i32>, String) {
    let program = std::env::current_exe().expect("this program is a file");
    let mut command = Command::new(program);
    for port in ["PORT_ORDER", "PORT_PRODUCT", "PORT_DELIVERY"] {
        command.env(port, "0");
    }
    let mut saga = command
        .env(VARIABLE, part)
        .env("NO_COLOR", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program can be started");
    let mut stderr = saga.stderr.take().expect("it is piped");
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text);
        text
    });
    let began = Instant::now();
    let code = loop {
        if let Some(status) = saga.try_wait().expect("it is our child") {
            break status.code();
        }
        if began.elapsed() > SOON {
            saga.kill().expect("it is our child");
            break None;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    (code, reader.join().unwrap_or_default())
}
