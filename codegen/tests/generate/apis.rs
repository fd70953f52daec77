//! What others need of a saga is what the standards of its formats ask for.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use saga_cli::spec::SCHEMA;
use serde_json::{Value, json};

use crate::support::{cases, examples, generated, repository, shipped};

/// Every specification of the repository that is accepted.
fn specifications() -> Vec<(PathBuf, String)> {
    let accepted = fs::read_dir(repository().join("codegen/tests/accepted")).expect("a folder");
    let accepted = accepted.map(|entry| entry.expect("an entry").path());
    let folders = cases().into_iter().chain(examples()).map(|folder| folder.join("saga.yaml"));
    let ours = repository().join("codegen/templates/init/saga.yaml");
    let files = accepted.chain(folders).chain([repository().join("saga.yaml"), ours]);
    files
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a specification");
            (path, text.replace("{{ name }}", "name"))
        })
        .collect()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("no schema: {error}"))
}

fn of_language() -> Validator {
    validator(&serde_json::from_str(SCHEMA).expect("JSON"))
}

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("YAML")
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[track_caller]
fn assert_valid(validator: &Validator, document: &Value, what: &Path) {
    let errors = validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path()));
    let errors: Vec<String> = errors.collect();
    assert!(errors.is_empty(), "{}:\n{}", what.display(), errors.join("\n"));
}

#[test]
fn an_editor_accepts_every_accepted_specification() {
    let schema = of_language();
    let all = specifications();
    assert!(all.len() > 25);
    for (path, text) in all {
        assert_valid(&schema, &yaml(&text), &path);
    }
}

#[test]
fn an_editor_marks_misspelt_keys_and_values() {
    let schema = of_language();
    assert!(schema.is_valid(&yaml(&shipped())));
    for (right, wrong) in [
        ("correlation:", "correlations:"),
        ("outcome:", "outcom:"),
        ("on_failure:", "onFailure:"),
        ("requests:", "request:"),
        ("status: {", "state: {"),
        ("start:", "starts:"),
        ("creates:", "create:"),
        ("command:", "cmd:"),
        ("http: POST", "http: SEND"),
        ("userId: i32", "userId: int"),
        ("port: 8081", "port: 80810"),
    ] {
        let text = shipped();
        assert!(text.contains(right), "{right}");
        assert!(!schema.is_valid(&yaml(&text.replacen(right, wrong, 1))), "{wrong}");
    }
}

/// All documents that are generated, of every specification.
fn documents() -> impl Iterator<Item = (PathBuf, Value)> {
    specifications().into_iter().flat_map(|(file, text)| {
        let files = generated(&text);
        let of_file = |(path, text): (&Path, &str)| {
            let content = match path.extension()?.to_str()? {
                "json" => json_of(text),
                "yaml" if path.ends_with("asyncapi.yaml") => yaml(text),
                _ => return None,
            };
            Some((file.join(path), content))
        };
        files.current().filter_map(of_file).collect::<Vec<_>>()
    })
}

#[test]
fn every_document_is_of_its_format() {
    let asyncapi = validator(&json_of(include_str!("schemas/asyncapi-3.0.0.json")));
    let openapi = validator(&json_of(include_str!("schemas/openapi-3.1.json")));
    let mut seen = [0; 3];
    for (path, document) in documents() {
        let kind = if path.ends_with("asyncapi.yaml") {
            assert_valid(&asyncapi, &document, &path);
            0
        } else if path.ends_with("openapi.json") {
            assert_valid(&openapi, &document, &path);
            1
        } else {
            let found = jsonschema::meta::validate(&document);
            assert!(found.is_ok(), "{}: {found:?}", path.display());
            2
        };
        assert_references(&document, &document, &path);
        seen[kind] += 1;
    }
    assert!(seen.iter().all(|seen| *seen > 25), "{seen:?}");
}

fn assert_references(whole: &Value, part: &Value, path: &Path) {
    match part {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                let place = reference.strip_prefix('#').expect("a reference within the document");
                assert!(whole.pointer(place).is_some(), "{}: no {reference}", path.display());
            }
            members.values().for_each(|member| assert_references(whole, member, path));
        }
        Value::Array(items) => items.iter().for_each(|item| assert_references(whole, item, path)),
        _ => {}
    }
}

/// Names and parameters of operations, and the bodies that are given as examples.
#[test]
fn every_operation_is_described_once_and_its_example_fits() {
    let mut examples = 0;
    for (path, document) in documents().filter(|(path, _)| path.ends_with("openapi.json")) {
        let mut ids = Vec::new();
        for (route, item) in document["paths"].as_object().expect("paths") {
            for operation in item.as_object().expect("operations").values() {
                ids.push(operation["operationId"].as_str().expect("a name").to_owned());
                let params = operation["parameters"].as_array().into_iter().flatten();
                let in_path: Vec<&str> =
                    params.filter(|it| it["in"] == "path").filter_map(|it| it["name"].as_str()).collect();
                let named = route.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
                assert_eq!(in_path, named.collect::<Vec<_>>(), "{} {route}", path.display());
                let body = &operation["requestBody"]["content"]["application/json"];
                if let Some(example) = body.get("example") {
                    let mut schema = json!({ "components": document["components"] });
                    schema["$ref"] = body["schema"]["$ref"].clone();
                    assert_valid(&validator(&schema), example, &path);
                    examples += 1;
                }
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "{}: an operation is there twice", path.display());
    }
    assert!(examples > 25);
}

const FORMS: &str = "
saga: forms
correlation: formId
types:
  Kind: [private, business]
  Line: { kind: Kind, cents: i64 as string }
events:
  FormSent: { fields: { formId: { type: i64, name: form_id }, lines: [Line], price: decimal, note: string? } }
  FormTaken:
    outcome: taken
    fields: { formId: i64, number: { type: string, on_failure: null }, reason: string? }
services:
  desk:
    entities:
      Form:
        key: i64
        fields: { lines: [Line], price: decimal, note: string? }
        status: { start: SENT, done: TAKEN, failed: REFUSED }
    requests:
      send-form: { http: POST /forms, creates: Form, emits: FormSent }
      list-forms: { http: GET /forms, reads: Form }
      get-form: { http: GET /forms/:id, reads: Form }
    subscriptions:
      take: { on: FormTaken.success, entity: Form, to: TAKEN }
      refuse: { on: FormTaken.failure, entity: Form, to: REFUSED }
  office:
    subscriptions:
      take-form: { on: FormSent, emits: FormTaken }
";

fn document(path: &str) -> Value {
    json_of(generated(FORMS).get(Path::new(path)).expect("a document"))
}

#[test]
fn the_schema_of_an_event_says_what_is_on_the_wire() {
    let sent = validator(&document("generated/contracts/schemas/FormSent.json"));
    let line = json!({ "kind": "private", "cents": "9007199254740993" });
    let right = json!({ "form_id": 1, "lines": [line], "price": "12.50", "new": true });
    assert!(sent.is_valid(&right));
    for (field, value) in [
        ("form_id", json!("1")),
        ("form_id", json!(9_223_372_036_854_775_808_u64)),
        ("lines", json!([{ "kind": "other", "cents": "1" }])),
        ("lines", json!([{ "kind": "private", "cents": 1 }])),
        ("price", json!("12,50")),
        ("price", json!("1.0000000000000000000000000000")),
        ("note", json!(7)),
    ] {
        let mut wrong = right.clone();
        wrong[field] = value.clone();
        assert!(!sent.is_valid(&wrong), "{field}: {value}");
    }
    let taken = validator(&document("generated/contracts/schemas/FormTaken.json"));
    for (message, valid) in [
        (json!({ "formId": 1, "taken": true, "number": "7" }), true),
        (json!({ "formId": 1, "taken": true }), false),
        (json!({ "formId": 1, "taken": true, "number": null }), false),
        (json!({ "formId": 1, "taken": false, "reason": "full" }), true),
        (json!({ "formId": 1, "number": "7" }), false),
    ] {
        assert_eq!(taken.is_valid(&message), valid, "{message}");
    }
}

#[test]
fn a_page_takes_a_filter_for_each_field_that_a_query_can_say() {
    let document = document("generated/desk/openapi.json");
    let params = document["paths"]["/forms"]["get"]["parameters"].as_array().expect("parameters");
    let names: Vec<&str> =
        params.iter().filter_map(|it| it["name"].as_str().or(it["$ref"].as_str())).collect();
    assert_eq!(names, ["after", "#/components/parameters/Limit", "id", "price", "note", "status"]);
    let status = params.last().expect("a parameter");
    assert_eq!(status["schema"]["enum"], json!(["SENT", "TAKEN", "REFUSED"]));
    let created = &document["paths"]["/forms"]["post"]["responses"]["201"];
    assert_eq!(created["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Form");
}

#[test]
fn services_send_and_receive_their_messages() {
    let files = generated(FORMS);
    let document = yaml(files.get(Path::new("generated/asyncapi.yaml")).expect("a document"));
    let operations = document["operations"].as_object().expect("operations");
    let actions: Vec<(&str, &str)> = operations
        .iter()
        .map(|(name, it)| (name.as_str(), it["action"].as_str().expect("an action")))
        .collect();
    assert_eq!(
        actions,
        [
            ("desk-publishes-FormSent", "send"),
            ("desk-reads-FormTaken", "receive"),
            ("office-publishes-FormTaken", "send"),
            ("office-reads-FormSent", "receive"),
        ]
    );
    let headers = &document["components"]["messages"]["FormSent"]["headers"]["properties"];
    assert_eq!(headers["ce_type"]["const"], "forms.FormSent");
    assert_eq!(headers["ce_source"]["enum"], json!(["/forms/desk"]));
}
