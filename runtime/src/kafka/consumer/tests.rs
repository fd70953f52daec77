//! The consumer on a mock cluster.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use super::*;
use crate::kafka::MockCluster;
use crate::kafka::group::Role;
use crate::kafka::security::Security;

const TOPICS: &[&str] = &["increase-product-command", "order-created"];
const PARTITIONS: i32 = 6;
/// A rebalance of the mock cluster takes seconds.
const SOON: Duration = Duration::from_secs(30);

/// A consumer whose lane takes everything over at once.
struct Member {
    handle: ConsumerHandle,
    owned: BTreeSet<TopicPartition>,
    received: usize,
}

impl Member {
    fn join(cluster: &MockCluster) -> Self {
        let metrics = Arc::new(Metrics::new("order", "product"));
        let group = Group::named("order", "product", Role::Member);
        let handle = ConsumerHandle::start(&config(cluster), "test", &group, TOPICS, metrics);
        Self { handle: handle.expect("a consumer"), owned: BTreeSet::new(), received: 0 }
    }

    fn hear(&mut self) {
        while let Ok(event) = self.handle.events.try_recv() {
            match event {
                FromConsumer::Assigned(partitions) => {
                    self.owned.extend(&partitions);
                    let starts = partitions.into_iter().map(|origin| (origin, None)).collect();
                    self.handle.send(ToConsumer::Start(starts));
                }
                FromConsumer::Revoked(partitions) => {
                    self.owned.retain(|origin| !partitions.contains(origin));
                }
                FromConsumer::Records(records) => self.received += records.len(),
                FromConsumer::OutOfRange | FromConsumer::Stopped(_) => {}
            }
        }
    }

    fn of(&self, topic: &str) -> usize {
        self.owned.iter().filter(|origin| origin.topic == topic).count()
    }
}

fn cluster() -> MockCluster {
    let cluster = MockCluster::start().expect("a mock cluster");
    for topic in TOPICS {
        cluster.create_topic(topic, PARTITIONS).expect("a topic");
    }
    cluster
}

fn config(cluster: &MockCluster) -> KafkaConfig {
    KafkaConfig {
        brokers: cluster.brokers().to_owned(),
        topic_partitions: PARTITIONS,
        security: Security::default(),
        prefix: "",
        mock: true,
    }
}

/// Waits until the members own every partition once, and `also` holds.
fn settle(members: &mut [Member], also: impl Fn(&[Member]) -> bool) {
    let began = Instant::now();
    loop {
        members.iter_mut().for_each(Member::hear);
        let owned: usize = members.iter().map(|member| member.owned.len()).sum();
        let all: BTreeSet<_> = members.iter().flat_map(|member| &member.owned).collect();
        let complete = TOPICS.len() * PARTITIONS.unsigned_abs() as usize;
        if owned == complete && all.len() == complete && also(members) {
            return;
        }
        let shares: Vec<_> =
            members.iter().map(|member| (member.of(TOPICS[0]), member.of(TOPICS[1]))).collect();
        assert!(began.elapsed() < SOON, "they do not share: {shares:?}");
        sleep(Duration::from_millis(20));
    }
}

/// Whether shares differ by one partition at most, of each topic and in all.
fn is_spread(members: &[Member]) -> bool {
    let even = |shares: &dyn Fn(&Member) -> usize| {
        let (least, most) = (members.iter().map(shares).min(), members.iter().map(shares).max());
        most.zip(least).is_some_and(|(most, least)| most - least <= 1)
    };
    TOPICS.iter().all(|topic| even(&|member| member.of(topic))) && even(&|member| member.owned.len())
}

#[test]
fn the_partitions_of_each_topic_are_spread_over_the_instances() {
    let cluster = cluster();
    let mut members = vec![Member::join(&cluster)];
    settle(&mut members, is_spread);
    for _ in 2..=4 {
        members.push(Member::join(&cluster));
        settle(&mut members, is_spread);
    }
}

#[test]
fn a_member_that_leaves_gives_its_partitions_to_others_and_comes_back() {
    let cluster = cluster();
    let mut members = vec![Member::join(&cluster), Member::join(&cluster)];
    settle(&mut members, is_spread);
    members[0].handle.send(ToConsumer::Leave);
    settle(&mut members, |members| members[0].owned.is_empty());
    members[0].handle.send(ToConsumer::Join);
    settle(&mut members, is_spread);
}

#[test]
fn what_is_read_goes_on_when_another_partition_starts_or_stops() {
    let cluster = cluster();
    let mut members = vec![Member::join(&cluster)];
    settle(&mut members, is_spread);
    let producer: BaseProducer = config(&cluster).client("test").create().expect("a producer");
    let mut sent = 0;
    for round in 0..3 {
        for partition in 0..PARTITIONS {
            let record = BaseRecord::<(), str>::to(TOPICS[1]).partition(partition).payload("{}");
            producer.send(record).expect("it takes messages");
            sent += 1;
        }
        producer.flush(SOON).expect("the mock cluster takes messages");
        let origin = TopicPartition { topic: TOPICS[0], partition: round };
        members[0].handle.send(ToConsumer::Halt(vec![origin]));
        // In two steps: each alone takes everything from the client and gives it back.
        sleep(Duration::from_millis(30));
        members[0].handle.send(ToConsumer::Start(vec![(origin, Some(0))]));
    }
    settle(&mut members, |members| members[0].received >= sent);
    sleep(Duration::from_millis(300));
    members[0].hear();
    assert_eq!(members[0].received, sent, "nothing comes twice");
}
