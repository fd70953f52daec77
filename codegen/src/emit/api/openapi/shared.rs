//! What every service has.

use serde_json::{Map, Value, json};

/// How a request is refused.
const REFUSED: [(&str, &str); 8] = [
    ("400", "The request is not readable, or a value is not one of its type."),
    ("404", "There is no such row, or no step that waits for this request."),
    ("409", "The status of the row does not allow the change, or the step waits for more or is closed."),
    ("413", "The body, or the message that it makes, is too large."),
    ("415", "The body is not called JSON in UTF-8."),
    ("422", "The service refuses, or the key of the row is taken."),
    ("500", "A handler has failed."),
    ("503", "The service cannot answer now; try again."),
];

pub(super) fn responses() -> Map<String, Value> {
    let refused = REFUSED.iter().map(|(status, about)| (format!("Status{status}"), problem(about)));
    refused.chain([("Problem".to_owned(), problem("A problem."))]).collect()
}

/// A problem document (RFC 9457).
fn problem(about: &str) -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What is wrong." },
            "field": { "type": "string", "description": "The field or parameter that is wrong: `lines[1].quantity`." },
        },
        "required": ["title", "status", "detail"],
    });
    json!({ "description": about, "content": { "application/problem+json": { "schema": schema } } })
}

pub(super) fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Distinguishes this request from all others of its route. A repetition with the same key gets the same answer, and has no further effect.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[!#-+\\--~]+$",
            },
        },
        "Limit": {
            "name": "limit",
            "in": "query",
            "description": "How many rows the page may have.",
            "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 },
        },
    })
}

/// The paths that every service serves.
pub(super) fn health() -> Map<String, Value> {
    let answers = |about: &str, kind: &str, schema: Value| json!({ "200": { "description": about, "content": { kind: { "schema": schema } } } });
    let text = json!({ "type": "string" });
    let mut readyz = answers("The service is ready.", "application/json", report());
    readyz["503"] =
        json!({ "description": "It is not.", "content": { "application/json": { "schema": report() } } });
    let openmetrics = "application/openmetrics-text";
    let paths = [
        ("/livez", "Whether the process runs.", answers("It does.", "text/plain", text.clone())),
        ("/readyz", "Whether the service is ready.", readyz),
        ("/metrics", "What the service measures.", answers("The metrics.", openmetrics, text)),
        (
            "/openapi.json",
            "This document.",
            answers("The document.", "application/json", json!({ "type": "object" })),
        ),
    ];
    let item = |(path, summary, responses): (&str, &str, Value)| {
        let id = path.trim_start_matches('/').trim_end_matches(".json");
        (path.to_owned(), json!({ "get": { "operationId": id, "summary": summary, "responses": responses } }))
    };
    paths.into_iter().map(item).collect()
}

fn report() -> Value {
    let reasons = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    json!({
        "type": "object",
        "properties": {
            "ready": { "type": "boolean" },
            "tables": { "type": "boolean" },
            "joined": { "type": "boolean" },
            "left": { "type": ["string", "null"] },
            "stopped": reasons,
            "stuck": reasons,
            "stalled": reasons,
        },
        "required": ["ready", "tables", "joined", "left", "stopped", "stuck", "stalled"],
    })
}
