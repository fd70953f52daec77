//! What goes out is weighed, and named as the cluster names it.

use super::*;
use crate::record::TopicPartition;

const DEAD: &str = "t.s.dlt";

struct World {
    counts: PartitionCounts,
    limits: Limits,
    prefix: &'static str,
}

impl World {
    fn new(limits: &[(&'static str, usize)]) -> Self {
        let counts = HashMap::from([("t", 1), ("u", 1), (DEAD, 1)]);
        Self { counts, limits: limits.iter().copied().collect(), prefix: "" }
    }

    fn sender(&self) -> Sender<'_> {
        let Self { counts, limits, prefix } = self;
        Sender { saga: "saga", service: "s", time: "", partition_counts: counts, limits, prefix }
    }
}

fn sequence() -> Sequence {
    Sequence { shard: ShardId(1), incarnation: 0, last_seq: 0, destinations: BTreeMap::new() }
}

fn emit(topic: &'static str, bytes: usize, world: &World, outbox: &mut Outbox) -> Result<(), Fault> {
    let source = vec![b'1'; bytes + 1];
    let emission = Emission { event: "E", topic, readers: "", key: 0..1, value: 1..bytes + 1, cause: 0 };
    let cause = Cause { shard: 0, id: None, trace: Trace::root() };
    sequence().push(&emission, &source, cause, world.sender(), outbox)
}

#[test]
fn a_message_is_weighed_against_the_limit_of_its_topic() {
    let world = World::new(&[("t", 10_000)]);
    let mut outbox = Outbox::default();
    assert_eq!(emit("t", 9_000, &world, &mut outbox), Ok(()));
    let refused = emit("t", 10_000, &world, &mut outbox).expect_err("its topic does not take it");
    assert!(matches!(refused, Fault::TooLarge { limit: 9_800, .. }), "{refused}");
    assert_eq!(emit("u", 10_000, &world, &mut outbox), Ok(()), "nothing is known of this topic");
    assert!(emit("u", MAX_MESSAGE_BYTES, &world, &mut outbox).is_err());
    let misconfigured = World::new(&[("t", 60)]);
    assert_eq!(emit("t", 1_000, &misconfigured, &mut outbox), Ok(()), "it waits for a topic that takes it");
    let generous = World::new(&[("t", 20 << 20)]);
    assert!(emit("t", MAX_MESSAGE_BYTES, &generous, &mut outbox).is_err(), "our own limit holds as well");
}

fn copy(record: &Record, world: &World) -> (Copied, Outbox, Sequence) {
    let (mut sequence, mut outbox) = (sequence(), Outbox::default());
    let failure = FailureInfo { reason: "undecodable", error: "it is".into(), attempts: 1 };
    let copied =
        sequence.push_copy(record, &failure, world.sender(), &mut outbox).expect("it can be written");
    (copied, outbox, sequence)
}

#[test]
fn the_copy_of_a_dead_letter_is_never_larger_than_its_topic_takes() {
    let origin = TopicPartition { topic: "t", partition: 0 };
    let record = |value: &[u8], header: Option<&[u8]>| {
        let headers = header.map(|header| (b"h".as_slice(), Some(header)));
        Record::new(origin, 0, Some(b"k"), Some(value), headers.into_iter())
    };
    let header = vec![0xff; 999_990];
    let large_header = record(b"{", Some(&header));
    let large_value = record(&vec![b'x'; 999_990], None);
    let small = record(b"{", Some(b"v"));
    let limited = World::new(&[(DEAD, 2_000)]);
    for (record, world, expected) in [
        (&small, World::new(&[]), Copied::Whole),
        (&large_header, World::new(&[]), Copied::WithoutHeaders),
        (&large_value, World::new(&[]), Copied::Nothing),
        (&small, limited, Copied::Whole),
    ] {
        let (copied, outbox, sequence) = copy(record, &world);
        assert_eq!(copied, expected);
        let rows = usize::from(copied != Copied::Nothing);
        assert_eq!(
            (outbox.rows.len(), sequence.last_seq),
            (rows, rows as i64),
            "a number that is not sent is a gap"
        );
        assert_eq!(outbox.bytes.is_empty(), rows == 0);
    }
}

#[test]
fn a_number_names_the_topic_of_its_environment() {
    let world = World { prefix: "test.", ..World::new(&[]) };
    let mut outbox = Outbox::default();
    assert_eq!(emit("t", 10, &world, &mut outbox), Ok(()));
    let headers = String::from_utf8_lossy(&outbox.bytes[outbox.rows[0].headers.clone()]).into_owned();
    assert!(headers.contains("1|s/1|0|test.t|0|1"), "{headers}");
    assert_eq!(outbox.rows[0].topic, "t");
}
