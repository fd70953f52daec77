//! The producer on a mock cluster.

use std::borrow::Cow;
use std::net::TcpListener;
use std::thread::sleep;

use rdkafka::ClientContext as _;
use rdkafka::error::KafkaError;

use super::*;
use crate::kafka::security::{Mechanism, Sasl, Secret, Security};
use crate::kafka::{MockCluster, raw};
use crate::store::ShardId;

/// A message to the mock cluster takes milliseconds.
const SOON: Duration = Duration::from_secs(20);

struct Rig {
    publisher: KafkaPublisher,
    reports: mpsc::UnboundedReceiver<Report>,
    _cluster: MockCluster,
}

impl Rig {
    fn new() -> Self {
        let cluster = MockCluster::start().expect("a mock cluster");
        cluster.create_topic("t", 1).expect("a topic");
        let config = config(cluster.brokers());
        let topology = Arc::new(Topology::new("s", &["t"], &[]));
        let (publisher, reports) = KafkaPublisher::new(&config, "test", topology).expect("a producer");
        Self { publisher, reports, _cluster: cluster }
    }

    fn fail_for_good(&self) {
        let client = self.publisher.client.as_ref().expect("a client");
        raw::fail_for_good(client.client());
    }

    /// Waits until the publisher is ready, or is not.
    fn until_ready(&mut self, ready: bool) -> Duration {
        let began = Instant::now();
        while self.publisher.is_ready() != ready {
            assert!(began.elapsed() < SOON, "ready is not {ready}: {:?}", self.publisher.trouble());
            sleep(Duration::from_millis(5));
        }
        began.elapsed()
    }

    fn publish(&mut self, id: u64) -> Result<(), Full> {
        let row = OutboxRow {
            shard: ShardId(1),
            seq: 1,
            topic: Cow::Borrowed("t"),
            partition: 0,
            incarnation: 1,
            dseq: 1,
            key: 0..1,
            headers: 0..0,
            value: 0..1,
        };
        self.publisher.publish(id, &row, b"7")
    }

    fn report(&mut self) -> Report {
        let began = Instant::now();
        loop {
            if let Ok(report) = self.reports.try_recv() {
                return report;
            }
            assert!(began.elapsed() < SOON, "no report");
            sleep(Duration::from_millis(5));
        }
    }
}

fn config(brokers: &str) -> KafkaConfig {
    KafkaConfig {
        brokers: brokers.to_owned(),
        topic_partitions: 1,
        security: Security::default(),
        prefix: "",
        mock: true,
    }
}

#[test]
fn another_client_takes_the_place_of_one_that_gets_no_answer() {
    let mut rig = Rig::new();
    rig.publish(6).expect("a client that works");
    assert_eq!(rig.report(), Report { id: 6, delivery: Delivery::Delivered });
    let long_ago = Instant::now().checked_sub(Duration::from_secs(21)).expect("some seconds ago");
    rig.publisher.silence = Silence::new(long_ago);
    assert!(rig.publisher.is_ready(), "nothing is due");

    // A broker that takes connections and says nothing, as one that is paused.
    let mute = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let works = std::mem::replace(
        &mut rig.publisher.config.brokers,
        mute.local_addr().expect("its address").to_string(),
    );
    rig.publisher.start().expect("a client");
    rig.publish(7).expect("it waits in the client");
    assert!(rig.publisher.is_ready(), "its time is not up");
    rig.publisher.silence = Silence::new(long_ago);
    rig.publisher.config.brokers = works;
    assert!(rig.publisher.is_ready(), "another client takes its place at once");
    assert!(rig.publisher.trouble().is_some_and(|trouble| trouble.contains("nothing for 21 s")));
    loop {
        match rig.report() {
            Report { id: 7, delivery: Delivery::Failed(cause) } => {
                assert!(!cause.refused, "{}", cause.reason)
            }
            report => break assert_eq!(report, Report { id: 7, delivery: Delivery::Gone }),
        }
    }
    rig.publish(8).expect("a client that works");
    assert_eq!(rig.report(), Report { id: 8, delivery: Delivery::Delivered });
    rig.until_ready(true);
    assert_eq!(rig.publisher.trouble(), None);
}

#[test]
fn another_client_takes_the_place_of_one_that_failed_for_good() {
    let mut rig = Rig::new();
    rig.publish(6).expect("a client that works");
    assert_eq!(rig.report(), Report { id: 6, delivery: Delivery::Delivered });
    for wait in [500, 1_000] {
        rig.fail_for_good();
        rig.until_ready(false);
        let trouble = rig.publisher.trouble().expect("it is told");
        assert!(trouble.contains("the right to write") && trouble.contains("denied"), "{trouble}");
        assert_eq!(rig.publish(7), Err(Full), "nothing takes it");
        assert_eq!(
            rig.report(),
            Report { id: 6, delivery: Delivery::Gone },
            "of what it had there is no report"
        );
        let waited = rig.until_ready(true).as_millis();
        assert!(waited > wait / 2, "the next one begins later each time: {waited}");
        assert!(rig.publisher.trouble().is_some(), "it has delivered nothing yet");
    }
    rig.publish(7).expect("a client that works");
    assert_eq!(rig.report(), Report { id: 7, delivery: Delivery::Delivered });
    rig.until_ready(true);
    assert_eq!((rig.publisher.trouble(), rig.publisher.failures), (None, 0));
}

#[test]
fn new_credentials_are_for_another_client_once_the_old_ones_are_refused() {
    let mut rig = Rig::new();
    let file = std::env::temp_dir().join(format!("saga-producer-{}", std::process::id()));
    std::fs::write(&file, "old").expect("a temporary file");
    let password = Secret::in_file(&file).expect("it was written");
    let sasl = Sasl { mechanism: Mechanism::Plain, username: "order".into(), password };
    let publisher = &mut rig.publisher;
    publisher.config.security = Security { tls: None, sasl: Some(sasl) };
    publisher.credentials = publisher.config.security.fingerprint();
    let reports = Reports::new(publisher.shared.clone(), publisher.topology.clone(), BATCH_BYTES);
    let mut goes_on = |refused: bool| {
        if refused {
            reports.error(KafkaError::Global(RDKafkaErrorCode::Authentication), "refused");
        }
        publisher.judge();
        publisher.client.is_some()
    };
    assert!(goes_on(true), "there are no others");
    std::fs::write(&file, "new").expect("it is writable");
    assert!(goes_on(false), "the old ones still do");
    assert!(!goes_on(true));
    std::fs::remove_file(&file).expect("it goes again");
}
