//! As much of JSON Schema as our schemas use. A word it does not know is a
//! panic, so that nothing is promised and not looked at.

use serde_json::{Map, Value};

/// What is wrong with a value, a line each.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let root = schema.as_object().expect("a schema is an object");
    StateSpace { root, faults: &mut faults }.check(root, value, "");
    faults
}

struct StateSpace<'a> {
    root: &'a Map<String, Value>,
    faults: &'a mut Vec<String>,
}

impl<'a> StateSpace<'a> {
    fn check(&mut self, schema: &'a Map<String, Value>, value: &Value, at: &str) {
        for (word, rule) in schema {
            let met = match word.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    self.check(self.definition(rule), value, at);
                    true
                }
                "type" => is(value, text(rule)),
                "const" => value == rule,
                "enum" => list(rule).contains(value),
                "minimum" => value.as_u64() >= rule.as_u64(),
                "minItems" => value.as_array().is_some_and(|items| items.len() as u64 >= number(rule)),
                "minLength" => value.as_str().is_some_and(|text| text.len() as u64 >= number(rule)),
                "required" => {
                    self.required(list(rule), value, at);
                    true
                }
                "properties" => {
                    self.properties(object(rule), value, at);
                    true
                }
                "additionalProperties" => {
                    assert_eq!(rule, &Value::Bool(false), "no other form is known");
                    self.no_others(schema, value, at);
                    true
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(object(rule), item, &format!("{at}/{index}"));
                    }
                    true
                }
                other => panic!("`{other}` in a schema is not checked"),
            };
            if !met {
                self.faults.push(format!("{at}: {value} against {word} {rule}"));
            }
        }
    }

    fn definition(&self, reference: &Value) -> &'a Map<String, Value> {
        let name = text(reference).strip_prefix("#/$defs/").expect("a reference into $defs");
        object(&self.root["$defs"][name])
    }

    fn required(&mut self, names: &[Value], value: &Value, at: &str) {
        for name in names.iter().map(text).filter(|name| value.get(name).is_none()) {
            self.faults.push(format!("{at}: no `{name}`"));
        }
    }

    fn properties(&mut self, properties: &'a Map<String, Value>, value: &Value, at: &str) {
        for (name, schema) in properties {
            if let Some(value) = value.get(name) {
                self.check(object(schema), value, &format!("{at}/{name}"));
            }
        }
    }

    fn no_others(&mut self, schema: &Map<String, Value>, value: &Value, at: &str) {
        let known = object(&schema["properties"]);
        let names = value.as_object().into_iter().flatten().map(|(name, _)| name);
        for name in names.filter(|name| !known.contains_key(*name)) {
            self.faults.push(format!("{at}: `{name}` is not declared"));
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the type `{other}` in a schema is not checked"),
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().expect("an object")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

#[test]
fn what_does_not_fit_is_named() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a", "b"],
        "additionalProperties": false,
        "properties": { "a": { "$ref": "#/$defs/a" }, "b": { "type": "array", "items": { "enum": [1, 2] } } },
        "$defs": { "a": { "type": "integer", "minimum": 1 } },
    });
    let good = serde_json::json!({ "a": 1, "b": [2, 1] });
    assert_eq!(faults(&schema, &good), Vec::<String>::new());
    for bad in [
        serde_json::json!([]),
        serde_json::json!({ "a": 1 }),
        serde_json::json!({ "a": 0, "b": [] }),
        serde_json::json!({ "a": "1", "b": [] }),
        serde_json::json!({ "a": 1, "b": [3] }),
        serde_json::json!({ "a": 1, "b": [], "c": 1 }),
    ] {
        assert_ne!(faults(&schema, &bad), Vec::<String>::new(), "{bad}");
    }
}
