//! The messages of the saga, and who sends and receives them, as AsyncAPI 3.0.

use serde_json::{Map, Value, json};

use super::schema::{Schemas, about};
use crate::model::{Event, Ident, Model, Service, VERSION};
use crate::resolved::External;

pub(super) fn document(model: &Model) -> Value {
    let services: Vec<&str> = model.services.iter().map(|service| service.name.as_str()).collect();
    let schemas = Schemas { model, place: "#/components/schemas/" };
    let fields = model.events.iter().flat_map(|event| &event.fields);
    let named = schemas.named(fields.map(|field| &field.ty));
    let messages = model.events.iter().map(|event| (event.name.to_string(), message(&schemas, event)));
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": model.saga.as_str(),
            "version": VERSION,
            "description": format!("The messages of the saga `{}`, of the services {}.", model.saga, services.join(", ")),
        },
        "defaultContentType": "application/json",
        "channels": model.events.iter().map(channel).collect::<Map<_, _>>(),
        "operations": model.services.iter().flat_map(|service| operations(model, service)).collect::<Map<_, _>>(),
        "components": { "messages": messages.collect::<Map<_, _>>(), "schemas": named },
    })
}

fn channel(event: &Event) -> (String, Value) {
    let name = event.name.as_str();
    let mut channel = json!({
        "address": event.topic.as_str(),
        "messages": { name: { "$ref": format!("#/components/messages/{name}") } },
    });
    // The topic of an external producer is its own.
    if event.external == External::Publishes {
        channel["description"] = "The topic belongs to its producer.".into();
    } else {
        let retention = u64::try_from(event.retention.as_millis()).unwrap_or(u64::MAX);
        channel["bindings"] = json!({ "kafka": {
            "partitions": event.partitions,
            "topicConfiguration": { "cleanup.policy": ["delete"], "retention.ms": retention },
            "bindingVersion": "0.5.0",
        } });
    }
    (name.to_owned(), channel)
}

fn operations(model: &Model, service: &Service) -> Vec<(String, Value)> {
    let find = |ident: &Ident| model.events.iter().find(|event| event.ident == *ident);
    let sent = service.publishes.iter().filter_map(find);
    let sent = sent.map(|event| operation(service, event, "send", None));
    let received = service.inputs.iter().filter_map(|input| find(&input.event));
    let group = format!("{}.{}", model.saga, service.name);
    let received = received.map(|event| operation(service, event, "receive", Some(&group)));
    sent.chain(received).collect()
}

fn operation(service: &Service, event: &Event, action: &str, group: Option<&str>) -> (String, Value) {
    let name = event.name.as_str();
    let channel = format!("#/channels/{name}");
    let verb = if action == "send" { "publishes" } else { "reads" };
    let mut operation = json!({
        "action": action,
        "channel": { "$ref": channel },
        "summary": format!("`{}` {verb} `{name}`.", service.name),
        "messages": [{ "$ref": format!("{channel}/messages/{name}") }],
    });
    if let Some(group) = group {
        operation["bindings"] = json!({ "kafka": {
            "groupId": { "type": "string", "enum": [group] },
            "bindingVersion": "0.5.0",
        } });
    }
    (format!("{}-{verb}-{name}", service.name), operation)
}

fn message(schemas: &Schemas<'_>, event: &Event) -> Value {
    let model = schemas.model;
    let mut message = json!({
        "name": format!("{}.{}", model.saga, event.name),
        "title": event.name.as_str(),
        "summary": about(event),
        "contentType": "application/json",
        "payload": schemas.event(event),
    });
    // An external producer need not know our headers, nor our key.
    if event.external != External::Publishes {
        message["headers"] = headers(model, event);
        message["correlationId"] = json!({ "location": "$message.header#/ce_correlationid" });
        message["bindings"] = json!({ "kafka": {
            "key": { "type": "string", "description": "The correlation as text." },
            "bindingVersion": "0.5.0",
        } });
    }
    message
}

/// CloudEvents in binary mode, the trace, and what makes delivery exact.
fn headers(model: &Model, event: &Event) -> Value {
    let senders = model.services.iter().filter(|service| service.publishes.contains(&event.ident));
    let senders: Vec<String> = senders.map(|it| format!("/{}/{}", model.saga, it.name)).collect();
    let text = |about: &str| json!({ "type": "string", "description": about });
    json!({
        "type": "object",
        "properties": {
            "ce_specversion": { "type": "string", "const": "1.0" },
            "ce_type": { "type": "string", "const": format!("{}.{}", model.saga, event.name) },
            "ce_source": { "type": "string", "enum": senders },
            "ce_id": text("Sender and shard, incarnation, number: `product/7/1763904152396/42`."),
            "ce_subject": text("The correlation."),
            "ce_correlationid": text("The correlation."),
            "ce_causationid": text("The `ce_id` of the message that caused it."),
            "ce_time": { "type": "string", "format": "date-time" },
            "content-type": { "type": "string", "const": "application/json" },
            "traceparent": text("W3C trace context."),
            "saga-seq": text("The number of the message among those of its source to its partition."),
            "saga-readers": text("The services that read the event."),
        },
        "required": [
            "ce_specversion", "ce_type", "ce_source", "ce_id", "ce_subject", "ce_correlationid", "ce_time",
            "content-type", "saga-seq",
        ],
    })
}
