//! Reading what all services are deployed to: `deploy` at the top.

use super::Word;
use super::findings::{duplicate_item, not_an_address, unexpected};
use super::name;
use super::reader::{Keys, Mapping, entries, one_or_many, word, words, wrong_shape};
use super::scalar::choice;
use crate::diagnostic::Diagnostics;
use crate::resolved::{Address, Holder};
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

/// `deploy` at the top; every part of it has a default.
#[derive(Debug, Clone, Default)]
pub(crate) struct PlatformDecl {
    pub(crate) registry: Option<Word>,
    pub(crate) pull_secret: Option<Word>,
    pub(crate) k8s: Option<Spanned<bool>>,
    pub(crate) compose: Option<Spanned<bool>>,
    pub(crate) kafka: Option<KafkaDecl>,
    pub(crate) postgres: Option<PostgresDecl>,
}

/// `kafka: { external: host:port, … }`
#[derive(Debug, Clone, Default)]
pub(crate) struct KafkaDecl {
    pub(crate) external: Vec<Spanned<Address>>,
    pub(crate) cidr: Vec<Word>,
    pub(crate) prefix: Option<Word>,
    pub(crate) tls: Option<Spanned<bool>>,
    pub(crate) ca: Option<ReferenceDecl>,
    pub(crate) certificate: Option<Spanned<bool>>,
    pub(crate) sasl: Option<Spanned<&'static str>>,
    pub(crate) secret: Option<Word>,
}

/// `postgres: { external: host:port, … }`
#[derive(Debug, Clone)]
pub(crate) struct PostgresDecl {
    pub(crate) external: Spanned<Address>,
    pub(crate) cidr: Vec<Word>,
    pub(crate) tls: Option<Spanned<bool>>,
    pub(crate) ca: Option<ReferenceDecl>,
}

/// `{ secret: name, key: key }` or `{ configmap: name, key: key }`
#[derive(Debug, Clone)]
pub(crate) struct ReferenceDecl {
    pub(crate) holder: Holder,
    pub(crate) name: Word,
    pub(crate) key: Option<Word>,
    /// The whole mapping.
    pub(crate) span: Span,
}

/// An entry of `variables`.
#[derive(Debug, Clone)]
pub(crate) struct VariableDecl {
    pub(crate) name: Word,
    pub(crate) value: VariableDeclValue,
}

/// The right side of an entry of `variables`.
#[derive(Debug, Clone)]
pub(crate) enum VariableDeclValue {
    /// Anything but a mapping.
    Literal(Word),
    /// A mapping.
    From(ReferenceDecl),
}

/// An item of `egress`: `host:port` or `{ to: host:port, cidr: range }`
#[derive(Debug, Clone)]
pub(crate) struct EgressDecl {
    pub(crate) to: Spanned<Address>,
    pub(crate) cidr: Vec<Word>,
}

pub(super) const PLATFORM: Keys = Keys {
    what: "`deploy`",
    known: &["registry", "pull_secret", "k8s", "compose", "kafka", "postgres"],
    later: &[],
};

pub(super) const KAFKA: Keys = Keys {
    what: "`kafka`",
    known: &["external", "cidr", "prefix", "tls", "ca", "certificate", "sasl", "secret"],
    later: &[],
};

pub(super) const POSTGRES: Keys =
    Keys { what: "`postgres`", known: &["external", "cidr", "tls", "ca"], later: &[] };

pub(super) const REFERENCE: Keys =
    Keys { what: "a reference", known: &["secret", "configmap", "key"], later: &[] };

pub(super) const EGRESS: Keys = Keys { what: "an item of `egress`", known: &["to", "cidr"], later: &[] };

/// What a Kafka may ask for, and librdkafka has built in.
pub(super) const MECHANISMS: [(&str, &str); 3] =
    [("SCRAM-SHA-512", "SCRAM-SHA-512"), ("SCRAM-SHA-256", "SCRAM-SHA-256"), ("PLAIN", "PLAIN")];

const BOOLEANS: [(&str, bool); 2] = [("true", true), ("false", false)];

pub(super) fn read(node: &Node, out: &mut Diagnostics) -> Option<PlatformDecl> {
    let mapping = Mapping::read(node, &PLATFORM, out)?;
    let registry = mapping.get("registry");
    Some(PlatformDecl {
        registry: registry.and_then(|node| word(node, "a registry", "registry.example/shop", out)),
        pull_secret: object(&mapping, "pull_secret", "registry", out),
        k8s: flag(&mapping, "k8s", out),
        compose: flag(&mapping, "compose", out),
        kafka: mapping.get("kafka").and_then(|node| kafka(node, out)),
        postgres: mapping.get("postgres").and_then(|node| postgres(node, out)),
    })
}

fn kafka(node: &Node, out: &mut Diagnostics) -> Option<KafkaDecl> {
    let mut mapping = Mapping::read(node, &KAFKA, out)?;
    let external = mapping.require("external", "external: kafka.example:9092", None, out);
    Some(KafkaDecl {
        external: external.map_or_else(Vec::new, |node| addresses(node, "kafka.example:9092", out)),
        cidr: cidrs(&mapping, out),
        prefix: mapping.get("prefix").and_then(|node| word(node, "a prefix", "test.", out)),
        tls: flag(&mapping, "tls", out),
        ca: mapping.get("ca").and_then(|node| reference(node, "{ configmap: kafka-ca, key: ca.crt }", out)),
        certificate: flag(&mapping, "certificate", out),
        sasl: mapping.get("sasl").and_then(|node| choice(node, &MECHANISMS, out)),
        secret: object(&mapping, "secret", "kafka-client", out),
    })
}

fn postgres(node: &Node, out: &mut Diagnostics) -> Option<PostgresDecl> {
    let mut mapping = Mapping::read(node, &POSTGRES, out)?;
    let external = mapping.require("external", "external: db.example:5432", None, out);
    let external = external.and_then(|node| address(node, "db.example:5432", out));
    let cidr = cidrs(&mapping, out);
    let tls = flag(&mapping, "tls", out);
    let ca = mapping.get("ca");
    let ca = ca.and_then(|node| reference(node, "{ configmap: postgres-ca, key: ca.crt }", out));
    Some(PostgresDecl { external: external?, cidr, tls, ca })
}

/// The variables of a service.
pub(super) fn variables(node: &Node, out: &mut Diagnostics) -> Vec<VariableDecl> {
    let mut variables = Vec::new();
    for (key, value) in entries(node, "variables", out).unwrap_or_default() {
        name::variable(key, out);
        let value = match &value.value {
            Value::Map(_) => {
                let example = "{ secret: gateway, key: token }";
                reference(value, example, out).map(VariableDeclValue::From)
            }
            Value::Scalar(_) | Value::List(_) => {
                let expected = "a value, or where it is";
                word(value, expected, "https://gateway.example", out).map(VariableDeclValue::Literal)
            }
        };
        variables.extend(value.map(|value| VariableDecl { name: key.clone(), value }));
    }
    variables
}

/// What a service may reach.
pub(super) fn egress(node: &Node, out: &mut Diagnostics) -> Vec<EgressDecl> {
    let example = "gateway.example:443";
    let item = |node: &Node, out: &mut Diagnostics| match &node.value {
        Value::Map(_) => {
            let mut mapping = Mapping::read(node, &EGRESS, out)?;
            let to = mapping.require("to", "to: gateway.example:443", None, out);
            let to = to.and_then(|node| address(node, example, out));
            let cidr = cidrs(&mapping, out);
            Some(EgressDecl { to: to?, cidr })
        }
        Value::Scalar(_) | Value::List(_) => {
            address(node, example, out).map(|to| EgressDecl { to, cidr: Vec::new() })
        }
    };
    let items = one_or_many(node).iter();
    let egress: Vec<EgressDecl> = items.filter_map(|node| item(node, out)).collect();
    repeated(egress.iter().map(|it| &it.to), out);
    egress
}

/// `{ secret: name, key: key }` or `{ configmap: name, key: key }`
pub(super) fn reference(node: &Node, example: &str, out: &mut Diagnostics) -> Option<ReferenceDecl> {
    let mapping = Mapping::read(node, &REFERENCE, out)?;
    let holders = [("secret", Holder::Secret), ("configmap", Holder::ConfigMap)];
    let named = holders.map(|(key, holder)| Some((holder, mapping.get(key)?)));
    let (holder, name) = match named {
        [Some(one), None] | [None, Some(one)] => one,
        [first, _] => {
            // A key that was not understood has been reported.
            if !mapping.broken {
                let found = if first.is_some() { "both" } else { "neither" };
                out.push(unexpected(node.span, found, "either `secret` or `configmap`", example));
            }
            return None;
        }
    };
    let name = word(name, "the name of an object in the cluster", "gateway", out)?;
    name::object(&name, out);
    let key = mapping.get("key").and_then(|node| word(node, "a key of that object", "token", out));
    key.iter().for_each(|key| name::object_key(key, out));
    Some(ReferenceDecl { holder, name, key, span: node.span })
}

fn object(mapping: &Mapping<'_>, key: &str, example: &str, out: &mut Diagnostics) -> Option<Word> {
    let name = mapping.get(key).and_then(|node| word(node, "the name of a Secret", example, out));
    name.iter().for_each(|name| name::object(name, out));
    name
}

fn flag(mapping: &Mapping<'_>, key: &str, out: &mut Diagnostics) -> Option<Spanned<bool>> {
    mapping.get(key).and_then(|node| choice(node, &BOOLEANS, out))
}

fn cidrs(mapping: &Mapping<'_>, out: &mut Diagnostics) -> Vec<Word> {
    let node = mapping.get("cidr");
    node.map_or_else(Vec::new, |node| words(node, "a range of addresses", "10.20.0.0/16", out))
}

fn addresses(node: &Node, example: &str, out: &mut Diagnostics) -> Vec<Spanned<Address>> {
    if one_or_many(node).is_empty() {
        wrong_shape(node, "at least one `host:port`", example, out);
    }
    let nodes = one_or_many(node).iter();
    let addresses: Vec<_> = nodes.filter_map(|node| address(node, example, out)).collect();
    repeated(addresses.iter(), out);
    addresses
}

fn address(node: &Node, example: &str, out: &mut Diagnostics) -> Option<Spanned<Address>> {
    let text = word(node, "`host:port`", example, out)?;
    let address = Address::parse(&text.value);
    if address.is_none() {
        out.push(not_an_address(&text, example));
    }
    address.map(|address| Spanned::new(address, node.span))
}

fn repeated<'a>(addresses: impl Iterator<Item = &'a Spanned<Address>>, out: &mut Diagnostics) {
    let mut seen: Vec<&Spanned<Address>> = Vec::new();
    for address in addresses {
        match seen.iter().find(|earlier| earlier.value == address.value) {
            Some(earlier) => {
                let item = Spanned::new(address.value.to_string(), address.span);
                out.push(duplicate_item(&item, earlier.span));
            }
            None => seen.push(address),
        }
    }
}
