//! The settings of a topic that guarantees rest on.

use std::time::Duration;

/// How long the service remembers steps and numbers after their last use; see `docs/runtime.md`, "Tables".
const MEMORY: Duration = Duration::from_secs(30 * 24 * 3_600);
/// A service that is down for longer than this is expected to be rare.
const SHORT: Duration = Duration::from_secs(24 * 3_600);

/// Settings of a topic, as Kafka describes them; what it does not say is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicSettings {
    /// `cleanup.policy`.
    pub cleanup_policy: Option<String>,
    /// `max.message.bytes`.
    pub max_message_bytes: Option<usize>,
    /// `min.insync.replicas`.
    pub min_insync_replicas: Option<i32>,
    /// `retention.ms`; negative: without end.
    pub retention_ms: Option<i64>,
    /// `retention.bytes`; negative: without end.
    pub retention_bytes: Option<i64>,
    /// `unclean.leader.election.enable`.
    pub unclean_election: Option<bool>,
    /// How many replicas it has.
    pub replicas: Option<i32>,
}

impl TopicSettings {
    /// Takes the value of one setting.
    pub fn set(&mut self, name: &str, value: &str) {
        match name {
            "cleanup.policy" => self.cleanup_policy = Some(value.to_owned()),
            "max.message.bytes" => self.max_message_bytes = value.parse().ok(),
            "min.insync.replicas" => self.min_insync_replicas = value.parse().ok(),
            "retention.ms" => self.retention_ms = value.parse().ok(),
            "retention.bytes" => self.retention_bytes = value.parse().ok(),
            "unclean.leader.election.enable" => self.unclean_election = value.parse().ok(),
            _ => {}
        }
    }

    /// Whether older messages of a key are deleted while they may be unread: receivers would wait for
    /// them without end.
    pub fn compacts(&self) -> bool {
        self.cleanup_policy.as_ref().is_some_and(|policy| policy.split(',').any(|it| it.trim() == "compact"))
    }

    /// What weakens a guarantee, each with what fixes it. `topic` is its name on the cluster.
    pub(super) fn weaknesses(&self, topic: &str) -> Vec<String> {
        let mut weaknesses = Vec::new();
        let replicas = self.replicas.unwrap_or(1);
        match self.min_insync_replicas {
            Some(least) if self.replicas.is_some() && least > replicas => weaknesses.push(format!(
                "its min.insync.replicas is {least}, but it has {replicas} replicas: Kafka takes no message. {}",
                command(topic, &format!("min.insync.replicas={replicas}"))
            )),
            Some(least) if replicas > 1 && least < 2 => weaknesses.push(format!(
                "its min.insync.replicas is {least}: a message counts as published once a single replica has it, and \
                 is lost with that replica. {}",
                command(topic, "min.insync.replicas=2")
            )),
            _ => {}
        }
        if self.unclean_election == Some(true) {
            weaknesses.push(format!(
                "it permits unclean leader elections, which lose published messages. {}",
                command(topic, "unclean.leader.election.enable=false")
            ));
        }
        let days = i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
        match self.retention_ms {
            Some(kept) if kept < 0 || kept > days => weaknesses.push(format!(
                "its retention.ms is {kept}, longer than the 30 days for which services remember what they have \
                 handled: an older message that is read again acts again. {}",
                command(topic, &format!("retention.ms={days}"))
            )),
            Some(kept) if Duration::from_millis(kept.unsigned_abs()) < SHORT => weaknesses.push(format!(
                "its retention.ms is {kept}: a service that is down for longer loses messages. {}",
                command(topic, "retention.ms=604800000")
            )),
            _ => {}
        }
        if let Some(kept) = self.retention_bytes.filter(|kept| *kept >= 0) {
            weaknesses.push(format!(
                "its retention.bytes is {kept}: under load, messages are deleted before a service that is behind has \
                 read them. {}",
                command(topic, "retention.bytes=-1")
            ));
        }
        weaknesses
    }
}

/// The line that changes a setting of a topic.
pub(super) fn command(topic: &str, setting: &str) -> String {
    // Commas separate settings, so a list is bracketed.
    format!(
        "To change it: `kafka-configs.sh --bootstrap-server BROKER --alter --entity-type topics --entity-name {topic} \
         --add-config {setting}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(settings: &[(&str, &str)], replicas: i32) -> TopicSettings {
        let mut found = TopicSettings { replicas: Some(replicas), ..TopicSettings::default() };
        settings.iter().for_each(|(name, value)| found.set(name, value));
        found
    }

    #[test]
    fn a_policy_that_contains_compact_is_found() {
        for (policy, compacts) in [("delete", false), ("compact", true), ("compact,delete", true)] {
            assert_eq!(settings(&[("cleanup.policy", policy)], 3).compacts(), compacts, "{policy}");
        }
        assert!(!TopicSettings::default().compacts(), "nothing is known");
    }

    #[test]
    fn every_weakness_comes_with_the_line_that_fixes_it() {
        let good = [
            ("cleanup.policy", "delete"),
            ("max.message.bytes", "1048588"),
            ("min.insync.replicas", "2"),
            ("retention.ms", "604800000"),
            ("retention.bytes", "-1"),
            ("unclean.leader.election.enable", "false"),
        ];
        assert_eq!(settings(&good, 3).weaknesses("t"), [""; 0]);
        assert_eq!(settings(&[("min.insync.replicas", "1")], 1).weaknesses("t"), [""; 0], "one broker");
        for (name, value, fix) in [
            ("min.insync.replicas", "4", "--entity-name t --add-config min.insync.replicas=3`"),
            ("min.insync.replicas", "1", "--add-config min.insync.replicas=2`"),
            ("unclean.leader.election.enable", "true", "unclean.leader.election.enable=false`"),
            ("retention.ms", "-1", "retention.ms=2592000000`"),
            ("retention.ms", "3600000", "retention.ms=604800000`"),
            ("retention.bytes", "1073741824", "retention.bytes=-1`"),
        ] {
            let found = settings(&[(name, value)], 3).weaknesses("t");
            assert!(found.len() == 1 && found[0].contains(fix), "{name}={value}: {found:?}");
        }
    }
}
