//! The saga in the software catalog of Backstage.

use serde_json::{Value, json};

use crate::model::{Model, Service};

const VERSION: &str = "backstage.io/v1alpha1";

/// The system, the interface of its messages, and of each service the component, its interface and its database.
/// All are in the namespace of the saga, and belong to the group of the saga's name.
pub(super) fn entities(model: &Model) -> Vec<Value> {
    let saga = model.saga.as_str();
    let system = json!({
        "apiVersion": VERSION,
        "kind": "System",
        "metadata": metadata(model, saga, &format!("The saga `{saga}`.")),
        "spec": { "owner": owner(model) },
    });
    let about = format!("The messages of the saga `{saga}`.");
    let messages = api(model, saga, &about, "asyncapi", "./asyncapi.yaml");
    let services = model.services.iter().flat_map(|service| of_service(model, service));
    [system, messages].into_iter().chain(services).collect()
}

fn of_service(model: &Model, service: &Service) -> Vec<Value> {
    let (saga, name) = (model.saga.as_str(), service.name.as_str());
    let (http, database) = (format!("{name}-http"), format!("{name}-db"));
    let mut spec = json!({
        "type": "service",
        "lifecycle": "production",
        "owner": owner(model),
        "system": saga,
        "providesApis": [http],
        "dependsOn": [format!("resource:{database}")],
    });
    if !service.publishes.is_empty() {
        spec["providesApis"] = json!([http, saga]);
    }
    if !service.inputs.is_empty() {
        spec["consumesApis"] = json!([saga]);
    }
    let component = json!({
        "apiVersion": VERSION,
        "kind": "Component",
        "metadata": metadata(model, name, &format!("The service `{name}` of the saga `{saga}`.")),
        "spec": spec,
    });
    let about = format!("The HTTP interface of the service `{name}`.");
    let interface = api(model, &http, &about, "openapi", &format!("./{name}/openapi.json"));
    let resource = json!({
        "apiVersion": VERSION,
        "kind": "Resource",
        "metadata": metadata(model, &database, &format!("The database of the service `{name}`.")),
        "spec": { "type": "database", "owner": owner(model), "system": saga },
    });
    vec![component, interface, resource]
}

fn api(model: &Model, name: &str, about: &str, kind: &str, file: &str) -> Value {
    json!({
        "apiVersion": VERSION,
        "kind": "API",
        "metadata": metadata(model, name, about),
        "spec": {
            "type": kind,
            "lifecycle": "production",
            "owner": owner(model),
            "system": model.saga.as_str(),
            "definition": { "$text": file },
        },
    })
}

fn metadata(model: &Model, name: &str, about: &str) -> Value {
    json!({ "name": name, "namespace": model.namespace.as_str(), "description": about })
}

fn owner(model: &Model) -> String {
    format!("group:default/{}", model.saga)
}
