//! Each invariant must see what breaks it, and nothing else.

mod ends;
mod kept;
mod messages;
mod world;

use super::check::check;
use super::evidence::Evidence;
use super::invariant::Invariant;

use world::World;

/// Exactly these invariants do not hold, and the story is that of this order.
#[track_caller]
fn assert_violates(evidence: &Evidence, wanted: &[Invariant], order: Option<i64>) {
    let report = check(evidence);
    let violated: Vec<Invariant> = report.violated().collect();
    assert_eq!(violated, wanted, "\n{report}");
    let told = report.story.as_ref().and_then(|story| story.lines().next());
    let title = order.map(|order| format!("the story of order {order}"));
    assert_eq!(told, title.as_deref(), "\n{report}");
    for finding in report.findings.iter().filter(|finding| finding.violations > 0) {
        assert!(!finding.told.is_empty(), "\n{report}");
    }
}

#[test]
fn a_sound_run_is_sound() {
    let report = check(&World::sound().finish());
    assert!(report.is_sound(), "\n{report}");
    assert_eq!(report.story, None);
    let idle: Vec<_> = report.findings.iter().filter(|finding| finding.looked_at == 0).collect();
    assert_eq!(idle, Vec::<&super::Finding>::new());
    let text = report.to_string();
    assert_eq!(text.matches("\nholds").count() + 1, 9, "\n{text}");
    assert!(text.contains("2 messages are on Kafka again under the same number"), "\n{text}");
    assert!(text.contains("2 messages follow another of their key and source"), "\n{text}");
}

#[test]
fn a_sound_run_is_sound_without_its_outboxes() {
    let mut evidence = World::sound().finish();
    world::forget_outboxes(&mut evidence);
    let report = check(&evidence);
    assert!(report.is_sound(), "\n{report}");
    assert!(report.to_string().contains("outbox rows were not kept"), "\n{report}");
}

#[test]
fn nothing_at_all_is_sound() {
    assert!(check(&Evidence::default()).is_sound());
}

#[test]
fn a_story_tells_rows_and_messages_in_the_order_of_time() {
    let mut evidence = World::sound().finish();
    evidence.deliveries.retain(|delivery| delivery.order != 1);
    let story = check(&evidence).story.unwrap_or_default();
    let wanted = [
        "order: request key-1 was answered with 201",
        "posted: Posted { key: \"key-1\"",
        "order: row OrderRow { user: 101, product: 1, quantity: 2, status: Completed }",
        "product: product 1 has Some(",
        "delivery: step create-delivery is done",
        "delivery: outbox ",
        "order: outbox ",
        "order-created[1] offset 0, key \"1\": {",
        "      saga-seq: 1|order/2|77|order-created|1|1",
        "product-decreased[1] offset 0, key \"1\": {",
        "delivery-created[1] offset 0, key \"1\": {",
        "order-created[1] offset 2, from the adversary (Sound), key \"1\"",
    ];
    let mut from = 0;
    for part in wanted {
        let at = story[from..].find(part);
        assert!(at.is_some(), "{part} is missing behind byte {from} of\n{story}");
        from += at.unwrap_or_default();
    }
}
