//! Steps that wait for a time: a deadline, or the next attempt of a call or a compensation.

use std::time::Duration;

use saga_runtime::store::{Session, Store, Writes};
use saga_runtime::{Due, Inputs as _, Mode, StepRows, Steps as _};

use super::steps::{Both, Part, STOCK, wanting};
use super::{Fixture, Lane, prepared};

const HOUR: Duration = Duration::from_secs(3_600);
/// What real time needs to pass so that a clock in milliseconds notices.
const TICK: Duration = Duration::from_millis(20);

/// Loads the rows of these instances, lets `change` work on them, and commits.
async fn changing<S: Store>(
    lane: &mut Lane<S>,
    correlations: &[&str],
    change: impl FnOnce(&mut StepRows<Both>),
) {
    let mut rows = wanting(correlations);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    change(&mut rows);
    lane.session.write_steps(&rows).await.unwrap();
    lane.session.commit(&Writes::default()).await.unwrap();
}

async fn due<S: Store>(lane: &mut Lane<S>, limit: i64) -> Vec<String> {
    let due = lane.session.due_steps(limit, &[]).await.unwrap();
    due.into_iter().map(|step| step.correlation).collect()
}

pub(crate) async fn knows_when_a_step_is_due<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    assert_eq!(lane.session.next_due().await.unwrap(), None);
    changing(&mut lane, &["now", "later", "never"], |rows| {
        rows.memory("now").set_due(Due::After(Duration::ZERO));
        rows.memory("later").set_due(Due::After(HOUR));
        // Nothing is stored that could be cleared.
        rows.memory("never").set_due(Due::Clear);
    })
    .await;
    assert_eq!(lane.session.next_due().await.unwrap(), Some(Duration::ZERO));
    fixture.pass(TICK).await;
    assert_eq!(due(&mut lane, 10).await, ["now"]);
    assert_eq!(lane.session.due_steps(10, &["another"]).await.unwrap().len(), 1);
    assert_eq!(lane.session.due_steps(10, &["another", Both::STEP]).await.unwrap(), []);

    // A message that joins the step rewrites the row, and moves nothing.
    fixture.pass(TICK).await;
    changing(&mut lane, &["now", "later", "never"], |rows| {
        let overdue = ["now", "later", "never"].map(|instance| rows.memory(instance).overdue());
        assert_eq!(overdue, [true, false, false]);
        for instance in ["now", "later", "never"] {
            rows.memory(instance).keep(STOCK, &Part::Stock(3));
        }
    })
    .await;
    changing(&mut lane, &["now", "later"], |rows| {
        assert!(rows.memory("now").overdue() && !rows.memory("later").overdue());
        rows.memory("now").set_due(Due::Clear);
    })
    .await;
    let next = lane.session.next_due().await.unwrap().expect("the one that is due later");
    assert!(next <= HOUR - TICK && next > HOUR - Duration::from_secs(60), "{next:?}");

    // The number of attempts is kept beside it, with all of its digits.
    changing(&mut lane, &["now"], |rows| {
        assert!(!rows.memory("now").overdue());
        assert_eq!(rows.memory("now").attempts(), 0);
        rows.memory("now").set_attempts(i32::MAX);
    })
    .await;
    changing(&mut lane, &["now"], |rows| {
        assert_eq!(rows.memory("now").attempts(), i32::MAX);
        assert_eq!(rows.inputs("now").stock, Some(3));
    })
    .await;
}

pub(crate) async fn finds_what_is_due_longest_overdue_first<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    for instance in ["c", "a", "b"] {
        changing(&mut lane, &[instance], |rows| rows.memory(instance).set_due(Due::After(Duration::ZERO)))
            .await;
        fixture.pass(TICK).await;
    }
    changing(&mut lane, &["d", "e"], |rows| {
        rows.memory("d").set_due(Due::After(HOUR));
        rows.memory("e").set_mode(Mode::Failed);
    })
    .await;
    assert_eq!(due(&mut lane, 10).await, ["c", "a", "b"]);
    assert_eq!(due(&mut lane, 2).await, ["c", "a"]);
    let first = lane.session.due_steps(1, &[]).await.unwrap().remove(0);
    assert_eq!((first.step.as_str(), first.mode.as_str()), ("create-delivery", "waiting"));

    // Tried and failed: it is due again later, behind the others.
    changing(&mut lane, &["c"], |rows| {
        rows.memory("c").set_attempts(1);
        rows.memory("c").set_due(Due::After(TICK));
    })
    .await;
    assert_eq!(due(&mut lane, 10).await, ["a", "b"]);
    fixture.pass(2 * TICK).await;
    assert_eq!(due(&mut lane, 10).await, ["a", "b", "c"]);
}

pub(crate) async fn sees_what_is_due_only_once_it_is_committed<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    let mut rows = wanting(&["1"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    rows.memory("1").set_due(Due::After(Duration::ZERO));
    lane.session.write_steps(&rows).await.unwrap();
    // Another connection neither sees the row nor waits for its lock.
    let mut timer = store.session().await.unwrap();
    assert_eq!(timer.due_steps(10, &[]).await.unwrap(), []);
    assert_eq!(timer.next_due().await.unwrap(), None);
    lane.session.commit(&Writes::default()).await.unwrap();
    fixture.pass(TICK).await;
    assert_eq!(timer.due_steps(10, &[]).await.unwrap().len(), 1);
    lane.begin().await;
    lane.session.load_steps(&mut wanting(&["1"])).await.unwrap();
    assert_eq!(timer.due_steps(10, &[]).await.unwrap().len(), 1, "a row that is locked is found as well");
    lane.session.rollback().await.unwrap();
}

pub(crate) async fn sweeps_no_step_that_runs_or_is_due<F: Fixture>(fixture: &F) {
    let store = prepared(fixture).await;
    let mut lane = Lane::on(&store, "in:a:0").await;
    changing(&mut lane, &["closed", "due", "runs"], |rows| {
        rows.memory("closed").set_mode(Mode::Failed);
        rows.memory("due").set_mode(Mode::Failed);
        rows.memory("due").set_due(Due::After(HOUR));
        rows.memory("runs").set_attempts(1);
        rows.memory("runs").set_mode(Mode::Running);
    })
    .await;
    fixture.pass(2 * TICK).await;
    assert_eq!(store.sweep(Duration::from_millis(1)).await.unwrap(), 1);
    changing(&mut lane, &["closed", "due", "runs"], |rows| {
        let modes = ["closed", "due", "runs"].map(|instance| rows.memory(instance).mode());
        assert_eq!(modes, [Mode::Waiting, Mode::Failed, Mode::Running]);
        // Its compensation is done: from now on it is a closed row as any other.
        rows.memory("due").set_due(Due::Clear);
    })
    .await;
    assert_eq!(store.sweep(Duration::from_millis(1)).await.unwrap(), 1);
}
