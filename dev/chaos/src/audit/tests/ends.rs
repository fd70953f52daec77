//! Stock, orders and effects.

use super::super::Invariant::{Effects, Orders, Stock};
use super::super::evidence::{
    DELIVERY_CREATED, DeliveryRow, Evidence, INCREASE_PRODUCT, ORDER_CREATED, OrderRow, PRODUCT_DECREASED,
    Status,
};
use super::assert_violates;
use super::world::{Course, World, asked, decreased, delivered, put_back};

fn sound() -> Evidence {
    World::sound().finish()
}

#[test]
fn lost_stock_is_seen() {
    let mut evidence = sound();
    *evidence.products.get_mut(&1).expect("a product") -= 1;
    assert_violates(&evidence, &[Stock], None);
}

#[test]
fn stock_below_nothing_is_seen() {
    let mut evidence = sound();
    evidence.products.insert(2, -1);
    evidence.initial_stock.insert(2, -1);
    assert_violates(&evidence, &[Stock], None);
}

#[test]
fn a_product_that_went_is_seen() {
    let mut evidence = sound();
    evidence.products.remove(&2);
    assert_violates(&evidence, &[Stock], None);
}

#[test]
fn stock_of_a_product_that_does_not_exist_is_seen() {
    let mut evidence = sound();
    let row = evidence.products.remove(&1).zip(evidence.initial_stock.remove(&1));
    assert!(row.is_some());
    assert_violates(&evidence, &[Stock], None);
}

#[test]
fn stock_that_is_not_put_back_is_seen() {
    let mut world = World::sound();
    world.order(6, Course::NotPutBack, true);
    assert_violates(&world.finish(), &[Stock, Orders], Some(6));
}

#[test]
fn an_order_completed_without_a_delivery_is_seen() {
    let mut evidence = sound();
    evidence.deliveries.retain(|delivery| delivery.order != 4);
    assert_violates(&evidence, &[Orders], Some(4));
}

#[test]
fn an_external_producer_s_order_is_looked_at_too() {
    let mut evidence = sound();
    evidence.deliveries.retain(|delivery| delivery.order != 900);
    assert_violates(&evidence, &[Orders], Some(900));
}

#[test]
fn two_deliveries_of_an_order_are_seen() {
    let mut evidence = sound();
    evidence.deliveries.push(DeliveryRow { id: 9, order: 1, address: "Seoul".into() });
    assert_violates(&evidence, &[Orders], Some(1));
}

#[test]
fn a_delivery_of_a_cancelled_order_is_seen() {
    let mut evidence = sound();
    evidence.deliveries.push(DeliveryRow { id: 9, order: 2, address: "Seoul".into() });
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn a_delivery_to_another_address_is_seen() {
    let mut evidence = sound();
    let delivery = evidence.deliveries.iter_mut().find(|delivery| delivery.order == 900);
    delivery.expect("a delivery").address = "Jeju".into();
    assert_violates(&evidence, &[Orders], Some(900));
}

#[test]
fn an_address_that_was_not_posted_is_seen() {
    let mut evidence = sound();
    evidence.posted[0].address = "Jeju".into();
    assert_violates(&evidence, &[Orders], Some(1));
}

#[test]
fn another_user_than_posted_is_seen() {
    let mut evidence = sound();
    evidence.posted[1].user += 1;
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn another_answer_than_remembered_is_seen() {
    let mut evidence = sound();
    evidence.posted[0].answer = Some(2);
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn an_answer_that_nobody_remembers_is_seen() {
    let mut evidence = sound();
    let unanswered = evidence.posted.iter_mut().find(|posted| posted.key == "key-5").expect("a request");
    unanswered.answer = Some(4);
    assert_violates(&evidence, &[Orders], Some(4));
}

#[test]
fn a_request_tried_again_with_the_same_answer_is_sound() {
    let mut evidence = sound();
    evidence.posted.push(evidence.posted[0].clone());
    assert_violates(&evidence, &[], None);
}

#[test]
fn an_accepted_order_without_a_row_is_seen() {
    let mut evidence = sound();
    evidence.orders.remove(&2);
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn an_order_nobody_posted_is_seen() {
    let mut evidence = sound();
    evidence.posted.retain(|posted| posted.key != "key-4");
    assert_violates(&evidence, &[Orders], Some(4));
}

#[test]
fn a_second_order_of_one_request_is_seen() {
    let mut world = World::sound();
    world.order(6, Course::TooMany, false);
    world.evidence.requests.retain(|request| request.order != Some(6));
    assert_violates(&world.finish(), &[Orders], Some(6));
}

#[test]
fn one_order_for_two_requests_is_seen() {
    let mut evidence = sound();
    let mut request = evidence.requests[0].clone();
    request.key = "key-5".into();
    evidence.requests.insert(0, request);
    evidence.posted.iter_mut().find(|posted| posted.key == "key-5").expect("a request").user = 101;
    assert_violates(&evidence, &[Orders], Some(1));
}

#[test]
fn a_message_of_an_order_that_nobody_placed_is_seen() {
    let mut world = World::sound();
    world.send("delivery", 0, DELIVERY_CREATED, 50, &delivered(50, false));
    let report = super::check(&world.finish());
    assert_eq!(report.violated().collect::<Vec<_>>(), [Orders, Effects], "\n{report}");
}

#[test]
fn a_row_that_differs_from_what_was_told_is_seen() {
    let mut evidence = sound();
    evidence.orders.get_mut(&2).expect("an order").quantity += 1;
    evidence.posted[1].quantity += 1;
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn a_decrease_of_another_quantity_is_seen() {
    let mut evidence = sound();
    for row in evidence.tables.values_mut().flat_map(|tables| &mut tables.outbox) {
        let said = row.said.as_mut().filter(|said| said.order == 2 && row.place.topic == PRODUCT_DECREASED);
        said.into_iter().for_each(|said| said.quantity += 1);
    }
    assert_violates(&evidence, &[Orders], Some(2));
}

#[test]
fn a_status_that_does_not_exist_is_seen() {
    let mut evidence = sound();
    evidence.orders.get_mut(&3).expect("an order").status = Status::Unknown("LOST".into());
    assert_violates(&evidence, &[Orders], Some(3));
}

#[test]
fn a_step_that_ended_otherwise_is_seen() {
    for (order, mode) in [("1", "failed"), ("2", "done")] {
        let mut evidence = sound();
        let steps = &mut evidence.tables.get_mut("delivery").expect("delivery").steps;
        steps.iter_mut().find(|step| step.correlation == order).expect("a step").mode = mode.into();
        assert_violates(&evidence, &[Orders], order.parse().ok());
    }
}

/// What a service is said to have said of an order.
fn resay(evidence: &mut Evidence, order: i64, topic: &str, success: bool) {
    for row in evidence.tables.values_mut().flat_map(|tables| &mut tables.outbox) {
        let said = row.said.as_mut().filter(|said| said.order == order && row.place.topic == topic);
        said.into_iter().for_each(|said| said.success = success);
    }
}

/// Exactly these invariants do not hold, and this is said of the order.
#[track_caller]
fn assert_told(evidence: &Evidence, wanted: &[super::Invariant], order: i64, what: &str) {
    assert_violates(evidence, wanted, Some(order));
    let report = super::check(evidence).to_string();
    assert!(report.contains(&format!("- order {order} {what}")), "\n{report}");
}

#[test]
fn a_completed_order_without_stock_is_seen() {
    let mut evidence = sound();
    resay(&mut evidence, 1, PRODUCT_DECREASED, false);
    assert_told(&evidence, &[Stock, Orders], 1, "is completed, and its stock was not taken");
}

#[test]
fn a_completed_order_that_was_put_back_is_seen() {
    let mut world = World::sound();
    let posted = world.evidence.posted[0].clone();
    world.send("delivery", 1, INCREASE_PRODUCT, 1, &put_back(1, &posted));
    *world.evidence.products.get_mut(&1).expect("a product") += 2;
    assert_told(&world.finish(), &[Stock, Orders], 1, "is completed, and its stock was put back");
}

#[test]
fn a_completed_order_that_delivery_failed_is_seen() {
    let mut evidence = sound();
    resay(&mut evidence, 1, DELIVERY_CREATED, false);
    assert_told(&evidence, &[Orders], 1, "is completed, and delivery did not say so");
    let mut world = World::sound();
    world.send("delivery", 1, DELIVERY_CREATED, 1, &delivered(1, false));
    assert_told(&world.finish(), &[Orders, Effects], 1, "is completed, and delivery failed it");
}

#[test]
fn a_cancelled_order_without_stock_that_was_put_back_is_seen() {
    let mut world = World::sound();
    let posted = world.evidence.posted[1].clone();
    world.send("delivery", 0, INCREASE_PRODUCT, 2, &put_back(2, &posted));
    *world.evidence.products.get_mut(&2).expect("a product") += 4;
    assert_told(&world.finish(), &[Stock, Orders], 2, "had no stock, and some was put back");
}

#[test]
fn a_cancelled_order_that_delivery_accepted_is_seen() {
    let mut evidence = sound();
    resay(&mut evidence, 2, DELIVERY_CREATED, true);
    assert_told(&evidence, &[Orders], 2, "is cancelled, and delivery did not say so");
    let mut world = World::sound();
    world.send("delivery", 2, DELIVERY_CREATED, 2, &delivered(2, true));
    assert_told(&world.finish(), &[Orders, Effects], 2, "is cancelled, and delivery accepted it");
}

#[test]
fn a_cancelled_order_that_was_delivered_is_seen() {
    let mut evidence = sound();
    let row = OrderRow { status: Status::Cancelled, ..evidence.orders[&1].clone() };
    evidence.orders.insert(1, row);
    assert_violates(&evidence, &[Stock, Orders], Some(1));
}

#[test]
fn a_second_answer_of_product_is_seen() {
    let mut world = World::sound();
    let posted = world.evidence.posted[1].clone();
    world.send("product", 0, PRODUCT_DECREASED, 2, &decreased(2, &posted, false));
    assert_violates(&world.finish(), &[Effects], Some(2));
}

#[test]
fn a_second_answer_of_delivery_is_seen() {
    let mut world = World::sound();
    world.send("delivery", 1, DELIVERY_CREATED, 1, &delivered(1, true));
    assert_violates(&world.finish(), &[Effects], Some(1));
}

#[test]
fn stock_put_back_twice_is_seen() {
    let mut world = World::sound();
    let posted = world.evidence.posted[2].clone();
    world.send("delivery", 1, INCREASE_PRODUCT, 3, &put_back(3, &posted));
    *world.evidence.products.get_mut(&1).expect("a product") += 2;
    assert_violates(&world.finish(), &[Stock, Effects], Some(3));
}

#[test]
fn an_order_that_nobody_was_told_of_is_seen() {
    let mut world = World::sound();
    world.order(6, Course::TooMany, true);
    world.take_back(ORDER_CREATED, 6);
    assert_violates(&world.finish(), &[Effects], Some(6));
}

#[test]
fn an_ended_order_without_an_answer_of_product_is_seen() {
    let mut world = World::sound();
    world.order(7, Course::TooMany, true);
    world.take_back(PRODUCT_DECREASED, 7);
    assert_violates(&world.finish(), &[Effects], Some(7));
}

#[test]
fn an_ended_order_without_an_answer_of_delivery_is_seen() {
    let mut world = World::sound();
    world.order(6, Course::TooMany, true);
    world.take_back(DELIVERY_CREATED, 6);
    let evidence = world.finish();
    assert_told(&evidence, &[Orders, Effects], 6, "was answered by delivery 0 times");
}

#[test]
fn an_order_whose_row_is_gone_is_no_external_producer_s() {
    let mut evidence = sound();
    // The adversary published a copy of its announcement.
    evidence.orders.remove(&1);
    evidence.requests.retain(|request| request.order != Some(1));
    evidence.posted.remove(0);
    assert_told(&evidence, &[Stock, Orders], 1, "was announced, and no customer placed it");
}

#[test]
fn an_order_announced_twice_is_seen() {
    let mut world = World::sound();
    let body = asked(2, &world.evidence.posted[1]);
    world.send("order", 2, ORDER_CREATED, 2, &body);
    assert_violates(&world.finish(), &[Effects], Some(2));
}

#[test]
fn a_repeat_on_kafka_is_no_second_effect() {
    let mut world = World::sound();
    world.copy(PRODUCT_DECREASED, 1);
    world.copy(INCREASE_PRODUCT, 3);
    assert_violates(&world.finish(), &[], None);
}
