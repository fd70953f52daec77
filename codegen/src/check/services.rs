//! Services and their ports.

use std::collections::HashMap;

use super::draft::Draft;
use super::entities;
use crate::checked::{Service, ServiceId};
use crate::diagnostic::Code;
use crate::names::ServiceName;
use crate::source::Span;
use crate::spec::ServiceDecl;

/// The port of the first service that names none.
const FIRST_PORT: u16 = 8081;

pub(super) fn declare(draft: &mut Draft<'_>) {
    let spec = draft.spec;
    let mut ports: HashMap<u16, Span> = HashMap::new();
    let defaults = FIRST_PORT..=u16::MAX;
    for ((index, decl), default) in spec.services.iter().enumerate().zip(defaults) {
        let ServiceDecl { name, port, entities, steps: _ } = decl;
        let span = port.as_ref().map_or(name.span, |port| port.span);
        let port = port.as_ref().map_or(default, |port| port.value);
        if let Some(first) = ports.insert(port, span) {
            let found = draft.error(Code::Duplicate, span, format!("two services on port {port}"));
            found.label("taken").also(first, "the first").help(
                "give one of them another `port`; services without one are numbered from 8081 in file order",
            );
        }
        let id = ServiceId(index);
        draft.services.push(Service {
            id,
            name: ServiceName::new(name.value.clone()),
            port,
            entities: Vec::new(),
            steps: Vec::new(),
            span: name.span,
        });
        entities::declare(draft, id, entities);
    }
}
