//! The groups of a service whose names have a prefix on the cluster.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::*;
use crate::kafka::survey::Surveyor;

const PREFIX: &str = "test.";
const ORIGIN: TopicPartition = TopicPartition { topic: "ordered", partition: 0 };

/// Commits an offset as a member of the service does.
fn commit(cluster: &MockCluster, next: i64) {
    cluster.create_topic("test.ordered", 1).expect("a topic");
    let mut settings = rdkafka::ClientConfig::new();
    settings.set("bootstrap.servers", cluster.brokers()).set("group.id", "test.notes.product");
    let member: BaseConsumer = settings.create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset("test.ordered", 0, Offset::Offset(next)).expect("an offset");
    member.commit(&list, CommitMode::Sync).expect("the cluster takes it");
}

#[tokio::test]
async fn what_the_group_has_committed_is_found_under_a_prefix() {
    let shop = Shop::open();
    commit(&shop.cluster, 2);
    let kafka = KafkaConfig { prefix: PREFIX, ..shop.kafka() };
    let pinned = [PinnedTopic { topic: "ordered".to_owned(), partitions: 1, id: None }];
    let history = History::of::<Reader<Before>>(None);
    let store = shop.store("product");
    let places = history.places(&Reviewed::default(), &store, &kafka, &pinned).await.expect("both answer");
    assert_eq!(places.iter().map(|place| place.committed).collect::<Vec<_>>(), [2], "the history check");
    let group = Group::of::<Reader<Before>>(Role::Member);
    let surveyor = Surveyor::new(&kafka, "test", group, vec!["ordered"]).expect("a client");
    let survey = surveyor.survey(&[ORIGIN]).await;
    assert_eq!(survey.committed, BTreeMap::from([(ORIGIN, 2)]), "the restore check");
}

#[tokio::test]
async fn what_another_instance_reads_while_this_one_starts_is_no_other_database() {
    let mut shop = Shop::open();
    shop.publish("ordered", "product", &["1", "2"]);
    let run_once = shop.start::<Reader<Before>>(None).await.expect("a new system");
    shop.handle(Reader::<Before>::default(), run_once, 0, &["1", "2"]).await;
    commit(&shop.cluster, 2);
    let kafka = KafkaConfig { prefix: PREFIX, ..shop.kafka() };
    let pinned = [PinnedTopic { topic: "ordered".to_owned(), partitions: 1, id: None }];
    let history = History::of::<Reader<Before>>(None);
    // This instance looked at the database before the other had read anything.
    let reviewed = Reviewed::default();
    let places =
        history.places(&reviewed, &shop.store("product"), &kafka, &pinned).await.expect("both answer");
    let known: Vec<_> = places.iter().map(|place| (place.new, place.next, place.committed)).collect();
    assert_eq!(known, [(false, 2, -1)]);
}

#[test]
fn the_plan_grants_every_group_by_its_name_on_the_cluster() {
    let matches = crate::plan::command("product").get_matches_from(["plan", "--kafka"]);
    let get = |name: &str| (name == "KAFKA_PREFIX").then(|| PREFIX.to_owned());
    let plan = crate::plan::text::<Reader<Before>>(&matches, &get).expect("a valid environment");
    let words: Vec<_> = plan.split_whitespace().collect();
    let granted = words.windows(2).filter(|pair| pair[0] == "--group").map(|pair| pair[1].to_owned());
    let used = Role::ALL.map(|role| Group::of::<Reader<Before>>(role).on_cluster(PREFIX));
    assert_eq!(granted.collect::<Vec<_>>(), used);
    assert_eq!(used[0], "test.notes.product", "the name that the consumer has always had");
}
