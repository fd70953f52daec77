//! What is left waiting, or was given up.

use super::super::InjectedKind;
use super::super::Invariant::{Counters, Waiting};
use super::super::evidence::{
    DELIVERY_CREATED, Evidence, INCREASE_PRODUCT, ORDER_CREATED, PRODUCT_DECREASED, Place, RequestRow,
    Status, StepRow, Tables,
};
use super::assert_violates;
use super::world::{Course, POISON, World, forget_outboxes, kept, partition};

fn sound() -> Evidence {
    World::sound().finish()
}

fn tables<'a>(evidence: &'a mut Evidence, service: &str) -> &'a mut Tables {
    evidence.tables.get_mut(service).expect("a service")
}

/// A service has counted one message less as handled.
fn uncount(evidence: &mut Evidence, service: &str, place: Place) {
    let name = format!("in:{}:{}", place.topic, place.partition);
    let shards = &mut tables(evidence, service).shards;
    shards.iter_mut().find(|shard| shard.name == name).expect("a shard").applied -= 1;
}

/// Where the answer of delivery about an order is.
fn answer(order: i64) -> Place {
    Place { topic: DELIVERY_CREATED, partition: partition(order) }
}

#[test]
fn a_stuck_order_is_seen() {
    for order in [2, 3] {
        let mut evidence = sound();
        evidence.orders.get_mut(&order).expect("an order").status = Status::Pending;
        assert_violates(&evidence, &[Waiting], Some(order));
    }
}

#[test]
fn a_step_that_waits_is_seen() {
    let mut evidence = sound();
    let step = StepRow {
        step: "another".into(),
        correlation: "3".into(),
        mode: "waiting".into(),
        inputs: "{}".into(),
    };
    tables(&mut evidence, "delivery").steps.push(step);
    assert_violates(&evidence, &[Waiting], Some(3));
}

#[test]
fn an_order_that_nobody_went_on_with_is_seen() {
    let mut world = World::sound();
    world.order(6, Course::TooMany, true);
    for topic in [ORDER_CREATED, PRODUCT_DECREASED, DELIVERY_CREATED] {
        world.take_back(topic, 6);
    }
    world.evidence.orders.get_mut(&6).expect("an order").status = Status::Pending;
    tables(&mut world.evidence, "delivery").steps.retain(|step| step.correlation != "6");
    assert_violates(&world.finish(), &[Waiting], Some(6));
}

#[test]
fn a_step_may_wait_for_an_order_that_nobody_placed() {
    let mut world = World::sound();
    let step = StepRow {
        step: "create-delivery".into(),
        correlation: "12345".into(),
        mode: "waiting".into(),
        inputs: "{}".into(),
    };
    tables(&mut world.evidence, "delivery").steps.push(step);
    // An external producer's answer to it, and poison that names it.
    let place = Place { topic: PRODUCT_DECREASED, partition: partition(12345) };
    let offset = world.publish(place, "12345", r#"{"orderId":12345}"#, &[]);
    world.evidence.injected.insert((place, offset), InjectedKind::Sound);
    world.poison(12345, r#"{"orderId":12345}"#);
    let mut evidence = world.finish();
    assert_violates(&evidence, &[], None);
    forget_outboxes(&mut evidence);
    assert_violates(&evidence, &[], None);
}

#[test]
fn poison_at_the_same_offset_of_two_partitions_is_not_taken_for_one() {
    let mut world = World::new();
    for body in POISON {
        world.poison(1000, body);
        world.poison(1001, body);
    }
    assert_violates(&world.finish(), &[], None);
}

#[test]
fn messages_held_and_parked_are_seen() {
    let row = kept(answer(2), 0, "", ("2", r#"{"orderId":2}"#));
    let mut evidence = sound();
    tables(&mut evidence, "order").held.push(row.clone());
    uncount(&mut evidence, "order", answer(2));
    assert_violates(&evidence, &[Waiting], Some(2));

    let mut evidence = sound();
    tables(&mut evidence, "order").parked.push(row);
    uncount(&mut evidence, "order", answer(2));
    assert_violates(&evidence, &[Waiting], Some(2));
}

#[test]
fn messages_parked_are_counted() {
    let mut evidence = sound();
    tables(&mut evidence, "order").parked.push(kept(answer(2), 0, "", ("2", r#"{"orderId":2}"#)));
    assert_violates(&evidence, &[Counters, Waiting], Some(2));
}

#[test]
fn a_request_without_an_answer_is_seen() {
    let mut evidence = sound();
    evidence.requests.push(RequestRow { key: "key-5".into(), status: 0, order: None });
    assert_violates(&evidence, &[Waiting], None);
}

#[test]
fn a_refused_request_is_sound() {
    let mut evidence = sound();
    evidence.requests.push(RequestRow { key: "key-5".into(), status: 400, order: Some(5) });
    assert_violates(&evidence, &[], None);
}

#[test]
fn a_sound_message_that_was_given_up_is_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "order").dead.push(kept(answer(2), 0, "dead", ("2", r#"{"orderId":2}"#)));
    uncount(&mut evidence, "order", answer(2));
    assert_violates(&evidence, &[Waiting], Some(2));
}

#[test]
fn a_message_given_up_and_redriven_counts_as_handled() {
    let mut evidence = sound();
    tables(&mut evidence, "order").dead.push(kept(answer(2), 0, "redriven", ("2", r#"{"orderId":2}"#)));
    assert_violates(&evidence, &[Waiting], Some(2));
}

#[test]
fn poison_that_was_not_given_up_is_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "product").dead.pop().expect("a dead letter");
    let place = Place { topic: ORDER_CREATED, partition: 0 };
    let shards = &mut tables(&mut evidence, "product").shards;
    shards.iter_mut().find(|shard| shard.input() == Some((place.topic, 0))).expect("a shard").applied += 1;
    assert_violates(&evidence, &[Waiting], None);
}

#[test]
fn poison_given_up_twice_is_seen() {
    let mut evidence = sound();
    let twice = tables(&mut evidence, "delivery").dead[0].clone();
    uncount(&mut evidence, "delivery", twice.place);
    tables(&mut evidence, "delivery").dead.push(twice);
    assert_violates(&evidence, &[Waiting], None);
}

#[test]
fn a_dead_letter_with_another_body_is_seen() {
    let mut evidence = sound();
    let dead = &tables(&mut evidence, "product").dead[0];
    let (place, offset) = (dead.place, dead.offset);
    for (key, body) in [("1000", r#"{"orderId":1,"more":1}"#), ("1002", POISON[0])] {
        tables(&mut evidence, "product").dead[0] = kept(place, offset, "dead", (key, body));
        assert_violates(&evidence, &[Waiting], Some(1));
    }
    tables(&mut evidence, "product").dead[0].record.pop();
    assert_violates(&evidence, &[Waiting], None);
}

#[test]
fn a_dead_letter_without_its_copy_is_seen() {
    let mut world = World::sound();
    let place = Place { topic: ORDER_CREATED, partition: 0 };
    let offset = world.publish(place, "1000", "garbage", &[]);
    world.evidence.injected.insert((place, offset), InjectedKind::Poison);
    for service in ["product", "delivery"] {
        let dead = kept(place, offset, "dead", ("1000", "garbage"));
        tables(&mut world.evidence, service).dead.push(dead);
    }
    world.send("delivery", 0, "order-created.delivery.dlt", 1000, "garbage");
    assert_violates(&world.finish(), &[Waiting], None);
}

#[test]
fn what_an_operator_dropped_needs_no_copy() {
    for copied in [false, true] {
        let mut world = World::sound();
        let place = Place { topic: INCREASE_PRODUCT, partition: 0 };
        let offset = world.publish(place, "1000", "hopeless", &[]);
        world.evidence.injected.insert((place, offset), InjectedKind::Poison);
        let row = kept(place, offset, "dropped", ("1000", "hopeless"));
        tables(&mut world.evidence, "product").dead.push(row);
        if copied {
            world.send("product", 2, "increase-product-command.product.dlt", 1000, "hopeless");
        }
        assert_violates(&world.finish(), &[], None);
    }
}

#[test]
fn a_dropped_message_does_not_take_the_copy_of_a_dead_one() {
    let mut world = World::new();
    world.poison(1000, "garbage");
    world.poison(1000, "garbage");
    tables(&mut world.evidence, "product").dead[0].state = "dropped".into();
    let mut evidence = world.finish();
    assert_violates(&evidence, &[], None);
    let log = evidence.logs.get_mut(&Place { topic: "order-created.product.dlt", partition: 0 });
    log.expect("dead letters").messages.remove(0);
    let report = super::check(&evidence);
    assert!(!report.violated().any(|violated| violated == Waiting), "\n{report}");
}

#[test]
fn a_copy_of_nothing_that_died_is_seen() {
    let mut world = World::sound();
    world.send("product", 0, "order-created.product.dlt", 1000, "more");
    assert_violates(&world.finish(), &[Waiting], None);
    let mut world = World::sound();
    world.send("order", 0, "delivery-created.order.dlt", 2, "{}");
    assert_violates(&world.finish(), &[Waiting], None);
}
