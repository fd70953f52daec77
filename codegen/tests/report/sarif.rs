//! `check --format sarif` is SARIF 2.1.0: the part of it that is used.

use std::path::Path;

use crate::support::findings;
use saga_cli::diagnostic::{Code, sarif};
use saga_cli::source::Source;
use serde_json::Value;

use crate::schema::faults;
use crate::support::{printed, with_a_run};

fn log(found: &saga_cli::diagnostic::Diagnostics, source: &Source) -> Value {
    serde_json::from_str(&sarif(found, source)).expect("it is JSON")
}

#[test]
fn everything_printed_is_as_the_standard_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/sarif.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("it is JSON");
    for (name, value) in printed(sarif) {
        assert_eq!(faults(&schema, &value), Vec::<String>::new(), "{name}");
        let run = &value["runs"][0];
        for result in run["results"].as_array().expect("a list") {
            let index = result["ruleIndex"].as_u64().expect("a number") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"], "{name}");
        }
    }
}

#[test]
fn a_result_names_its_rule_its_place_and_the_way_out() {
    let text = Code::NeverPublished.page();
    let example = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block");
    let source = Source::new("flows/saga.yaml", example);
    let run = log(&findings(&source), &source)["runs"][0].take();
    let results = run["results"].as_array().expect("a list");
    let result = results.iter().find(|it| it["ruleId"] == "SG0301").expect("it is found");
    let expected = serde_json::json!({
        "ruleId": "SG0301",
        "ruleIndex": 0,
        "level": "error",
        "message": { "text": "`pick-order` waits for `OrderPaid`, which no step publishes: never arrives\nhelp: let a step emit it, `emits: OrderPaid`, or declare the event `external: publishes`" },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": "flows/saga.yaml" },
            "region": { "startLine": 16, "startColumn": 40, "endLine": 16, "endColumn": 49 },
        }}],
        "relatedLocations": [{
            "id": 1,
            "message": { "text": "declared here" },
            "physicalLocation": {
                "artifactLocation": { "uri": "flows/saga.yaml" },
                "region": { "startLine": 5, "startColumn": 3, "endLine": 5, "endColumn": 12 },
            },
        }],
    });
    assert_eq!(result, &expected);
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["help"]["markdown"], Code::NeverPublished.page());
}

#[test]
fn a_run_is_reported_in_the_message() {
    let source = Source::new("saga.yaml", "saga: booking\n");
    let log = log(&with_a_run(), &source);
    let text = log["runs"][0]["results"][0]["message"]["text"].as_str().expect("a text");
    assert!(text.contains("\n2. seats: SeatAsked → SeatTaken.failure; Booking ASKED\n"), "{text}");
}
