//! The client's side of the group: what it reports while the thread polls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::statistics::{Partition, Statistics};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, TopicPartitionList};
use tokio::sync::mpsc;
use tracing::{error, warn};

use super::stalls::Progress;
use super::{FromConsumer, Names, origins, report};
use crate::kafka::silence::Silence;
use crate::metrics::Metrics;
use crate::record::TopicPartition;
use crate::repeats::Repeats;

/// What nothing of the service can pass is called by this name, beside topics and partitions.
const CONSUMER: &str = "consumer";

/// How long the client may take to stop what is taken from it; usually that is milliseconds.
const SETTLES: Duration = Duration::from_secs(1);

/// How long an error that is not repeated counts. The client repeats one that goes on at least twice a minute.
const LASTS: Duration = Duration::from_secs(90);

/// Receives rebalances, errors and statistics.
pub(super) struct Membership {
    names: Names,
    events: mpsc::UnboundedSender<FromConsumer>,
    /// The partitions the group has given us, whether they are read yet or not.
    ours: Mutex<BTreeSet<TopicPartition>>,
    metrics: Arc<Metrics>,
    news: Mutex<News>,
    /// When partitions were last taken from the client.
    removed: Mutex<Option<Instant>>,
    silence: Mutex<Silence>,
}

/// What the client has reported and the thread has not looked at yet.
#[derive(Debug, Default)]
pub(super) struct News {
    repeats: Repeats,
    /// The last error, in words.
    pub last_error: Option<(String, Instant)>,
    /// What is not read at all until its reason is gone, and when that was last reported.
    refused: BTreeMap<String, (String, Instant)>,
    /// The topics of which messages have arrived since something was refused that names no topic.
    arrived: BTreeSet<&'static str>,
    /// The credentials were refused, or those of the broker.
    pub unauthenticated: bool,
    /// How far the partitions go, when that was reported since.
    pub progress: Option<Vec<Progress>>,
}

impl Membership {
    pub(super) fn new(
        names: Names,
        events: mpsc::UnboundedSender<FromConsumer>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (ours, news, removed) = Default::default();
        let silence = Mutex::new(Silence::new(Instant::now()));
        Self { names, events, ours, metrics, news, removed, silence }
    }

    /// Whether the group owes it an assignment.
    pub(super) fn silence(&self) -> MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn ours(&self) -> MutexGuard<'_, BTreeSet<TopicPartition>> {
        self.ours.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until partitions can be taken from the client again. It stops them in the background, and one
    /// that is given back and taken once more before it has stopped aborts the process
    /// (`rd_kafka_assignment_partition_stopped`).
    pub(super) fn before_removal(&self, client: &BaseConsumer<Self>) {
        if client.assignment().is_ok_and(|assigned| assigned.count() == 0) {
            return;
        }
        let mut removed = self.removed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = *removed {
            std::thread::sleep(SETTLES.saturating_sub(at.elapsed()));
        }
        *removed = Some(Instant::now());
    }

    /// The group has given us these: what it refused before it does not refuse any more.
    fn assigned(&self, partitions: Vec<TopicPartition>) {
        self.silence().ends();
        self.ours().extend(&partitions);
        self.news()
            .refused
            .retain(|place, _| place != CONSUMER && !partitions.iter().any(|origin| origin.topic == place));
        // The assignment waits for the lane, which answers with the offsets.
        let _ = self.events.send(FromConsumer::Assigned(partitions));
    }
}

impl News {
    /// What is not read at all, and why. A topic is refused once and stays so until it is assigned. Whatever
    /// else goes on is reported again and again; one connection that failed is not, and others may work.
    pub(super) fn refused(&mut self, now: Instant) -> BTreeMap<String, String> {
        self.refused.retain(|place, (_, at)| place != CONSUMER || now.duration_since(*at) < LASTS);
        self.refused.iter().map(|(place, (reason, _))| (place.clone(), reason.clone())).collect()
    }

    /// Messages of these topics have arrived. Once that holds for everything that is `read`, nothing is refused
    /// any more that an error without a topic may have meant: a right was given back.
    pub(super) fn arrived(
        &mut self,
        topics: impl Iterator<Item = &'static str>,
        read: impl Iterator<Item = &'static str>,
    ) {
        if !self.refused.contains_key(CONSUMER) {
            return;
        }
        self.arrived.extend(topics);
        let mut read = read;
        if read.all(|topic| self.arrived.contains(topic)) {
            self.refused.remove(CONSUMER);
        }
    }

    /// Takes note of an error, and logs it if it is news.
    fn error(&mut self, topics: &[&'static str], code: RDKafkaErrorCode, reason: &str) {
        self.unauthenticated |= is_unauthenticated(code);
        self.last_error = Some((reason.to_owned(), Instant::now()));
        let refused = is_refusal(code);
        if refused {
            // A topic is named in the reason, and nowhere else.
            let place = topics.iter().find(|topic| reason.contains(**topic)).copied().unwrap_or(CONSUMER);
            if place == CONSUMER {
                self.arrived.clear();
            }
            self.refused.insert(place.to_owned(), (reason.to_owned(), Instant::now()));
        }
        let Some(repeated) = self.repeats.due(&format!("{code:?}")) else { return };
        if refused {
            error!(?code, reason, repeated, "STOPPED: Kafka refuses to let this service read");
        } else {
            warn!(?code, reason, repeated, "Kafka consumer error");
        }
    }
}

/// Errors that last until something is changed outside.
fn is_refusal(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    is_unauthenticated(code)
        || matches!(
            code,
            Code::TopicAuthorizationFailed
                | Code::GroupAuthorizationFailed
                | Code::ClusterAuthorizationFailed
                | Code::InconsistentGroupProtocol
                | Code::UnsupportedVersion
                | Code::InvalidTopic
        )
}

fn is_unauthenticated(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Code::Authentication | Code::SaslAuthenticationFailed | Code::SSL)
}

impl ClientContext for Membership {
    fn error(&self, cause: KafkaError, reason: &str) {
        let code = cause.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Unknown);
        if code == RDKafkaErrorCode::InconsistentGroupProtocol {
            // Members of another version have the partitions. Until they are gone this one is a spare, and
            // ready, so that a rolling update goes on to replace them. The group answers, again and again.
            *self.silence() = Silence::new(Instant::now());
            let _ = self.events.send(FromConsumer::Assigned(Vec::new()));
        }
        self.news().error(self.names.topics, code, reason);
    }

    fn stats(&self, statistics: Statistics) {
        let mut progress = Vec::new();
        for topic in statistics.topics.values() {
            let Some(name) = self.names.of(&topic.topic) else { continue };
            for partition in topic.partitions.values() {
                let Partition { partition: number, lo_offset, hi_offset, .. } = partition;
                self.metrics.inputs.watermarks(name, *number, *lo_offset, *hi_offset);
                progress.push(Progress::of(TopicPartition { topic: name, partition: *number }, partition));
            }
        }
        self.news().progress = Some(progress);
    }
}

impl ConsumerContext for Membership {
    /// All instances give everything up at a rebalance, and get their shares afterwards: ADR 25.
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let partitions = origins(self.names, list);
        match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => {
                let is_spare = partitions.is_empty();
                self.assigned(partitions);
                if is_spare {
                    // There are more of us than of them.
                    report("assign", consumer.assign(list));
                }
            }
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS => {
                self.silence().begins(Instant::now());
                self.ours().retain(|origin| !partitions.contains(origin));
                self.before_removal(consumer);
                report("unassign", consumer.unassign());
                let _ = self.events.send(FromConsumer::Revoked(partitions));
            }
            code => {
                error!(?code, "rebalance failed");
                // The client waits for an answer, whatever it has reported.
                report("unassign", consumer.unassign());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_without_a_topic_ends_when_messages_of_all_arrive() {
        let (mut news, read) = (News::default(), ["stock", "order-created"]);
        let refuse = |news: &mut News| {
            news.error(&read, RDKafkaErrorCode::TopicAuthorizationFailed, "Fetch from broker 1 failed");
        };
        let is_refused = |news: &mut News| !news.refused(Instant::now()).is_empty();
        refuse(&mut news);
        news.arrived(["stock"].into_iter(), read.into_iter());
        assert!(is_refused(&mut news), "the other may be the one that is refused");
        refuse(&mut news);
        news.arrived(["order-created"].into_iter(), read.into_iter());
        assert!(is_refused(&mut news), "it was refused again since");
        news.arrived(["stock"].into_iter(), read.into_iter());
        assert!(!is_refused(&mut news));
    }

    #[test]
    fn a_refusal_names_what_it_is_about() {
        let mut news = News::default();
        let denied = "Subscribed topic not available: order-created: Broker: Topic authorization failed";
        news.error(&["stock", "order-created"], RDKafkaErrorCode::TopicAuthorizationFailed, denied);
        news.error(&["stock"], RDKafkaErrorCode::InconsistentGroupProtocol, "JoinGroup failed");
        news.error(&["stock"], RDKafkaErrorCode::BrokerTransportFailure, "Disconnected");
        let places: Vec<_> = news.refused(Instant::now()).into_keys().collect();
        assert_eq!(places, [CONSUMER, "order-created"], "an outage is no refusal");
        let places: Vec<_> = news.refused(Instant::now() + LASTS).into_keys().collect();
        assert_eq!(places, ["order-created"], "one failed connection does not count for long");
        assert!(!news.unauthenticated);
        news.error(&["stock"], RDKafkaErrorCode::Authentication, "wrong password");
        assert!(news.unauthenticated);
    }
}
