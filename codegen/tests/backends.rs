//! Names at the limits of the backends: the last one that each takes, and the first one that it does not.

use std::path::Path;

use saga_cli::diagnostic::{Style, render};
use saga_cli::pipeline::examine;
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;

const SAGA: &str = "saga: SAGA
namespace: NAMESPACE
correlation: orderId
events:
  OrderCreated: { topic: TOPIC, external: subscribes, fields: { orderId: i32, note: { type: string?, name: \"WIRE\" } } }
services:
  order-desk:
    entities:
      Order: { key: i32, fields: { FIELD: i32 } }
      ENTITY: { key: i32, fields: {} }
      Item: { key: i32, fields: {}, table: TABLE }
    requests:
      create-order: { http: POST PATH, creates: Order, emits: OrderCreated }
";

/// A name for each place of the saga.
const NAMES: [(&str, &str); 8] = [
    ("SAGA", "shop"),
    ("NAMESPACE", "shop"),
    ("TOPIC", "order-created"),
    ("WIRE", "note"),
    ("FIELD", "amount"),
    ("ENTITY", "Parcel"),
    ("TABLE", "items"),
    ("PATH", "/orders"),
];

/// The errors in the saga with `name` at `place`.
fn errors(place: &str, name: &str) -> Vec<String> {
    let mut text = SAGA.to_owned();
    for (known, usual) in NAMES {
        text = text.replace(known, if known == place { name } else { usual });
    }
    let source = Source::new(Path::new("saga.yaml"), text);
    let shown = render(&examine(&source, Limits::default()).found, &source, Style::PLAIN);
    shown.split("\n\n").filter(|finding| finding.starts_with("error")).map(str::to_owned).collect()
}

#[test]
fn what_every_backend_takes_is_accepted() {
    for (place, name) in [
        ("SAGA", &*"s".repeat(60)),
        ("NAMESPACE", &"n".repeat(63)),
        ("NAMESPACE", "kubernetes"),
        ("NAMESPACE", "2-shops"),
        ("TOPIC", &"t".repeat(200)),
        ("TOPIC", "_orders"),
        ("TOPIC", "..."),
        ("WIRE", "order number"),
        ("FIELD", "xmaxi"),
        ("FIELD", &"f".repeat(60)),
        ("ENTITY", "Sagas"),
        ("ENTITY", &format!("E{}", "e".repeat(54))),
        ("TABLE", &"t".repeat(58)),
        ("TABLE", "sagas"),
        ("PATH", "/orders/livez"),
        ("PATH", "/metrics/orders"),
        ("PATH", "/..."),
    ] {
        assert_eq!(errors(place, name), [""; 0], "{place} {name}");
    }
}

#[test]
fn what_a_backend_does_not_take_is_refused() {
    for (place, name, expected) in [
        ("SAGA", &*"s".repeat(61), "limit is 60"),
        ("NAMESPACE", &"n".repeat(64), "not a valid namespace"),
        ("NAMESPACE", "-shop", "not a valid namespace"),
        ("NAMESPACE", "shop-", "not a valid namespace"),
        ("NAMESPACE", "default", "belongs to the cluster"),
        ("NAMESPACE", "openshift", "belongs to the cluster"),
        ("NAMESPACE", "openshift-shop", "belongs to the cluster"),
        ("NAMESPACE", "kube-system", "belongs to the cluster"),
        ("TOPIC", &"t".repeat(201), "not a valid topic"),
        ("TOPIC", ".", "not a valid topic"),
        ("TOPIC", "..", "not a valid topic"),
        ("TOPIC", "__orders", "belongs to Kafka"),
        ("WIRE", "\\n", "unprintable"),
        ("FIELD", "cmax", "system column"),
        ("FIELD", "cmin", "system column"),
        ("FIELD", "ctid", "system column"),
        ("FIELD", "tableoid", "system column"),
        ("FIELD", "xmax", "system column"),
        ("FIELD", "xmin", "system column"),
        ("FIELD", &"f".repeat(61), "limit is 60"),
        ("ENTITY", "SagaShard", "table `saga_shard_tb`"),
        ("ENTITY", &format!("E{}", "e".repeat(55)), "limit is 58"),
        ("TABLE", &"t".repeat(59), "limit is 58"),
        ("TABLE", "saga_items", "reserved for tables"),
        ("TABLE", "sqlite_items", "reserved for tables"),
        ("TABLE", "pg_items", "reserved for tables"),
        ("TABLE", "order_tb_open", "name of an index"),
        ("TABLE", "order_tb_pkey", "name of an index"),
        ("PATH", "/livez", "already serves"),
        ("PATH", "/readyz", "already serves"),
        ("PATH", "/metrics", "already serves"),
        ("PATH", "/.", "not a segment"),
        ("PATH", "/..", "not a segment"),
    ] {
        let found = errors(place, name);
        assert!(found.len() == 1 && found[0].contains(expected), "{place} {name}: {found:#?}");
    }
}
