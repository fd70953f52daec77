//! The language as a JSON Schema, for editors.

/// The JSON Schema of a specification. It knows every key, and what a value looks like; what fits together
/// is for the checks.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use serde_json::Value;

    use super::SCHEMA;
    use crate::spec::reader::Keys;
    use crate::spec::{deploy, event, platform, service, step, top};

    /// The kinds of mappings, and where the schema describes each.
    const MAPPINGS: [(&str, &Keys); 18] = [
        ("", &top::TOP),
        ("/$defs/compensation", &top::COMPENSATION),
        ("/$defs/event", &event::EVENT),
        ("/$defs/eventField", &event::FIELD),
        ("/$defs/service", &service::SERVICE),
        ("/$defs/entity", &service::ENTITY),
        ("/$defs/status", &service::STATUS),
        ("/$defs/step", &step::STEP),
        ("/$defs/deploy", &deploy::DEPLOY),
        ("/$defs/egress", &platform::EGRESS),
        ("/$defs/reference", &platform::REFERENCE),
        ("/$defs/platform", &platform::PLATFORM),
        ("/$defs/kafka", &platform::KAFKA),
        ("/$defs/postgres", &platform::POSTGRES),
        ("/$defs/replicas", &deploy::BOUNDS),
        ("/$defs/resources", &deploy::RESOURCES),
        ("/$defs/requests", &deploy::REQUESTS),
        ("/$defs/limits", &deploy::LIMITS),
    ];

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).expect("JSON")
    }

    #[test]
    fn the_schema_has_every_key_and_no_other() {
        let schema = schema();
        for (place, keys) in MAPPINGS {
            let mapping = schema.pointer(place).unwrap_or_else(|| panic!("no {place} in the schema"));
            let described = mapping["properties"].as_object().expect("properties").keys();
            let described: BTreeSet<&str> = described.map(String::as_str).collect();
            assert_eq!(described, keys.known.iter().copied().collect(), "the keys of {}", keys.what);
            assert_eq!(mapping["additionalProperties"], false, "{} takes other keys", keys.what);
        }
    }

    #[test]
    fn the_schema_has_every_choice() {
        let schema = schema();
        let values = |place: &str| -> Vec<String> {
            serde_json::from_value(schema.pointer(place).expect("values").clone()).expect("a list")
        };
        assert_eq!(values("/$defs/step/properties/handler/enum"), step::HANDLERS.map(|(name, _)| name));
        assert_eq!(values("/$defs/event/properties/external/enum"), event::EXTERNAL.map(|(name, _)| name));
        let mechanisms = values("/$defs/kafka/properties/sasl/enum");
        assert_eq!(mechanisms, platform::MECHANISMS.map(|(name, _)| name));
        let types = values("/$defs/type/anyOf/0/enum");
        let (required, optional) = types.split_at(types.len() / 2);
        assert_eq!(optional, required.iter().map(|name| format!("{name}?")).collect::<Vec<_>>());
        let known: BTreeSet<&str> = crate::check::built_in_types().collect();
        assert_eq!(required.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    }

    /// A new kind of mapping belongs into [`MAPPINGS`].
    #[test]
    fn no_kind_of_mapping_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec");
        let files = fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path());
        let texts = files.map(|path| fs::read_to_string(path).expect("a file"));
        let declared = |text: String| text.lines().filter(|line| is_declared(line)).count();
        assert_eq!(texts.map(declared).sum::<usize>(), MAPPINGS.len());
    }

    fn is_declared(line: &str) -> bool {
        line.starts_with("pub(super) const ") && line.contains(": Keys =")
    }
}
