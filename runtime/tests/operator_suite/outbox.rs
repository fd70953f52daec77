//! Messages that Kafka does not take.

use saga_runtime::store::{Outbox, OutboxRow, Session as _, ShardId, Token, Writes};

use super::WithOperator;
use crate::store_suite::{Lane, fenced, prepared};

/// Messages 1 and 2 to partition 0 of topic `b`.
fn outbox(shard: ShardId) -> Outbox {
    let mut outbox = Outbox::default();
    for seq in 1..=2 {
        let headers = format!(
            r#"[["ce_type","shop.OrderCreated"],["ce_subject","42"],["saga-seq","1|order/{}|0|b|0|{seq}"]]"#,
            shard.0
        );
        let mut push = |part: &[u8]| {
            let start = outbox.bytes.len();
            outbox.bytes.extend_from_slice(part);
            start..outbox.bytes.len()
        };
        let (key, headers, value) = (push(b"42"), push(headers.as_bytes()), push(&[b' '; 900]));
        let (topic, partition, incarnation) = ("b".into(), 0, 0);
        let row = OutboxRow { shard, seq, topic, partition, incarnation, dseq: seq, key, headers, value };
        outbox.rows.push(row);
    }
    outbox
}

pub(crate) async fn skips_what_cannot_be_sent<F: WithOperator>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let shard = lane.fence.shard;
    lane.begin().await;
    let writes = Writes { outbox: outbox(shard), ..Writes::default() };
    lane.commit_moving(1, 2, writes).await;

    let mut operator = fixture.operator().await.unwrap();
    let listed = operator.unsent(None, 10).await.unwrap();
    let told: Vec<_> = listed.iter().map(|message| (message.seq, message.is_next)).collect();
    assert_eq!(told, [(1, true), (2, false)]);
    assert_eq!(listed[0].header("ce_type").as_deref(), Some("shop.OrderCreated"));
    assert!(listed[0].bytes > 900);
    assert!(operator.unsent(Some("another"), 10).await.unwrap().is_empty());
    let (shown, value) = operator.find_unsent(shard, 1).await.unwrap().unwrap();
    assert_eq!((shown.name.as_str(), value.len()), ("in:a:0", 900));

    operator.skip_unsent(shard, 1).await.unwrap();
    assert!(operator.skip_unsent(shard, 7).await.is_err(), "there is no such message");
    assert_eq!(fenced(lane.session.begin(&[lane.fence]).await), [shard], "the owner notices");

    let mut lane = Lane::on(&store, "in:a:0").await;
    let page = lane.session.outbox_page(shard, 0, 10).await.unwrap();
    assert_eq!(page.rows.len(), 2, "nothing is deleted");
    let [skipped, other] = [&page.rows[0], &page.rows[1]];
    assert_eq!((skipped.seq, skipped.dseq, &*skipped.topic, skipped.partition), (1, 1, "b", 0));
    let headers = String::from_utf8(page.bytes[skipped.headers.clone()].to_vec()).unwrap();
    let number = format!(r#"["saga-seq","1|order/{}|0|b|0|1"]"#, shard.0);
    assert!(headers.contains(&number) && headers.contains(r#"["saga-skip","1"]"#), "{headers}");
    assert_eq!((skipped.value.len(), other.value.len()), (0, 900));

    let token: Token = lane.fence.token;
    let moved = saga_runtime::store::CursorMove { shard, token, from: 0, to: 2 };
    assert!(lane.session.move_cursors(&[moved]).await.unwrap().is_empty());
    assert!(operator.unsent(None, 10).await.unwrap().is_empty());
    assert!(operator.skip_unsent(shard, 2).await.is_err(), "it is acknowledged");
}
