//! The consumer groups of a service.

use super::KafkaConfig;
use crate::service::Service;

/// What a service is a group for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It reads its topics, and shares them with other instances.
    Member,
    /// At its start it looks into logs, for messages from before it. It never commits.
    History,
    /// Operators' commands look into logs. They never commit.
    Operator,
}

/// A consumer group. Like a topic it has no prefix inside the service: the one place where it gets one is
/// [`Group::on_cluster`], which takes this type and returns another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group(String);

impl Role {
    /// All of them: a service needs the right to each.
    pub const ALL: [Self; 3] = [Self::Member, Self::History, Self::Operator];
}

impl Group {
    /// The group of a service for `role`.
    pub fn of<S: Service>(role: Role) -> Self {
        Self::named(S::SAGA, S::NAME, role)
    }

    /// The same, where the service is known by its name.
    pub fn named(saga: &str, service: &str, role: Role) -> Self {
        let suffix = match role {
            Role::Member => "",
            Role::History => "-history",
            Role::Operator => "-ops",
        };
        Self(format!("{saga}.{service}{suffix}"))
    }

    /// Its name on a cluster where names begin with `prefix`.
    pub fn on_cluster(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.0)
    }

    /// The settings of a client that reads as this group.
    pub(super) fn client(&self, config: &KafkaConfig, id: &str) -> rdkafka::ClientConfig {
        let mut settings = config.client(id);
        settings
            .set("group.id", self.on_cluster(config.prefix))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("isolation.level", "read_committed");
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_the_prefix_once() {
        let names = Role::ALL.map(|role| Group::named("shop", "till", role).on_cluster("test."));
        assert_eq!(names, ["test.shop.till", "test.shop.till-history", "test.shop.till-ops"]);
    }
}
