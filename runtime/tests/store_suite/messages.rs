//! Messages on their way out, and those that wait on their way in.

use saga_runtime::store::{
    CursorMove, Fence, Held, Outbox, OutboxRow, Session, ShardId, ShardMove, Store, Token, Writes,
};

use super::{Fixture, Lane, fenced, prepared};

/// Messages with the numbers `seqs` of `shard`.
fn outbox(shard: ShardId, seqs: std::ops::RangeInclusive<i64>) -> Outbox {
    let mut outbox = Outbox::default();
    let push = |outbox: &mut Outbox, part: &[u8]| {
        let start = outbox.bytes.len();
        outbox.bytes.extend_from_slice(part);
        start..outbox.bytes.len()
    };
    for seq in seqs {
        let row = OutboxRow {
            shard,
            seq,
            topic: "order-created".into(),
            partition: i32::try_from(seq % 3).unwrap(),
            incarnation: 17,
            dseq: seq * 2,
            key: push(&mut outbox, seq.to_string().as_bytes()),
            headers: push(&mut outbox, "ce_type: shop.Örder".as_bytes()),
            value: push(&mut outbox, &[0, 159, 146, 150]),
        };
        outbox.rows.push(row);
    }
    outbox
}

pub(crate) async fn stores_messages_and_pages_through_them<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let shard = lane.fence.shard;
    lane.begin().await;
    lane.commit_moving(1, 600, Writes { outbox: outbox(shard, 1..=600), ..Writes::default() }).await;
    assert_eq!(lane.session.outbox_page(shard, 0, 500).await.unwrap(), outbox(shard, 1..=500));
    assert_eq!(lane.session.outbox_page(shard, 500, 500).await.unwrap(), outbox(shard, 501..=600));
    assert_eq!(lane.session.outbox_page(shard, 600, 500).await.unwrap(), Outbox::default());
    assert_eq!(lane.session.outbox_page(ShardId(99), 0, 500).await.unwrap(), Outbox::default());
}

pub(crate) async fn moves_cursors_and_deletes_behind<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let (mut one, mut two) = (Lane::on(&store, "in:a:0").await, Lane::on(&store, "in:a:1").await);
    for lane in [&mut one, &mut two] {
        lane.begin().await;
        let writes = Writes { outbox: outbox(lane.fence.shard, 1..=10), ..Writes::default() };
        lane.commit_moving(1, 10, writes).await;
    }
    let step = |lane: &Lane<F::Store>, from, to| CursorMove {
        shard: lane.fence.shard,
        token: lane.fence.token,
        from,
        to,
    };
    let moves = [step(&two, 0, 10), step(&one, 0, 4)];
    assert_eq!(one.session.move_cursors(&moves).await.unwrap(), []);
    let left = one.session.outbox_page(one.fence.shard, 0, 100).await.unwrap();
    assert_eq!(left, outbox(one.fence.shard, 5..=10));
    let left = one.session.outbox_page(two.fence.shard, 0, 100).await.unwrap();
    assert_eq!(left, Outbox::default());
    assert_eq!(one.session.move_cursors(&[step(&one, 4, 5)]).await.unwrap(), []);
    assert_eq!(one.session.move_cursors(&[]).await.unwrap(), []);
    assert_eq!(Lane::on(&store, "in:a:0").await.state.cursor, 5);
    assert_eq!(Lane::on(&store, "in:a:1").await.state.cursor, 10);
}

pub(crate) async fn keeps_what_it_is_told_to_behind_the_cursor<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await.keeping(3);
    let mut lane = Lane::on(&store, "in:a:0").await;
    let (shard, token) = (lane.fence.shard, lane.fence.token);
    lane.begin().await;
    lane.commit_moving(1, 10, Writes { outbox: outbox(shard, 1..=10), ..Writes::default() }).await;
    for (from, to, kept) in [(0, 2, 1), (2, 6, 4), (6, 10, 8)] {
        let step = CursorMove { shard, token, from, to };
        assert_eq!(lane.session.move_cursors(&[step]).await.unwrap(), []);
        let left = lane.session.outbox_page(shard, 0, 100).await.unwrap();
        assert_eq!(left, outbox(shard, kept..=10), "the cursor is at {to}");
    }
}

pub(crate) async fn guards_the_cursor<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let (mut lane, mut other) = (Lane::on(&store, "in:a:0").await, Lane::on(&store, "in:a:1").await);
    for lane in [&mut lane, &mut other] {
        lane.begin().await;
        let writes = Writes { outbox: outbox(lane.fence.shard, 1..=6), ..Writes::default() };
        lane.commit_moving(1, 6, writes).await;
    }
    let shard = lane.fence.shard;
    let good = CursorMove { shard, token: lane.fence.token, from: 0, to: 3 };
    for bad in [
        CursorMove { token: Token::random(), ..good },
        CursorMove { to: 7, ..good },
        CursorMove { to: 0, ..good },
        CursorMove { shard: ShardId(99), ..good },
    ] {
        assert_eq!(lane.session.move_cursors(&[bad]).await.unwrap(), [bad.shard]);
    }
    assert_eq!(lane.session.outbox_page(shard, 0, 100).await.unwrap().rows.len(), 6);
    // Of two shards in one call only the one that is still owned moves.
    let lost = CursorMove { shard: other.fence.shard, token: Token::random(), from: 0, to: 3 };
    assert_eq!(lane.session.move_cursors(&[lost, good]).await.unwrap(), [lost.shard]);
    assert_eq!(lane.session.outbox_page(shard, 0, 100).await.unwrap().rows.len(), 3);
    assert_eq!(lane.session.outbox_page(other.fence.shard, 0, 100).await.unwrap().rows.len(), 6);
}

pub(crate) async fn holds_and_releases<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let held = |dseq| Held {
        topic: "a".into(),
        partition: 0,
        source: "order/1".to_owned(),
        incarnation: 70,
        dseq,
        offset: dseq + 100,
        record: vec![1, 2, 3],
    };
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    let writes = Writes { held: (1..=5).map(held).collect(), ..Writes::default() };
    lane.commit_moving(1, 0, writes).await;
    lane.begin().await;
    let blank = |dseq| Held { record: Vec::new(), ..held(dseq) };
    let writes = Writes { released: (2..=4).map(blank).collect(), held: vec![held(6)], ..Writes::default() };
    lane.commit_moving(2, 0, writes).await;
    let state = Lane::on(&store, "in:a:0").await.state;
    assert_eq!(state.held, [held(1), held(5), held(6)]);
}

pub(crate) async fn counts_what_was_handled<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let (one, two) = (Lane::on(&store, "in:a:0").await, Lane::on(&store, "in:a:1").await);
    let mut session = store.session().await.unwrap();
    session.begin(&[two.fence, one.fence]).await.unwrap();
    let step = |fence: Fence, next_offset, last_seq| ShardMove {
        shard: fence.shard,
        next_offset,
        last_seq,
        applied: 3,
        dropped: 1,
    };
    let shards = vec![step(one.fence, 4, 1), step(two.fence, 5, 2)];
    session.commit(&Writes { shards, ..Writes::default() }).await.unwrap();
    let moved = [
        Fence { next_offset: 4, last_seq: 1, ..one.fence },
        Fence { next_offset: 5, last_seq: 2, ..two.fence },
    ];
    session.begin(&moved).await.unwrap();
    let shards = vec![step(moved[0], 5, 1)];
    session.commit(&Writes { shards, ..Writes::default() }).await.unwrap();
    assert_eq!(fixture.counts(one.fence.shard).await, (6, 2));
    assert_eq!(fixture.counts(two.fence.shard).await, (3, 1));
    assert_eq!(fenced(session.begin(&[one.fence, two.fence]).await).len(), 2);
}

pub(crate) async fn commits_nothing_but_a_move<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    lane.begin().await;
    lane.commit_moving(44, 0, Writes::default()).await;
    lane.begin().await;
    lane.session.commit(&Writes::default()).await.unwrap();
    assert_eq!(Lane::on(&store, "in:a:0").await.state.next_offset, 44);
}
