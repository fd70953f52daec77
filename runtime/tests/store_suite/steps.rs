//! Step rows, pairs that run once, answers that are given again.

use std::collections::BTreeSet;
use std::time::Duration;

use saga_runtime::store::{RequestKey, Seen, Session, Store, StoredAnswer, Writes};
use saga_runtime::{Inputs, Mode, StepRows, Steps as _};
use serde::{Deserialize, Serialize};

use super::{Fixture, Lane, prepared};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Both {
    pub order: Option<String>,
    pub stock: Option<i64>,
}

impl Inputs for Both {
    const STEP: &'static str = "create-delivery";

    type Message = Part;

    fn has(&self, need: usize) -> bool {
        if need == ORDER { self.order.is_some() } else { self.stock.is_some() }
    }

    fn keep(&mut self, _: usize, message: &Part) {
        match message {
            Part::Order(order) => self.order = Some(order.clone()),
            Part::Stock(stock) => self.stock = Some(*stock),
        }
    }
}

pub(crate) const ORDER: usize = 0;
pub(crate) const STOCK: usize = 1;

pub(crate) enum Part {
    Order(String),
    Stock(i64),
}

pub(crate) fn wanting(correlations: &[&str]) -> StepRows<Both> {
    let mut rows = StepRows::default();
    correlations.iter().for_each(|correlation| rows.lock(correlation));
    rows
}

pub(crate) async fn keeps_step_rows<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let address = "Wall St. \"1\", 서울".to_owned();
    let mut rows = wanting(&["7", "ü'8"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    assert_eq!(rows.memory("7").mode(), Mode::Waiting);
    rows.memory("7").keep(ORDER, &Part::Order(address.clone()));
    rows.memory("ü'8").set_mode(Mode::Failed);
    lane.session.write_steps(&rows).await.unwrap();
    lane.session.commit(&Writes::default()).await.unwrap();

    // One row is there, one closed, one new; and one was created without a change.
    for _ in 0..2 {
        let mut rows = wanting(&["7", "ü'8", "new"]);
        lane.begin().await;
        lane.session.load_steps(&mut rows).await.unwrap();
        assert_eq!(*rows.inputs("7"), Both { order: Some(address.clone()), stock: None });
        assert_eq!(rows.memory("ü'8").mode(), Mode::Failed);
        assert_eq!(*rows.inputs("new"), Both::default());
        lane.session.write_steps(&rows).await.unwrap();
        lane.session.commit(&Writes::default()).await.unwrap();
    }
    let mut rows = wanting(&["7"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    rows.memory("7").keep(STOCK, &Part::Stock(3));
    rows.memory("7").set_mode(Mode::Done);
    lane.session.write_steps(&rows).await.unwrap();
    lane.session.commit(&Writes::default()).await.unwrap();
    let mut rows = wanting(&["7"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    assert_eq!(rows.memory("7").mode(), Mode::Done);
    lane.session.load_steps(&mut wanting(&[])).await.unwrap();
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn two_lanes_meet_on_a_step_row<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut rows = wanting(&["1", "2"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    let rival = tokio::spawn({
        let store = store.clone();
        async move {
            let mut lane = Lane::on(&store, "in:b:0").await;
            let mut rows = wanting(&["2", "3"]);
            lane.begin().await;
            lane.session.load_steps(&mut rows).await.unwrap();
            lane.session.rollback().await.unwrap();
            rows.inputs("2").order.clone()
        }
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert!(!rival.is_finished(), "a row that was just created is locked as well");
    rows.memory("2").keep(ORDER, &Part::Order("here".to_owned()));
    lane.session.write_steps(&rows).await.unwrap();
    lane.session.commit(&Writes::default()).await.unwrap();
    assert_eq!(rival.await.unwrap().as_deref(), Some("here"));
}

fn pairs(of: &[(&'static str, &str)]) -> BTreeSet<(&'static str, String)> {
    of.iter().map(|(step, correlation)| (*step, (*correlation).to_owned())).collect()
}

pub(crate) async fn claims_pairs_once<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let first = pairs(&[("a", "1"), ("a", "2"), ("b", "1")]);
    lane.begin().await;
    assert_eq!(lane.session.claim_once(&first).await.unwrap(), first);
    assert_eq!(lane.session.claim_once(&first).await.unwrap(), pairs(&[]));
    lane.session.commit(&Writes::default()).await.unwrap();
    lane.begin().await;
    let second = pairs(&[("a", "1"), ("a", "3"), ("b", "2"), ("b", "1")]);
    assert_eq!(lane.session.claim_once(&second).await.unwrap(), pairs(&[("a", "3"), ("b", "2")]));
    assert_eq!(lane.session.claim_once(&pairs(&[])).await.unwrap(), pairs(&[]));
    lane.session.commit(&Writes::default()).await.unwrap();
}

pub(crate) async fn remembers_answers<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let key = |key: &str| RequestKey { route: "POST /orders".to_owned(), idem_key: key.to_owned() };
    let answer = StoredAnswer {
        fingerprint: "f1".to_owned(),
        status: 201,
        location: "/orders/1".to_owned(),
        body: "{\"id\":1,\"주소\":\"서울\"}".to_owned(),
    };
    let mut lane = Lane::on(&store, "local:0").await;
    lane.begin().await;
    let keys = [key("b"), key("a"), key("unanswered")];
    assert_eq!(lane.session.claim_requests(&keys).await.unwrap(), [None, None, None]);
    let answers =
        vec![(key("a"), answer.clone()), (key("b"), StoredAnswer { status: 422, ..answer.clone() })];
    lane.commit_moving(0, 0, Writes { answers, ..Writes::default() }).await;

    lane.begin().await;
    let keys = [key("a"), key("new"), key("unanswered"), key("b")];
    let found = lane.session.claim_requests(&keys).await.unwrap();
    let rejected = StoredAnswer { status: 422, ..answer.clone() };
    assert_eq!(found, [Some(answer.clone()), None, None, Some(rejected)]);
    lane.session.rollback().await.unwrap();
    lane.begin().await;
    assert_eq!(lane.session.claim_requests(&[]).await.unwrap(), []);
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn sweeps_what_is_old<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut rows = wanting(&["open", "closed"]);
    let key = RequestKey { route: "POST /orders".to_owned(), idem_key: "k".to_owned() };
    let answer = StoredAnswer {
        fingerprint: String::new(),
        status: 201,
        location: String::new(),
        body: String::new(),
    };
    lane.begin().await;
    lane.session.claim_requests(std::slice::from_ref(&key)).await.unwrap();
    lane.session.claim_once(&pairs(&[("a", "1")])).await.unwrap();
    lane.session.load_steps(&mut rows).await.unwrap();
    rows.memory("open").keep(ORDER, &Part::Order("here".to_owned()));
    rows.memory("closed").set_mode(Mode::Failed);
    lane.session.write_steps(&rows).await.unwrap();
    let seen = Seen {
        topic: "a".into(),
        partition: 0,
        source: "order/1".to_owned(),
        incarnation: 1,
        last_dseq: 1,
        anchored: true,
    };
    let writes =
        Writes { seen: vec![seen], answers: vec![(key.clone(), answer.clone())], ..Writes::default() };
    lane.commit_moving(1, 0, writes).await;

    assert_eq!(store.sweep(Duration::from_secs(3_600)).await.unwrap(), 0);
    fixture.pass(Duration::from_millis(50)).await;
    // The pair, the closed row and the source; an answer is kept for a day.
    assert_eq!(store.sweep(Duration::from_millis(1)).await.unwrap(), 3);
    let mut rows = wanting(&["open", "closed"]);
    lane.begin().await;
    assert_eq!(lane.session.claim_requests(&[key]).await.unwrap(), [Some(answer)]);
    lane.session.load_steps(&mut rows).await.unwrap();
    assert!(rows.inputs("open").order.is_some());
    assert_eq!(rows.memory("closed").mode(), Mode::Waiting);
    lane.session.rollback().await.unwrap();
}
