//! The tour of `docs/travel.md`: every outcome of a trip, on the embedded default and with the gateway of the example.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use testbed::cargo::cargo;
use testbed::repo;

use crate::bounded;
use crate::running::Running;

const PAGE: &str = "docs/travel.md";
const SERVICES: [&str; 5] = ["booking", "flight", "hotel", "car", "payment"];
/// How long the first build on a new machine may take.
const BUILD_LIMIT: Duration = Duration::from_secs(15 * 60);

/// The trips of the tour: flight, hotel, car, card, and how each ends.
const TRIPS: [(&str, [&str; 4], &str); 8] = [
    ("booked", ["KE123", "Grand", "compact", "visa"], "CONFIRMED"),
    ("card refused", ["KE123", "Grand", "compact", "declined"], "CANCELLED"),
    ("car not free", ["KE123", "Grand", "limousine", "visa"], "CANCELLED"),
    ("hotel full", ["KE123", "Full", "compact", "visa"], "CANCELLED"),
    ("last seat", ["KE999", "Grand", "compact", "visa"], "CONFIRMED"),
    ("no seat left", ["KE999", "Grand", "compact", "visa"], "CANCELLED"),
    ("slow gateway", ["KE123", "Grand", "van", "slow"], "CONFIRMED"),
    ("silent gateway", ["KE123", "Grand", "van", "silent"], "CANCELLED"),
];

#[test]
fn the_page_shows_the_trips_that_are_walked_here() {
    let page = fs::read_to_string(repo::root().join(PAGE)).expect("there is one");
    for (what, trip, end) in TRIPS {
        let body = body(trip).to_string();
        assert!(page.contains(&body), "{PAGE} does not show {what}: {body}");
        assert!(page.contains(end), "{PAGE} does not show {end}");
    }
}

#[test]
#[ignore = "builds examples/travel"]
fn every_outcome_of_a_trip() {
    let example = |arguments: &[&str]| {
        let mut command = cargo();
        command
            .args(arguments)
            .current_dir(repo::root().join("examples/travel"))
            .env_remove("CARGO_TARGET_DIR");
        command
    };
    // As they are run: cargo builds some packages in another way if it builds others with them.
    for program in [&["build"][..], &["build", "--package", "gateway"]] {
        bounded::run(example(program), BUILD_LIMIT).expect_success();
    }
    let gateway = Gateway::start(example(&["run", "--quiet", "--package", "gateway"]));
    let mut local = example(&["run", "--quiet"]);
    local.env("GATEWAY_URL", &gateway.url);
    let saga = Running::start_with(local, &SERVICES);

    let mut ids = Vec::new();
    for (what, trip, end) in TRIPS {
        let (id, ended) = book(&saga, trip);
        assert_eq!(ended["status"], end, "{what}");
        ids.push(id);
    }
    what_is_left(&saga);
    what_was_charged(&gateway, &ids);
    a_cancel_that_comes_too_late(&saga);
    let (status, problem) = saga.try_post("booking", "/trips", &json!({ "flight": "KE123" }));
    assert_eq!(status, 400, "{problem}");
    saga.stop();
}

fn body([flight, hotel, car, card]: [&str; 4]) -> Value {
    json!({ "flight": flight, "hotel": hotel, "car": car, "card": card, "price": "420.00" })
}

/// Books a trip, and waits for its end.
fn book(saga: &Running, trip: [&str; 4]) -> (String, Value) {
    let posted = saga.post("booking", "/trips", &body(trip));
    assert_eq!(posted["status"], "PENDING");
    let id = posted["id"].as_str().expect("a uuid").to_owned();
    (id.clone(), end_of(saga, &id))
}

fn end_of(saga: &Running, id: &str) -> Value {
    saga.wait_for(&format!("the end of {id}"), || {
        let trip = saga.get("booking", &format!("/trips/{id}"));
        ["CONFIRMED", "CANCELLED"].iter().any(|end| trip["status"] == *end).then_some(trip)
    })
}

/// Two of the trips on KE123 and one on KE999 took place. What others had taken is given back, a moment after their end.
fn what_is_left(saga: &Running) {
    saga.wait_for("the seats and rooms of cancelled trips", || {
        let seats = |flight| saga.get("flight", &format!("/flights/{flight}"))["seats"].as_i64();
        let rooms = saga.get("hotel", "/hotels/Grand")["rooms"].as_i64();
        (seats("KE123") == Some(178) && seats("KE999") == Some(0) && rooms == Some(97)).then_some(())
    });
    saga.wait_for("the cars of cancelled trips", || {
        let rentals = saga.get("car", "/rentals");
        let count =
            |status| rentals.as_array().map(|all| all.iter().filter(|one| one["status"] == status).count());
        (count("RENTED") == Some(3) && count("HELD") == Some(0)).then_some(())
    });
}

/// The slow charge was asked for twice and made once; the silent one was made, and voided with the same key.
fn what_was_charged(gateway: &Gateway, ids: &[String]) {
    let charge = |trip: &str| {
        let charges = gateway.charges();
        charges.as_array().expect("a list").iter().find(|charge| charge["reference"] == trip).cloned()
    };
    let expect = |id: &String, status: &str, attempts: u64, charges: u64| {
        let found =
            bounded::find(Duration::from_secs(10), || charge(id).filter(|found| found["status"] == status));
        let found = found.unwrap_or_else(|| panic!("{id} is not {status}: {:?}", charge(id)));
        assert_eq!((&found["attempts"], &found["charges"]), (&json!(attempts), &json!(charges)), "{found}");
    };
    expect(&ids[0], "charged", 1, 1);
    expect(&ids[1], "refused", 1, 0);
    assert_eq!(charge(&ids[2]), None);
    expect(&ids[6], "charged", 2, 1);
    expect(&ids[7], "voided", 3, 1);
}

/// Once the call has begun, its answer decides.
fn a_cancel_that_comes_too_late(saga: &Running) {
    let posted = saga.post("booking", "/trips", &body(["KE123", "Grand", "van", "slow"]));
    let id = posted["id"].as_str().expect("a uuid");
    saga.wait_for("the call", || (saga.get("flight", "/flights/KE123")["seats"] == 177).then_some(()));
    std::thread::sleep(Duration::from_millis(500));
    let cancel = format!("/trips/{id}/cancel");
    let (status, trip) = saga.try_post("booking", &cancel, &json!({}));
    assert_eq!((status, &trip["status"]), (200, &json!("CANCELLING")));
    assert_eq!(end_of(saga, id)["status"], "CONFIRMED");
    let (status, problem) = saga.try_post("booking", &cancel, &json!({}));
    assert_eq!(status, 409, "{problem}");
}

/// The gateway, on a port of its own. It ends with this value.
struct Gateway {
    child: Child,
    url: String,
}

impl Gateway {
    fn start(mut command: Command) -> Self {
        command.env("GATEWAY_ADDRESS", "127.0.0.1:0").stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("cargo runs");
        let said = BufReader::new(child.stderr.take().expect("it is piped")).lines().next();
        let said = said.expect("a line").expect("text");
        let (_, address) = said.split_once("address=").unwrap_or_else(|| panic!("{said}"));
        Self { child, url: format!("http://{address}") }
    }

    fn charges(&self) -> Value {
        let mut response = ureq::get(format!("{}/charges", self.url)).call().expect("an answer");
        serde_json::from_str(&response.body_mut().read_to_string().expect("text")).expect("JSON")
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // An error is that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
