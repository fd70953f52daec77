//! `check --format json` keeps what `docs/check-json.md` promises.

use std::path::{Path, PathBuf};

use crate::support::findings;
use saga_cli::diagnostic::{Style, json, render};
use saga_cli::source::Source;
use serde_json::Value;

use crate::schema::faults;
use crate::support::{Expected, blocks, printed, with_a_run};

fn docs(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
}

fn schema() -> Value {
    let text = std::fs::read_to_string(docs("check-json.schema.json")).expect("the schema is there");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn everything_printed_is_as_the_schema_says() {
    let schema = schema();
    let all = printed(json);
    assert!(all.len() > 40, "{} files", all.len());
    for (name, value) in all {
        assert_eq!(faults(&schema, &value), Vec::<String>::new(), "{name}");
    }
}

/// The page shows a file and what is printed for it.
#[test]
fn the_page_shows_what_is_printed() {
    let path = docs("check-json.md");
    let page = std::fs::read_to_string(&path).expect("the page is there");
    let blocks = blocks(&page);
    let of = |kind: &str| blocks.iter().find(|block| block.kind == kind).expect("the block is there");
    let source = Source::new("saga.yaml", of("yaml").text);
    let mut expected = Expected::default();
    expected.file(&path, &of("json").replaced(&page, &json(&findings(&source), &source)));
    expected.done();
}

#[test]
fn places_count_characters_and_bytes_and_end_behind_the_text() {
    let text = "saga: order\ncorrelation: orderId\nevents: {}\nservices: {}\ntypes: { 서울: { a: int } }\n";
    for (before, shift) in [("", 0), ("\u{feff}", 0), ("# 서울\r\n", "# 서울\r\n".len())] {
        let source = Source::new("saga.yaml", format!("{before}{text}"));
        let printed: Value = serde_json::from_str(&json(&findings(&source), &source)).expect("it is JSON");
        let found = printed["findings"].as_array().expect("a list");
        let found = found.iter().find(|found| found["code"] == "SG0204").expect("there is no type `int`");
        let (start, end) = (&found["at"]["start"], &found["at"]["end"]);
        let line = if shift == 0 { 5 } else { 6 };
        assert_eq!((&start["line"], &start["column"]), (&line.into(), &19.into()), "{start}");
        assert_eq!((&end["line"], &end["column"]), (&line.into(), &22.into()), "{end}");
        let offset = shift + text.find("int").expect("it is there");
        assert_eq!((&start["offset"], &end["offset"]), (&offset.into(), &(offset + 3).into()));
    }
}

#[test]
fn a_run_is_reported_step_by_step() {
    let source = Source::new("saga.yaml", "saga: booking\n");
    let printed: Value = serde_json::from_str(&json(&with_a_run(), &source)).expect("it is JSON");
    let last = &printed["findings"][0]["run"][2];
    let expected = serde_json::json!({
        "service": "bookings",
        "message": "SeatTaken.failure",
        "outcome": "REFUSED",
        "after": [{ "entity": "Booking", "status": "REFUSED" }],
    });
    assert_eq!(last, &expected);
    assert_eq!(
        render(&with_a_run(), &source, Style::PLAIN),
        "\
error[SG0302]: a message
 --> saga.yaml:1:7
  |
1 | saga: booking
  |       ^^^^^^^ a label
  |
  = note: a run that shows it:
            1. bookings: ask-seat → SeatAsked; Booking ASKED
            2. seats: SeatAsked → SeatTaken.failure; Booking ASKED
            3. bookings: SeatTaken.failure → REFUSED; Booking REFUSED
  = help: a way out

"
    );
}
