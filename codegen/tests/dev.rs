//! `cargo saga dev` and `cargo saga up` in a project outside of this repository. Ignored in an ordinary `cargo test`, because it builds the
//! runtime; `cargo xtask test` runs it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// The first build on a new machine takes minutes.
const BUILD: Duration = Duration::from_secs(15 * 60);
const PATIENCE: Duration = Duration::from_secs(60);

/// A project in a folder of its own, always the same, so that what was built of others for it is found again.
struct Project {
    folder: PathBuf,
}

/// A running command, and what it says.
struct Running {
    child: Child,
    lines: Receiver<String>,
    /// All that was said, for a failure.
    said: String,
}

impl Project {
    fn begin() -> Self {
        let above = env::temp_dir().join("saga-dev-outside");
        // What an earlier test left when it failed.
        let _ = fs::remove_dir_all(&above);
        fs::create_dir_all(&above).expect("a folder");
        let folder = above.join("food-order");
        let runtime = format!("path={}", repository().display());
        let begun = saga(&["init", "--runtime", &runtime]).arg(&folder).output().expect("saga runs");
        assert!(begun.status.success(), "{begun:?}");
        Self { folder }
    }

    /// Runs a command in it.
    fn run(&self, mut command: Command) -> Running {
        let mut child = command
            .current_dir(&self.folder)
            .envs(["PORT", "PORT_ORDER", "PORT_STOCK"].map(|name| (name, "0")))
            .env("HOST", "127.0.0.1")
            .env("XDG_RUNTIME_DIR", self.state())
            // With the examples: they share what others wrote, in the same profile.
            .env("CARGO_TARGET_DIR", repository().join("target/examples"))
            .env("CFLAGS", "-g0")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env_remove("KAFKA_BROKERS")
            .env_remove("DATABASE_URL")
            .process_group(0)
            .spawn()
            .expect("it runs");
        let (told, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("piped")), Box::new(child.stderr.take().expect("piped"))];
        for stream in streams {
            let told = told.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = told.send(line);
                }
            });
        }
        Running { child, lines, said: String::new() }
    }

    /// A folder for state files.
    fn state(&self) -> PathBuf {
        let state = self.folder.with_file_name("state");
        fs::create_dir_all(&state).expect("a folder");
        state
    }

    /// Nothing of what ran in it is left.
    fn end(self) {
        let left = || fs::read_dir(self.state().join("saga-servers")).expect("a folder").count();
        let deadline = Instant::now() + PATIENCE;
        while left() > 0 {
            assert!(Instant::now() < deadline, "something is left");
            thread::sleep(Duration::from_millis(100));
        }
        fs::remove_dir_all(self.folder.parent().expect("a folder")).expect("the folder goes again");
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.folder.join(file);
        let text = fs::read_to_string(&path).expect("the file");
        assert!(text.contains(from), "{file}: {text}");
        fs::write(&path, text.replace(from, to)).expect("edited");
    }
}

impl Running {
    /// Waits for a line that holds a text.
    fn line(&mut self, text: &str, limit: Duration) -> String {
        let deadline = Instant::now() + limit;
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(text) {
                return line;
            }
        }
        panic!("not said within {limit:?}: {text}\n{}", self.said);
    }

    /// Waits until the saga has started: the address of the orders.
    fn address(&mut self, limit: Duration) -> String {
        let line = self.line("POST /orders", limit);
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        address.expect("an address").to_owned()
    }

    /// Waits until a service has started: its address.
    fn listening(&mut self, limit: Duration) -> String {
        let line = self.line("listening", limit);
        let address = line.split("address=").nth(1).and_then(|rest| rest.split_whitespace().next());
        address.expect("an address").to_owned()
    }

    /// Ctrl-C, as a terminal gives it to all that runs there.
    fn end(mut self) {
        let group = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        killpg(group, Signal::SIGINT).expect("it is running");
        let status = self.child.wait().expect("it ended");
        assert!(status.success(), "{status}: {}", self.said);
    }
}

#[test]
#[ignore = "builds the runtime"]
#[expect(clippy::print_stdout, reason = "a measurement")]
fn what_changes_is_run_and_what_is_broken_stops_nothing() {
    let project = Project::begin();
    let mut dev = project.run(saga(&["dev"]));
    let first = dev.address(BUILD);
    assert_eq!(order(&first, 2), "CONFIRMED");

    // A handler that does not compile.
    let stock = "handlers/stock/src/lib.rs";
    project.edit(stock, "order.quantity < 1", "order.quantity < one");
    dev.line("cannot find value `one`", BUILD);
    dev.line("the build failed; the saga from before this change goes on running", BUILD);
    assert_eq!(order(&first, 2), "CONFIRMED");

    // A decision that is another one.
    let begun = Instant::now();
    project.edit(stock, "order.quantity < one", "order.quantity != 1");
    let second = dev.address(BUILD);
    println!("an edited handler is served again after {:.1} s", begun.elapsed().as_secs_f32());
    assert_eq!(order(&second, 2), "CANCELLED");
    assert!(TcpStream::connect(&first).is_err() || first == second, "the old one is still there");

    // A file that is refused.
    project.edit("saga.yaml", "on: OrderPlaced,", "on: OrderGone,");
    dev.line("error[SG", PATIENCE);
    dev.line("saga.yaml is refused; the saga from before this change goes on running", PATIENCE);
    assert_eq!(order(&second, 1), "CONFIRMED");

    // A change of the file, through all stages.
    project.edit("saga.yaml", "on: OrderGone,", "on: OrderPlaced,");
    project.edit("saga.yaml", "CONFIRMED", "ACCEPTED");
    let third = dev.address(BUILD);
    assert_eq!(order(&third, 1), "ACCEPTED");

    dev.end();
    assert!(TcpStream::connect(&third).is_err(), "the saga is still there");

    // Killed, it can end nothing itself.
    let mut dev = project.run(saga(&["dev"]));
    let fourth = dev.address(BUILD);
    dev.child.kill().expect("it is running");
    dev.child.wait().expect("it ended");
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(&fourth).is_ok() {
        assert!(Instant::now() < deadline, "the saga is still there");
        thread::sleep(Duration::from_millis(100));
    }
    project.end();
}

#[test]
#[ignore = "builds the runtime, and starts real servers"]
fn the_printed_commands_run_the_services_on_real_servers() {
    let project = Project::begin();
    // The jars of this repository.
    let jars = repository().join("target/kafka");
    fs::create_dir_all(&jars).expect("a folder");
    fs::create_dir_all(project.folder.join("target")).expect("a folder");
    symlink(jars, project.folder.join("target/kafka")).expect("a link");
    let mut up = project.run(saga(&["up"]));
    up.line("Ctrl-C, or `cargo saga down`", BUILD);

    // A command has three lines, indented.
    let printed: Vec<&str> = up.said.lines().filter(|line| line.starts_with("  ")).collect();
    assert_eq!(printed.len(), 6, "{}", up.said);
    let mut services: Vec<Running> = Vec::new();
    for lines in printed.chunks(3) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("exec env {}", lines.join("\n"))]);
        services.push(project.run(shell));
    }
    let addresses: Vec<String> = services.iter_mut().map(|service| service.listening(BUILD)).collect();
    addresses.iter().for_each(|address| ready(address));
    assert_eq!(order(&addresses[0], 2), "CONFIRMED");
    assert_eq!(order(&addresses[0], 20), "CANCELLED");

    services.into_iter().for_each(Running::end);
    up.end();
    project.end();
}

/// Waits until a service has joined its group.
fn ready(address: &str) {
    let deadline = Instant::now() + PATIENCE;
    while !answer(address, "GET /readyz", "").starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < deadline, "it is not ready");
        thread::sleep(Duration::from_millis(100));
    }
}

/// Places an order, and waits for its end.
fn order(address: &str, quantity: i32) -> String {
    let placed = http(address, "POST /orders", &json!({ "item": "chair", "quantity": quantity }).to_string());
    let path = format!("GET /orders/{}", placed["id"]);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = http(address, &path, "")["status"].as_str().expect("a status").to_owned();
        if status != "PENDING" {
            return status;
        }
        assert!(Instant::now() < deadline, "the order does not end");
        thread::sleep(Duration::from_millis(50));
    }
}

/// What is answered to a request.
fn http(address: &str, request: &str, body: &str) -> Value {
    let answer = answer(address, request, body);
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn answer(address: &str, request: &str, body: &str) -> String {
    let mut connection = TcpStream::connect(address).expect("it is served");
    let length = body.len();
    write!(
        connection,
        "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .expect("asked");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("answered");
    answer
}

fn saga(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
    command.args(arguments);
    command
}

/// The folder of this repository.
fn repository() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("this repository")
}
