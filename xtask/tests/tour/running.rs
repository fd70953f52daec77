//! The whole saga, running in one process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::bounded::{end_of, find};
use crate::checkout::Checkout;

/// How long it may take to start. It is compiled by then.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long an order may take, and stopping.
const LIMIT: Duration = Duration::from_secs(20);
/// The last line that it prints when everything is ready.
const READY: &str = "Press Ctrl-C to stop.";

/// What `cargo run` started. It ends with this value.
pub(crate) struct Running {
    child: Child,
    output: Output,
    /// Where each service listens.
    addresses: BTreeMap<String, String>,
}

type Output = Arc<Mutex<Vec<String>>>;

impl Running {
    /// Starts the saga on free ports, and waits until it is ready.
    pub(crate) fn start(checkout: &Checkout, services: &[&str]) -> Self {
        Self::start_with(checkout.cargo(&["run", "--quiet"]), services)
    }

    /// The same by a command that runs the saga.
    pub(crate) fn start_with(mut command: Command, services: &[&str]) -> Self {
        for service in services {
            command.env(format!("PORT_{}", service.to_uppercase()), "0");
        }
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.expect("cargo runs");
        let output = Output::default();
        keep(child.stdout.take(), &output);
        keep(child.stderr.take(), &output);
        let mut running = Self { child, output, addresses: BTreeMap::new() };
        running.wait_until_ready();
        let listening: Vec<&str> = running.addresses.keys().map(String::as_str).collect();
        let mut expected = services.to_vec();
        expected.sort_unstable();
        assert_eq!(listening, expected);
        running
    }

    /// `GET` from a service.
    pub(crate) fn get(&self, service: &str, path: &str) -> Value {
        let call = agent().get(self.url(service, path)).call();
        body(call.unwrap_or_else(|error| panic!("GET {path}: {error}")))
    }

    /// `POST` to a service.
    pub(crate) fn post(&self, service: &str, path: &str, content: &Value) -> Value {
        let request = agent().post(self.url(service, path)).header("content-type", "application/json");
        let call = request.send(content.to_string());
        body(call.unwrap_or_else(|error| panic!("POST {path}: {error}")))
    }

    /// The status and the body that a `POST` is answered with, whatever they are.
    pub(crate) fn try_post(&self, service: &str, path: &str, content: &Value) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(LIMIT))
            .build()
            .into();
        let request = agent.post(self.url(service, path)).header("content-type", "application/json");
        let response = request.send(content.to_string());
        let response = response.unwrap_or_else(|error| panic!("POST {path}: {error}"));
        (response.status().as_u16(), body(response))
    }

    /// Orders something and waits for the end of the order.
    pub(crate) fn order(&self, order: &Value) -> Value {
        let posted = self.post("order", "/orders", order);
        assert_eq!(posted["status"], "PENDING");
        let path = format!("/orders/{}", posted["id"]);
        self.wait_for(&format!("the end of {posted}"), || {
            let order = self.get("order", &path);
            (order["status"] != "PENDING").then_some(order)
        })
    }

    /// Waits until `probe` finds what is called `what`.
    pub(crate) fn wait_for<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        find(LIMIT, probe).unwrap_or_else(|| panic!("{what}: not within {LIMIT:?}"))
    }

    /// Stops it as Ctrl-C does.
    pub(crate) fn stop(mut self) {
        // cargo has become the program it runs.
        let pid = i32::try_from(self.child.id()).expect("a pid");
        signal::kill(Pid::from_raw(pid), Signal::SIGINT).expect("it is running");
        let status = end_of(&mut self.child, LIMIT).expect("it stops when it is told to");
        assert!(status.success(), "{status}");
    }

    fn url(&self, service: &str, path: &str) -> String {
        format!("{}{path}", self.addresses[service])
    }

    fn wait_until_ready(&mut self) {
        let ready = find(START_LIMIT, || {
            let ready = self.output().iter().any(|line| line == READY);
            (ready || self.child.try_wait().expect("it is ours").is_some()).then_some(ready)
        });
        assert_eq!(ready, Some(true), "the saga does not start");
        for line in self.output() {
            let mut words = line.split_whitespace();
            if let (Some(service), Some(url)) = (words.next(), words.next())
                && url.starts_with("http://")
            {
                self.addresses.insert(service.to_owned(), url.to_owned());
            }
        }
    }

    fn output(&self) -> Vec<String> {
        self.output.lock().expect("nobody fails while writing").clone()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // An error is that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("the saga said:\n{}", self.output().join("\n"));
        }
    }
}

/// An order of one piece.
pub(crate) fn piece(price: i64) -> Value {
    json!({ "userId": 1, "productId": 1, "quantity": 1, "price": price, "address": "Seoul" })
}

fn keep(pipe: Option<impl Read + Send + 'static>, output: &Output) {
    let (pipe, output) = (pipe.expect("it is piped"), Arc::clone(output));
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            output.lock().expect("nobody fails while writing").push(line);
        }
    });
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().timeout_global(Some(LIMIT)).build().into()
}

fn body(mut response: ureq::http::Response<ureq::Body>) -> Value {
    let text = response.body_mut().read_to_string().expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
