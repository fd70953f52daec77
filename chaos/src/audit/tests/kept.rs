//! What is left waiting, or was given up.

use super::super::InjectedKind;
use super::super::Invariant::{Counters, Waiting};
use super::super::evidence::{
    DELIVERY_CREATED, Evidence, ORDER_CREATED, Place, RequestRow, Status, StepRow, Tables,
};
use super::assert_violates;
use super::world::{World, kept, partition};

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
    tables(&mut evidence, "product").steps.push(step);
    assert_violates(&evidence, &[Waiting], Some(3));
}

#[test]
fn a_step_may_wait_for_an_order_that_nobody_placed() {
    let mut evidence = sound();
    let step = StepRow {
        step: "create-delivery".into(),
        correlation: "12345".into(),
        mode: "waiting".into(),
        inputs: "{}".into(),
    };
    tables(&mut evidence, "delivery").steps.push(step);
    assert_violates(&evidence, &[], None);
}

#[test]
fn messages_held_and_parked_are_seen() {
    let row = kept(answer(2), 0, "", r#"{"orderId":2}"#);
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
    tables(&mut evidence, "order").parked.push(kept(answer(2), 0, "", r#"{"orderId":2}"#));
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
    evidence.requests.push(RequestRow { key: "key-5".into(), status: 400, order: None });
    assert_violates(&evidence, &[], None);
}

#[test]
fn a_sound_message_that_was_given_up_is_seen() {
    let mut evidence = sound();
    tables(&mut evidence, "order").dead.push(kept(answer(2), 0, "dead", r#"{"orderId":2}"#));
    uncount(&mut evidence, "order", answer(2));
    assert_violates(&evidence, &[Waiting], Some(2));
}

#[test]
fn a_message_given_up_and_redriven_counts_as_handled() {
    let mut evidence = sound();
    tables(&mut evidence, "order").dead.push(kept(answer(2), 0, "redriven", r#"{"orderId":2}"#));
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
    let dead = &mut tables(&mut evidence, "product").dead[0];
    *dead = kept(dead.place, dead.offset, "dead", r#"{"orderId":1,"more":1}"#);
    assert_violates(&evidence, &[Waiting], Some(1));
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
        let dead = kept(place, offset, "dead", "garbage");
        tables(&mut world.evidence, service).dead.push(dead);
    }
    world.send("delivery", 0, "order-created.delivery.dlt", 1000, "garbage");
    assert_violates(&world.finish(), &[Waiting], None);
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
