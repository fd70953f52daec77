use super::*;
use crate::config::LogFormat;
use crate::logging::tests::logged;

fn topic(partitions: i32, id: u128) -> PinnedTopic {
    PinnedTopic { topic: "t".into(), partitions, id: (id > 0).then(|| Uuid::from_u128(id)) }
}

#[test]
fn another_id_or_count_stops_a_topic_until_the_tables_accept_it() {
    let topology = Topology::new("s", &["t", "u"], &[topic(3, 1)]);
    topology.find(&[topic(3, 1)]);
    assert_eq!(topology.change("t"), None);
    let mut changes = topology.changes();
    for (found, expected) in [(topic(3, 2), "--accept-new-topic"), (topic(4, 1), "repartition")] {
        topology.find(std::slice::from_ref(&found));
        assert!(!topology.takes("t") && topology.takes("u"));
        assert!(topology.changed()[0].1.contains(expected));
        assert!(changes.has_changed().expect("a topology"));
        changes.mark_unchanged();
        assert_eq!(topology.partitions()["t"], 3, "nothing is accepted automatically");
        topology.pin(std::slice::from_ref(&found));
        assert!(topology.takes("t"));
        assert_eq!(topology.partitions()["t"], found.partitions);
        topology.pin(&[topic(3, 1)]);
        topology.find(&[topic(3, 1)]);
    }
}

#[test]
fn a_compacted_topic_stops_until_its_policy_is_changed() {
    let topology = Topology::new("s", &["t", "u"], &[topic(3, 1)]);
    let with = |policy: &str| {
        let mut settings = TopicSettings { max_message_bytes: Some(10_000), ..TopicSettings::default() };
        settings.set("cleanup.policy", policy);
        vec![("t".to_owned(), settings)]
    };
    topology.describe(with("compact,delete"));
    assert!(!topology.takes("t") && topology.takes("u"));
    assert!(topology.changed()[0].1.contains("--entity-name t --add-config cleanup.policy=delete"));
    topology.pin(&[topic(3, 1)]);
    assert!(!topology.takes("t"), "no operator's command accepts it");
    topology.describe(with("delete"));
    assert!(topology.takes("t"));
    assert_eq!((topology.limit("t"), topology.least_limit()), (Some(10_000), Some(10_000)));
}

#[test]
fn a_topic_that_stays_away_stops_until_it_is_there_and_accepted() {
    let topology = Topology::new("s", &["t", "u"], &[topic(3, 1)]).with_prefix("test.");
    let start = Instant::now();
    let missing = ["t".to_owned()];
    topology.find(&[topic(3, 1)]);
    topology.miss(&missing, start);
    assert!(topology.takes("t"), "a broker that has just started");
    topology.miss(&[], start + GONE);
    topology.miss(&missing, start + GONE);
    assert!(topology.takes("t"), "it was there in between");
    topology.miss(&missing, start + GONE * 2);
    assert!(!topology.takes("t") && topology.takes("u"));
    assert!(topology.changed()[0].1.contains("--create --topic test.t --partitions 3`"));
    topology.find(&[topic(3, 2)]);
    topology.miss(&[], start + GONE * 3);
    assert!(topology.changed()[0].1.contains("--accept-new-topic"), "it is another one");
    topology.find(&[topic(3, 1)]);
    assert!(topology.takes("t"), "it was only out of sight");
}

#[test]
fn what_weakens_a_guarantee_is_logged_once() {
    let topology = Topology::new("s", &["t"], &[topic(3, 1)]).with_prefix("test.");
    let weak = |kept: &str| {
        let mut settings = TopicSettings::default();
        settings.set("retention.ms", kept);
        logged(LogFormat::Text, "info", || topology.describe(vec![("t".to_owned(), settings)]))
    };
    let line = weak("3600000");
    assert!(line.contains("WARN") && line.contains("topic t: its retention.ms is 3600000"), "{line}");
    assert!(line.contains("--entity-name test.t "), "{line}");
    assert_eq!(weak("3600000"), "", "it was said");
    assert!(weak("-1").contains("its retention.ms is -1"));
}

#[test]
fn what_is_not_known_is_no_change() {
    let topology = Topology::new("s", &["t"], &[topic(3, 0)]);
    topology.find(&[topic(3, 7)]);
    topology.find(&[]);
    assert!(topology.takes("t"));
    topology.pin(&[topic(3, 7)]);
    topology.find(&[topic(3, 0)]);
    assert!(topology.takes("t"), "a broker without ids");
}
