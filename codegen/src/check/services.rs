//! Services and their ports.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::findings::names as findings;
use super::resolver::Resolver;
use super::{deploy, entities, platform};
use crate::names::{ServiceName, contracts_package};
use crate::resolved::{Service, ServiceId};
use crate::source::{Span, Spanned};
use crate::spec::{ServiceDecl, Word};

/// The port of the first service that names none.
const FIRST_PORT: u16 = 8081;

pub(super) fn declare(resolver: &mut Resolver<'_>) {
    let spec = resolver.spec;
    resolver.platform = platform::platform(resolver);
    let named = spec.services.iter().filter_map(|service| service.port.as_ref());
    let mut taken: HashMap<u16, Span> = HashMap::new();
    for port in named {
        match taken.entry(port.value) {
            Entry::Vacant(free) => _ = free.insert(port.span),
            Entry::Occupied(first) => shared_port(resolver, port, *first.get()),
        }
    }
    for (index, decl) in spec.services.iter().enumerate() {
        let ServiceDecl { name, port, entities, steps: _, deploy } = decl;
        let id = ServiceId(index);
        refuse_package_of_contracts(resolver, name);
        let port = port.as_ref().map_or_else(|| free_port(index, name.span, &mut taken), |port| port.value);
        let deploy = deploy::deploy(resolver, name, deploy);
        resolver.services.push(Service {
            id,
            name: ServiceName::new(name.value.clone()),
            port,
            entities: Vec::new(),
            steps: Vec::new(),
            deploy,
            span: name.span,
        });
        entities::declare(resolver, id, entities);
    }
}

/// A service is a package by its own name, and so are the contracts.
fn refuse_package_of_contracts(resolver: &mut Resolver<'_>, service: &Word) {
    let Some(saga) = &resolver.spec.saga else {
        return;
    };
    if service.value == contracts_package(&saga.value) {
        resolver.report(findings::package_of_contracts(service, saga.span));
    }
}

/// Services are numbered in file order; a number that another service names
/// is passed over, so that adding a service never breaks the file.
fn free_port(index: usize, service: Span, taken: &mut HashMap<u16, Span>) -> u16 {
    let numbers = (FIRST_PORT..=u16::MAX).cycle().skip(index);
    let free = numbers.take(usize::from(u16::MAX)).find(|port| !taken.contains_key(port));
    let port = free.unwrap_or(FIRST_PORT);
    taken.insert(port, service);
    port
}

fn shared_port(resolver: &mut Resolver<'_>, port: &Spanned<u16>, first: Span) {
    resolver.report(findings::shared_port(port.value, port.span, first));
}
