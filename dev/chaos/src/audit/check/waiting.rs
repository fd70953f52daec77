//! Whether anything is left that should have ended.

use super::super::evidence::{Evidence, KeptRow, Status};
use super::super::report::Finding;
use super::instance::Instances;
use super::{Invariant, poison};

pub(super) fn check(evidence: &Evidence, instances: &Instances<'_>) -> Finding {
    let mut finding = Finding::new(Invariant::Waiting, "orders, steps, answers and kept messages");
    for (service, tables) in &evidence.tables {
        kept(service, "holds", &tables.held, &mut finding);
        kept(service, "has parked", &tables.parked, &mut finding);
        steps(service, &tables.steps, instances, &mut finding);
        poison::unexpected(evidence, service, &tables.dead, &mut finding);
    }
    poison::missing(evidence, &mut finding);
    for (order, row) in &evidence.orders {
        finding.look(1);
        if row.status == Status::Pending {
            finding.violated(*order, || format!("order {order} is PENDING"));
        }
    }
    for request in &evidence.requests {
        finding.look(1);
        if request.status == 0 {
            finding.violated(request.order, || format!("{} has no answer", request.key));
        }
    }
    finding
}

fn kept(service: &str, how: &str, rows: &[KeptRow], finding: &mut Finding) {
    finding.look(rows.len());
    for row in rows {
        finding.violated(row.order(), || {
            format!("{service} {how} {} offset {}: {}", row.place, row.offset, row.why)
        });
    }
}

fn steps(
    service: &str,
    rows: &[super::super::evidence::StepRow],
    instances: &Instances<'_>,
    finding: &mut Finding,
) {
    finding.look(rows.len());
    for row in rows.iter().filter(|row| row.mode == "waiting") {
        let order = row.correlation.parse().ok();
        // An external producer may answer for orders that no customer placed.
        if order.is_some_and(|order| instances.all.contains_key(&order)) {
            finding
                .violated(order, || format!("{} of order {} waits in {service}", row.step, row.correlation));
        }
    }
}
