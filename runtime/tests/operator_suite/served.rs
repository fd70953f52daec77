//! What a database has served, and what is decided about its history.

use std::collections::{BTreeMap, BTreeSet};

use saga_runtime::store::{Left, Served, Serving, Session as _, Steps, Store as _, Writes};

use super::{WithOperator, dead, held, notices, owner, parked, position};
use crate::store_suite::Lane;

fn steps(steps: &[(&str, &str)]) -> Steps {
    steps.iter().map(|(step, topic)| ((*step).to_owned(), BTreeSet::from([(*topic).to_owned()]))).collect()
}

fn instances(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn serving(served: &[(&str, &str)]) -> Serving {
    Serving { served: Served { steps: steps(served), ..Served::default() }, ..Serving::default() }
}

pub(crate) async fn remembers_what_it_served<F: WithOperator>(fixture: &F) {
    let store = fixture.store();
    let mut operator = store.operator().await.unwrap().unwrap();
    assert_eq!(operator.served("shop", "order").await.unwrap(), Served::default(), "there are no tables");
    let writes = Writes {
        parked: vec![parked(1)],
        dead: vec![dead(2)],
        held: vec![held("s/1", 9, 7, 3)],
        ..Writes::default()
    };
    owner(fixture, writes).await;
    let mut served = Served {
        steps: steps(&[("take", "a"), ("put", "b")]),
        tables: instances(&["stock"]),
        run_once: BTreeMap::from([("a".to_owned(), 5)]),
        handled: BTreeMap::from([(("a:b".to_owned(), 2), 7)]),
        ..Served::default()
    };
    for _ in 0..2 {
        operator.serve(&Serving { served: served.clone(), ..Serving::default() }).await.unwrap();
    }
    served.positions = vec![position(100)];
    served.queued = BTreeMap::from([("a".to_owned(), 2)]);
    assert_eq!(operator.served("shop", "order").await.unwrap(), served);
    assert_eq!(operator.served("shop", "product").await.unwrap(), Served::default(), "it is another's");
    assert_eq!(operator.unhandled("a").await.unwrap(), BTreeSet::from([(0, 1), (0, 2), (0, 3)]));
    let filled = [operator.is_filled("saga_parked").await, operator.is_filled("saga_request").await];
    assert_eq!(filled.map(|filled| filled.unwrap()), [true, false]);
    assert!(!operator.is_filled("no_such_table").await.unwrap());
}

pub(crate) async fn passes_a_history_over<F: WithOperator>(fixture: &F) {
    let mut lane = owner(fixture, Writes::default()).await;
    let mut operator = fixture.operator().await.unwrap();
    let mut skipping = serving(&[("take", "a")]);
    let mut never_read = position(-1);
    never_read.partition = 1;
    skipping.skips = vec![(position(99), 120), (never_read.clone(), 7)];
    let error = operator.serve(&skipping).await.unwrap_err().to_string();
    assert!(error.contains("has moved on to 100"), "{error}");
    assert_eq!(operator.positions().await.unwrap(), [position(100)], "all or nothing");
    assert_eq!(operator.served("shop", "order").await.unwrap().steps, Steps::new());
    skipping.skips[0].0 = position(100);
    operator.serve(&skipping).await.unwrap();
    never_read.next_offset = 7;
    assert_eq!(operator.positions().await.unwrap(), [position(120), never_read]);
    assert!(notices::<F>(&mut lane).await);
    assert_eq!(Lane::on(&fixture.store(), "in:a:1").await.state.next_offset, 7);
}

pub(crate) async fn remembers_for_whom_a_step_has_acted<F: WithOperator>(fixture: &F) {
    let mut lane = owner(fixture, Writes::default()).await;
    let mut operator = fixture.operator().await.unwrap();
    let many: BTreeSet<String> = (0..450).map(|order| order.to_string()).collect();
    let mut acted = serving(&[("take", "a"), ("join", "b")]);
    acted.acted = vec![("take".into(), false, many.clone()), ("join".into(), true, instances(&["1", "2"]))];
    operator.serve(&acted).await.unwrap();
    operator.serve(&acted).await.unwrap();
    assert_eq!(operator.ended("take").await.unwrap(), many);
    assert_eq!(operator.left_by("join").await.unwrap(), Left { waiting: 0, ended: 2 });
    // As a lane finds it.
    lane.begin().await;
    let pairs = BTreeSet::from([("take", "7".to_owned()), ("take", "1000".to_owned())]);
    let fresh = lane.session.claim_once(&pairs).await.unwrap();
    assert_eq!(fresh, BTreeSet::from([("take", "1000".to_owned())]));
}

pub(crate) async fn adopts_and_drops_a_step<F: WithOperator>(fixture: &F) {
    owner(fixture, Writes::default()).await;
    let mut operator = fixture.operator().await.unwrap();
    let mut acted = serving(&[("take", "a"), ("put", "b")]);
    acted.acted = vec![
        ("take".into(), false, instances(&["1", "2"])),
        ("take".into(), true, instances(&["3"])),
        ("reserve".into(), false, instances(&["2"])),
    ];
    operator.serve(&acted).await.unwrap();
    assert!(operator.adopt_step("fetch", "reserve").await.unwrap_err().to_string().contains("put, take"));
    assert_eq!(operator.adopt_step("take", "reserve").await.unwrap(), 2);
    assert_eq!(operator.ended("reserve").await.unwrap(), instances(&["1", "2", "3"]));
    assert_eq!(operator.ended("take").await.unwrap(), instances(&[]));
    let served = operator.served("shop", "order").await.unwrap().steps;
    assert_eq!(served, steps(&[("reserve", "a"), ("put", "b")]));
    assert_eq!(operator.drop_step("reserve").await.unwrap(), 3);
    assert_eq!(operator.served("shop", "order").await.unwrap().steps, steps(&[("put", "b")]));
    assert!(operator.drop_step("reserve").await.is_err());
}
