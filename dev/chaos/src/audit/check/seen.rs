//! Whether each service remembers the last message of each source.

use std::collections::BTreeMap;

use super::super::evidence::{CONSUMES, Evidence, Place};
use super::super::report::Finding;
use super::Invariant;

/// The highest incarnation, and the highest number in it.
type Last = (i64, i64);

pub(super) fn check(evidence: &Evidence) -> Finding {
    let mut finding = Finding::new(Invariant::Seen, "sources in partitions");
    for (service, topic, _) in CONSUMES {
        let mut there = last_of_sources(evidence, topic);
        for row in evidence.of(service).seen.iter().filter(|row| row.place.topic == topic) {
            finding.look(1);
            let seen = (row.incarnation, row.last);
            let sent = there.remove(&(row.place, row.source.as_str()));
            if sent != Some(seen) {
                let sent = told(sent);
                finding.violated(None, || {
                    format!(
                        "{service} has seen {} of {} in {}, where {sent}",
                        told(Some(seen)),
                        row.source,
                        row.place
                    )
                });
            }
        }
        for ((place, source), last) in there {
            finding.look(1);
            finding.violated(None, || {
                format!(
                    "{service} has seen nothing of {source} in {place}, where {} is the last",
                    told(Some(last))
                )
            });
        }
    }
    finding
}

fn last_of_sources<'a>(evidence: &'a Evidence, topic: &str) -> BTreeMap<(Place, &'a str), Last> {
    let mut last: BTreeMap<(Place, &str), Last> = BTreeMap::new();
    for (place, _, message) in evidence.messages().filter(|(place, _, _)| place.topic == topic) {
        if let Some(number) = &message.number {
            let at = last.entry((place, &number.source)).or_default();
            *at = (number.incarnation, number.dseq).max(*at);
        }
    }
    last
}

fn told(last: Option<Last>) -> String {
    last.map_or("nothing is".into(), |(incarnation, number)| format!("#{number} of life {incarnation}"))
}
