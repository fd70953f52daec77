//! Reading how a service is deployed.

use super::findings::not_a_quantity;
use super::platform::{egress, reference, variables};
use super::reader::{Keys, Mapping, word, wrong_shape};
use super::scalar::number;
use super::{EgressDecl, ReferenceDecl, VariableDecl, Word};
use crate::diagnostic::Diagnostics;
use crate::source::{Span, Spanned};
use crate::yaml::{Node, Value};

/// `deploy`; every part of it has a default.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeployDecl {
    pub(crate) image: Option<Word>,
    pub(crate) replicas: Option<ReplicasDecl>,
    pub(crate) resources: ResourcesDecl,
    pub(crate) database: Option<ReferenceDecl>,
    pub(crate) variables: Vec<VariableDecl>,
    pub(crate) egress: Vec<EgressDecl>,
}

/// `replicas: 3` or `replicas: { min: 2, max: 6 }`
#[derive(Debug, Clone)]
pub(crate) enum ReplicasDecl {
    /// A fixed number.
    Fixed(Spanned<u16>),
    /// Scaled with the load.
    Bounds { min: Option<Spanned<u16>>, max: Option<Spanned<u16>> },
}

/// `resources: { requests: { cpu, memory }, limits: { cpu, memory } }`
#[derive(Debug, Clone, Default)]
pub(crate) struct ResourcesDecl {
    pub(crate) cpu: Option<Spanned<Quantity>>,
    pub(crate) cpu_limit: Option<Spanned<Quantity>>,
    pub(crate) memory: Option<Spanned<Quantity>>,
    pub(crate) memory_limit: Option<Spanned<Quantity>>,
}

impl ReplicasDecl {
    /// Where it says something.
    pub(crate) fn span(&self) -> Option<Span> {
        match self {
            Self::Fixed(number) => Some(number.span),
            Self::Bounds { min, max } => min.as_ref().or(max.as_ref()).map(|bound| bound.span),
        }
    }
}

impl ResourcesDecl {
    /// Where it first says something.
    pub(crate) fn first_span(&self) -> Option<Span> {
        let Self { cpu, cpu_limit, memory, memory_limit } = self;
        [cpu, memory, cpu_limit, memory_limit].into_iter().flatten().next().map(|quantity| quantity.span)
    }
}

/// An amount of CPU or memory, as Kubernetes writes it: `250m`, `256Mi`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quantity {
    /// As written.
    pub(crate) text: String,
    /// In thousandths of a CPU, or in bytes.
    pub(crate) amount: u64,
}

pub(super) const DEPLOY: Keys = Keys {
    what: "`deploy` of a service",
    known: &["image", "replicas", "resources", "database", "variables", "egress"],
    later: &[],
};

pub(super) const BOUNDS: Keys = Keys { what: "`replicas`", known: &["min", "max"], later: &[] };

pub(super) const RESOURCES: Keys = Keys { what: "`resources`", known: &["requests", "limits"], later: &[] };

pub(super) const REQUESTS: Keys = Keys { what: "`requests`", known: &["cpu", "memory"], later: &[] };

pub(super) const LIMITS: Keys = Keys { what: "`limits`", known: &["cpu", "memory"], later: &[] };

pub(super) fn read(node: &Node, out: &mut Diagnostics) -> Option<DeployDecl> {
    let mapping = Mapping::read(node, &DEPLOY, out)?;
    let image = mapping.get("image");
    let database = mapping.get("database");
    Some(DeployDecl {
        image: image.and_then(|node| word(node, "an image", "registry.example/order:1.4.0", out)),
        replicas: mapping.get("replicas").and_then(|node| replicas(node, out)),
        resources: mapping.get("resources").and_then(|node| resources(node, out)).unwrap_or_default(),
        database: database.and_then(|node| reference(node, "{ secret: order-app, key: uri }", out)),
        variables: mapping.get("variables").map_or_else(Vec::new, |node| variables(node, out)),
        egress: mapping.get("egress").map_or_else(Vec::new, |node| egress(node, out)),
    })
}

fn replicas(node: &Node, out: &mut Diagnostics) -> Option<ReplicasDecl> {
    let expected = "a number of replicas, at least 1";
    match &node.value {
        Value::Map(_) => {
            let mapping = Mapping::read(node, &BOUNDS, out)?;
            let mut bound = |key| mapping.get(key).and_then(|node| number(node, 1, expected, "2", out));
            Some(ReplicasDecl::Bounds { min: bound("min"), max: bound("max") })
        }
        Value::Scalar(_) => number(node, 1, expected, "2", out).map(ReplicasDecl::Fixed),
        Value::List(_) => {
            wrong_shape(node, "a number of replicas, or bounds", "replicas: { min: 2, max: 6 }", out);
            None
        }
    }
}

fn resources(node: &Node, out: &mut Diagnostics) -> Option<ResourcesDecl> {
    let mapping = Mapping::read(node, &RESOURCES, out)?;
    let (cpu, memory) = amounts(mapping.get("requests"), &REQUESTS, out);
    let (cpu_limit, memory_limit) = amounts(mapping.get("limits"), &LIMITS, out);
    Some(ResourcesDecl { cpu, cpu_limit, memory, memory_limit })
}

type Amount = Option<Spanned<Quantity>>;

fn amounts(node: Option<&Node>, keys: &Keys, out: &mut Diagnostics) -> (Amount, Amount) {
    let Some(mapping) = node.and_then(|node| Mapping::read(node, keys, out)) else {
        return (None, None);
    };
    let cpu = mapping
        .get("cpu")
        .and_then(|node| quantity(node, "an amount of CPU: `250m` or `1`", "250m", millicpu, out));
    let memory = mapping
        .get("memory")
        .and_then(|node| quantity(node, "an amount of memory: `256Mi` or `1Gi`", "256Mi", bytes, out));
    (cpu, memory)
}

fn quantity(
    node: &Node,
    expected: &str,
    example: &str,
    read: fn(&str) -> Option<u64>,
    out: &mut Diagnostics,
) -> Amount {
    let text = word(node, expected, example, out)?;
    let amount = read(&text.value).filter(|amount| *amount > 0);
    if amount.is_none() {
        out.push(not_a_quantity(&text, expected, example));
    }
    amount.map(|amount| Spanned::new(Quantity { text: text.value, amount }, node.span))
}

/// `250m`, `2`, `0.5`; no finer than a thousandth, as in Kubernetes.
fn millicpu(text: &str) -> Option<u64> {
    if let Some(thousandths) = text.strip_suffix('m') {
        return whole(thousandths);
    }
    let (whole_part, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let fraction = whole(&format!("{fraction:0<3}"))?;
    whole(whole_part)?.checked_mul(1_000)?.checked_add(fraction)
}

/// `256Mi`, `1Gi`, `500M`. At least a unit of thousands: `256` alone would be
/// 256 bytes, which is surely a mistake.
fn bytes(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 6] = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("k", 1_000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
    ];
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    whole(text.strip_suffix(unit)?)?.checked_mul(*factor)
}

fn whole(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_kubernetes_reads_them() {
        let cpu = ["250m", "1", "0.5", "1.25", "m", "0.0001", "-1", "1.", "1e3", "1Mi"];
        let read = cpu.map(millicpu);
        assert_eq!(
            read,
            [Some(250), Some(1_000), Some(500), Some(1_250), None, None, None, None, None, None]
        );
        let memory = ["256Mi", "1Gi", "500M", "64k", "256", "Mi", "1.5Gi", "+1Gi", "20000000000000Gi"];
        let read = memory.map(bytes);
        let expected = [256 << 20, 1 << 30, 500_000_000, 64_000].map(Some);
        assert_eq!(read[..4], expected);
        assert_eq!(read[4..], [None; 5]);
    }
}
