//! Outboxes, the order of messages, numbers, counters and what was seen.

use super::super::InjectedKind;
use super::super::Invariant::{Counters, Numbers, Outbox, Seen, Sequence};
use super::super::evidence::{
    DELIVERY_CREATED, Evidence, INCREASE_PRODUCT, ORDER_CREATED, PRODUCT_DECREASED, Place, SeenRow, ShardRow,
    Tables,
};
use super::super::wire::{Number, Parts, pack};
use super::assert_violates;
use super::world::{LIFE, REQUESTS, World, forget_outboxes, partition, put_back};

const LETTERS: Place = Place { topic: "order-created.product.dlt", partition: 0 };

fn sound() -> Evidence {
    World::sound().finish()
}

fn tables<'a>(evidence: &'a mut Evidence, service: &str) -> &'a mut Tables {
    evidence.tables.get_mut(service).expect("a service")
}

fn shard<'a>(evidence: &'a mut Evidence, service: &str, name: &str) -> &'a mut ShardRow {
    tables(evidence, service).shards.iter_mut().find(|shard| shard.name == name).expect("a shard")
}

#[test]
fn a_stored_message_that_is_not_on_kafka_is_seen() {
    let mut world = World::sound();
    world.lose(DELIVERY_CREATED, 1);
    assert_violates(&world.finish(), &[Outbox], Some(1));
}

#[test]
fn a_message_that_no_outbox_holds_is_seen() {
    let mut world = World::sound();
    let ghost = Number { source: "delivery/1".into(), incarnation: LIFE, dseq: 9 };
    let body = put_back(4, &world.evidence.posted[0]);
    world.publish_numbered(&ghost, INCREASE_PRODUCT, 4, &body);
    assert_violates(&world.finish(), &[Outbox], Some(4));
}

#[test]
fn a_ghost_of_the_adversary_is_its_own() {
    let mut world = World::sound();
    // Even in a partition to which the services would not send the key.
    let place = Place { topic: INCREASE_PRODUCT, partition: 0 };
    let header = format!("1|nobody/1|{LIFE}|{INCREASE_PRODUCT}|0|9");
    let offset = world.publish(place, "3", "{}", &[("saga-seq", &header)]);
    world.evidence.injected.insert((place, offset), InjectedKind::Sound);
    assert_violates(&world.finish(), &[], None);
}

#[test]
fn another_content_under_a_number_is_seen() {
    let number = Number { source: "order/2".into(), incarnation: LIFE, dseq: 1 };
    let header = format!("1|order/2|{LIFE}|{ORDER_CREATED}|1|1");
    let mut world = World::sound();
    world.publish_numbered(&number, ORDER_CREATED, 1, r#"{"orderId":1}"#);
    assert_violates(&world.finish(), &[Outbox], Some(1));
    for (key, headers) in [
        ("1", vec![("saga-seq", header.as_str()), ("ce_type", ORDER_CREATED)]),
        ("3", vec![("ce_type", ORDER_CREATED), ("saga-seq", header.as_str())]),
    ] {
        let mut world = World::sound();
        let place = Place { topic: ORDER_CREATED, partition: 1 };
        let log = &world.evidence.logs[&place];
        let body =
            log.parts(&log.messages[0]).map(|parts| String::from_utf8_lossy(parts.body()).into_owned());
        world.publish(place, key, &body.expect("a body"), &headers);
        assert_violates(&world.finish(), &[Outbox], Some(1));
    }
}

#[test]
fn a_message_that_nobody_published_is_seen() {
    let mut world = World::sound();
    world.publish(Place { topic: DELIVERY_CREATED, partition: 0 }, "2", r#"{"orderId":2}"#, &[]);
    assert_violates(&world.finish(), &[Outbox], Some(2));
}

#[test]
fn a_number_of_another_place_is_none() {
    let mut world = World::sound();
    let copied = format!("1|order/2|{LIFE}|{ORDER_CREATED}|0|1");
    world.publish(Place { topic: ORDER_CREATED, partition: 1 }, "9", "{}", &[("saga-seq", &copied)]);
    assert_violates(&world.finish(), &[Outbox], None);
}

#[test]
fn without_rows_a_number_that_was_never_given_is_seen() {
    let mut world = World::sound();
    let ghost = Number { source: "delivery/1".into(), incarnation: LIFE, dseq: 2 };
    world.publish_numbered(&ghost, INCREASE_PRODUCT, 3, "{\"orderId\":3}");
    let mut evidence = world.finish();
    forget_outboxes(&mut evidence);
    let report = super::check(&evidence);
    assert!(report.violated().any(|violated| violated == Outbox), "\n{report}");
}

#[test]
fn without_rows_a_number_that_is_not_on_kafka_is_seen() {
    let mut evidence = sound();
    forget_outboxes(&mut evidence);
    let place = Place { topic: INCREASE_PRODUCT, partition: 1 };
    *tables(&mut evidence, "delivery").destinations.get_mut(&(1, place)).expect("a destination") += 1;
    assert_violates(&evidence, &[Outbox, Numbers], None);
}

#[test]
fn without_rows_a_message_that_nobody_published_is_seen() {
    let mut world = World::sound();
    world.publish(Place { topic: DELIVERY_CREATED, partition: 0 }, "2", r#"{"orderId":2}"#, &[]);
    let mut evidence = world.finish();
    forget_outboxes(&mut evidence);
    assert_violates(&evidence, &[Outbox], Some(2));
}

#[test]
fn messages_of_an_earlier_life_are_believed_without_rows() {
    let mut world = World::sound();
    let earlier = Number { source: "delivery/0".into(), incarnation: LIFE - 1, dseq: 1 };
    world.publish_numbered(&earlier, "product-decreased.delivery.dlt", 8, "{}");
    let mut evidence = world.finish();
    forget_outboxes(&mut evidence);
    let report = super::check(&evidence);
    assert!(!report.violated().any(|violated| violated == Outbox), "\n{report}");
}

#[test]
fn swapped_messages_of_a_key_are_seen() {
    let mut evidence = sound();
    let log = evidence.logs.get_mut(&LETTERS).expect("dead letters");
    log.messages.swap(0, 1);
    (log.messages[0].offset, log.messages[1].offset) = (0, 1);
    assert_violates(&evidence, &[Sequence], Some(1));
}

#[test]
fn a_later_message_that_comes_early_is_seen() {
    let mut evidence = sound();
    let log = evidence.logs.get_mut(&LETTERS).expect("dead letters");
    // The second, the first, and the second again.
    let early = log.messages[1].clone();
    log.messages.insert(0, early);
    (0..).zip(&mut log.messages).for_each(|(offset, message)| message.offset = offset);
    assert_violates(&evidence, &[Sequence], Some(1));
}

#[test]
fn a_message_of_an_earlier_life_that_comes_late_is_seen() {
    let mut world = World::sound();
    let earlier = Number { source: "product/0".into(), incarnation: LIFE - 1, dseq: 9 };
    world.publish_numbered(&earlier, LETTERS.topic, 1000, r#"{"orderId":1}"#);
    let offset = world.evidence.logs[&LETTERS].end - 1;
    world.evidence.injected.insert((LETTERS, offset), InjectedKind::Sound);
    assert_violates(&world.finish(), &[Sequence], Some(1));
}

#[test]
fn a_message_that_comes_again_later_is_in_order() {
    let mut evidence = sound();
    let log = evidence.logs.get_mut(&LETTERS).expect("dead letters");
    let mut again = log.messages[0].clone();
    again.offset = 2;
    log.messages.push(again);
    assert_violates(&evidence, &[], None);
}

#[test]
fn another_key_may_be_overtaken() {
    let mut evidence = sound();
    let place = Place { topic: PRODUCT_DECREASED, partition: 0 };
    let log = evidence.logs.get_mut(&place).expect("a log");
    // The third, the first, the second.
    log.messages.rotate_right(1);
    (0..).zip(&mut log.messages).for_each(|(offset, message)| message.offset = offset);
    let report = super::check(&evidence);
    assert!(report.is_sound(), "\n{report}");
    assert!(report.to_string().contains("(2 messages were overtaken"), "\n{report}");
}

#[test]
fn a_key_in_two_partitions_is_seen() {
    let mut evidence = sound();
    // Both letters are of one key.
    let log = evidence.logs.get_mut(&LETTERS).expect("dead letters");
    let moved = log.messages.pop().expect("two letters");
    let there = Place { partition: 1, ..LETTERS };
    evidence.logs.get_mut(&there).expect("a log").messages.push(moved);
    let tables = tables(&mut evidence, "product");
    tables.outbox.iter_mut().filter(|row| row.place == LETTERS && row.number.dseq == 2).for_each(|row| {
        row.place = there;
    });
    let report = super::check(&evidence);
    // Its number is not the next of that partition, either.
    assert_eq!(report.violated().collect::<Vec<_>>(), [Sequence, Numbers], "\n{report}");
}

#[test]
fn a_gap_in_the_numbers_of_a_place_is_seen() {
    let mut world = World::sound();
    let place = Place { topic: ORDER_CREATED, partition: partition(6) };
    *tables(&mut world.evidence, "order").destinations.get_mut(&(REQUESTS, place)).expect("a destination") +=
        1;
    world.order(6, super::world::Course::TooMany, true);
    let evidence = world.finish();
    assert_violates(&evidence, &[Numbers], None);
    let report = super::check(&evidence).to_string();
    assert!(report.contains("order's shard 2 to order-created[0] gave no #3 before #4"), "\n{report}");
}

#[test]
fn a_gap_in_the_numbers_of_a_shard_is_seen() {
    let mut evidence = sound();
    let tables = tables(&mut evidence, "order");
    tables.outbox.last_mut().expect("a row").seq += 1;
    let shard = tables.shards.iter_mut().find(|shard| shard.shard == REQUESTS).expect("a shard");
    shard.last_seq += 1;
    shard.cursor += 1;
    assert_violates(&evidence, &[Numbers], None);
}

#[test]
fn a_number_given_twice_is_seen() {
    let mut evidence = sound();
    let tables = tables(&mut evidence, "order");
    let twice = tables.outbox.last().expect("a row").clone();
    tables.outbox.push(twice);
    let report = super::check(&evidence);
    assert!(report.violated().any(|violated| violated == Numbers), "\n{report}");
    assert!(report.to_string().contains("#4 twice in its outbox"), "\n{report}");
}

#[test]
fn numbers_in_another_order_than_the_shard_s_are_seen() {
    let mut evidence = sound();
    let rows = &mut tables(&mut evidence, "order").outbox;
    let of_place: Vec<usize> = (0..rows.len()).filter(|at| rows[*at].place.partition == 1).collect();
    let (first, second) = (rows[of_place[0]].seq, rows[of_place[1]].seq);
    (rows[of_place[0]].seq, rows[of_place[1]].seq) = (second, first);
    rows.sort_by_key(|row| (row.shard, row.seq));
    assert_violates(&evidence, &[Numbers], None);
}

#[test]
fn a_cursor_that_lags_is_seen() {
    let mut evidence = sound();
    shard(&mut evidence, "order", "local:0").cursor -= 1;
    assert_violates(&evidence, &[Numbers], None);
}

#[test]
fn a_destination_that_remembers_wrongly_is_seen() {
    let place = Place { topic: ORDER_CREATED, partition: 0 };
    for remembered in [None, Some(1), Some(9)] {
        let mut evidence = sound();
        let destinations = &mut tables(&mut evidence, "order").destinations;
        destinations.remove(&(REQUESTS, place)).expect("a destination");
        destinations.extend(remembered.map(|last| ((REQUESTS, place), last)));
        assert_violates(&evidence, &[Numbers], None);
    }
}

#[test]
fn a_life_that_has_sent_nothing_remembers_nothing() {
    let mut evidence = sound();
    shard(&mut evidence, "order", "local:0").incarnation += 1;
    tables(&mut evidence, "order").destinations.clear();
    assert_violates(&evidence, &[], None);
}

#[test]
fn a_destination_without_messages_is_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "order").destinations.insert((0, LETTERS), 3);
    assert_violates(&evidence, &[Numbers], None);
}

#[test]
fn rows_of_a_shard_that_does_not_exist_are_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "order").shards.retain(|shard| shard.name != "local:0");
    assert_violates(&evidence, &[Numbers], Some(1));
}

#[test]
fn wrong_counters_are_seen() {
    let wrongs: [fn(&mut ShardRow); 4] = [
        |shard| shard.applied += 1,
        |shard| shard.dropped -= 1,
        |shard| shard.next_offset -= 1,
        |shard| shard.next_offset += 1,
    ];
    for wrong in wrongs {
        let mut evidence = sound();
        wrong(shard(&mut evidence, "delivery", "in:order-created:1"));
        assert_violates(&evidence, &[Counters], None);
    }
}

#[test]
fn a_message_that_was_not_read_is_seen() {
    let mut evidence = sound();
    // The last one is a repeat.
    let shard = shard(&mut evidence, "delivery", "in:order-created:1");
    shard.next_offset -= 1;
    shard.dropped -= 1;
    assert_violates(&evidence, &[Counters], None);
}

#[test]
fn a_partition_that_nobody_reads_is_seen() {
    let mut evidence = sound();
    let name = "in:increase-product-command:1";
    tables(&mut evidence, "product").shards.retain(|shard| shard.name != name);
    assert_violates(&evidence, &[Counters], None);
}

#[test]
fn a_transaction_marker_at_the_end_is_no_message() {
    let mut evidence = sound();
    let place = Place { topic: DELIVERY_CREATED, partition: 0 };
    evidence.logs.get_mut(&place).expect("a log").end += 1;
    assert_violates(&evidence, &[], None);
    shard(&mut evidence, "order", "in:delivery-created:0").next_offset += 1;
    assert_violates(&evidence, &[], None);
}

#[test]
fn a_source_seen_too_little_or_too_far_is_seen() {
    for by in [-1, 1] {
        let mut evidence = sound();
        tables(&mut evidence, "product").seen[0].last += by;
        assert_violates(&evidence, &[Seen], None);
        let mut evidence = sound();
        tables(&mut evidence, "order").seen[0].incarnation += by;
        assert_violates(&evidence, &[Seen], None);
    }
}

#[test]
fn a_source_that_was_forgotten_is_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "delivery").seen.pop().expect("a source");
    assert_violates(&evidence, &[Seen], None);
}

#[test]
fn a_source_that_never_sent_is_seen() {
    let mut evidence = sound();
    let place = Place { topic: DELIVERY_CREATED, partition: 0 };
    let row = SeenRow { place, source: "nobody/1".into(), incarnation: LIFE, last: 1 };
    tables(&mut evidence, "order").seen.push(row);
    assert_violates(&evidence, &[Seen], None);
}

#[test]
fn a_packed_message_comes_out_as_it_went_in() {
    let headers: Vec<(&[u8], Option<&[u8]>)> = vec![(b"a", Some(b"1")), (b"b", Some(b"")), (b"\xff", None)];
    let parts = Parts { key: Some(b"7"), value: None, headers };
    let mut bytes = Vec::new();
    pack(&mut bytes, &parts);
    assert_eq!(Parts::of(&bytes), Some(parts));
    assert_eq!(Parts::of(&bytes[..bytes.len() - 1]), None);
}

#[test]
fn numbers_of_other_versions_are_none() {
    let place = Place { topic: ORDER_CREATED, partition: 3 };
    let number = |text: &str| {
        let parts = Parts { key: None, value: None, headers: vec![(b"saga-seq", Some(text.as_bytes()))] };
        parts.number(place, |source| source.into()).map(|number| (number.incarnation, number.dseq))
    };
    assert_eq!(number("1|order/7|5|order-created|3|42"), Some((5, 42)));
    for other in
        ["", "2|order/7|5|order-created|3|42", "1|order/7|5|order-created|3|0", "1|o|5|order-created|3|1|x"]
    {
        assert_eq!(number(other), None, "{other}");
    }
    let (long, last) = ("x".repeat(256), i64::MAX);
    for incredible in [
        format!("1|{long}|5|order-created|3|42"),
        "1|a\0b|5|order-created|3|42".into(),
        format!("1|order/7|{last}|order-created|3|42"),
        format!("1|order/7|5|order-created|3|{last}"),
    ] {
        assert_eq!(number(&incredible), None, "{incredible}");
    }
}
