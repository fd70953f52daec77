//! How services are deployed, where the file does not say it.

use crate::lower::event;
use crate::model::{Deploy, Ident, Replicas, VERSION};
use crate::resolved::{self, EventId, Holder, Reference, Resolved, Service};

/// Two instances, so that one can go down unnoticed.
const LEAST: u16 = 2;
/// One of them may be down, and another one go, in production.
const LEAST_IN_PRODUCTION: u16 = 3;

/// The topics of a service for which the file says how many partitions they
/// have.
pub(super) fn said_partitions(spec: &Resolved, service: &Service) -> Vec<(Ident, u16)> {
    let mut topics: Vec<EventId> = spec.events_read_by(service.id);
    topics.extend(spec.events_published_by(service.id));
    topics.sort();
    topics.dedup();
    let events = topics.into_iter().map(|id| spec.event(id));
    events.filter_map(|event| Some((event::ident(event), event.partitions?))).collect()
}

pub(super) fn lower(spec: &Resolved, service: &Service) -> Deploy {
    let read = spec.events_read_by(service.id).into_iter();
    let readers = read.map(|id| event::partitions(spec.event(id))).max();
    let resolved::Deploy { image, replicas: said, resources, database, variables, egress } = &service.deploy;
    let registry = spec.platform().registry.as_deref().unwrap_or(spec.namespace().as_str());
    let default_image = || format!("{registry}/{}:{VERSION}", service.name);
    let default_database = || Reference {
        holder: Holder::Secret,
        name: format!("{}-database", service.name),
        key: "url".to_owned(),
    };
    let replicas = self::replicas(*said, readers.unwrap_or(event::PARTITIONS));
    Deploy {
        image: image.clone().unwrap_or_else(default_image),
        replicas,
        least_in_production: least_in_production(*said, replicas),
        readers,
        resources: resources.clone(),
        database: database.clone().unwrap_or_else(default_database),
        variables: variables.clone(),
        egress: egress.clone(),
    }
}

/// What is not said follows from what is: more instances than partitions would
/// have nothing to read.
fn replicas(said: resolved::Replicas, partitions: u16) -> Replicas {
    match said {
        resolved::Replicas::Fixed(number) => Replicas::Fixed(number),
        resolved::Replicas::Bounds { min, max } => {
            let max = max.unwrap_or_else(|| partitions.max(min.unwrap_or(LEAST)));
            Replicas::Between { min: min.unwrap_or_else(|| LEAST.min(max)), max }
        }
    }
}

/// What the file says holds everywhere.
fn least_in_production(said: resolved::Replicas, replicas: Replicas) -> u16 {
    match (said, replicas) {
        (resolved::Replicas::Bounds { min: None, .. }, Replicas::Between { max, .. }) => {
            LEAST_IN_PRODUCTION.min(max)
        }
        (_, Replicas::Between { min, .. }) => min,
        (_, Replicas::Fixed(number)) => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_are_not_said_fit_those_that_are() {
        let between = |min, max| replicas(resolved::Replicas::Bounds { min, max }, 6);
        assert_eq!(between(None, None), Replicas::Between { min: 2, max: 6 });
        assert_eq!(between(Some(9), None), Replicas::Between { min: 9, max: 9 });
        assert_eq!(between(None, Some(1)), Replicas::Between { min: 1, max: 1 });
    }
}
