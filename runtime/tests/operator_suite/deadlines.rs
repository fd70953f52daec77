//! Steps that wait for a time.

use std::time::Duration;

use saga_runtime::store::{Session as _, StoreError, When, Writes};
use saga_runtime::{Due, Mode, Steps as _};

use super::{WithOperator, owner};
use crate::store_suite::steps::wanting;

const HOUR_MS: i64 = 3_600_000;

pub(crate) async fn moves_deadlines<F: WithOperator>(fixture: &F) {
    let mut lane = owner(fixture, Writes::default()).await;
    let mut operator = fixture.operator().await.unwrap();
    assert_eq!(operator.deadlines(None, 10).await.unwrap(), []);
    let mut rows = wanting(&["late", "it's \"soon\"", "never"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    rows.memory("late").set_due(Due::After(Duration::from_secs(7_200)));
    rows.memory("it's \"soon\"").set_due(Due::After(Duration::from_secs(3_600)));
    rows.memory("late").set_attempts(3);
    rows.memory("never").set_mode(Mode::Failed);
    lane.session.write_steps(&rows).await.unwrap();
    lane.session.commit(&Writes::default()).await.unwrap();

    let step = "create-delivery";
    let found = operator.deadlines(Some(step), 10).await.unwrap();
    let brief: Vec<_> = found.iter().map(|it| (&*it.correlation, &*it.mode, it.attempts)).collect();
    assert_eq!(brief, [("it's \"soon\"", "waiting", 0), ("late", "waiting", 3)]);
    assert_eq!(operator.deadlines(Some("another"), 10).await.unwrap(), []);
    assert_eq!(operator.deadlines(None, 1).await.unwrap(), found[..1]);
    let now_ms = operator.now_ms().await.unwrap();
    let left_ms = found[0].due_ms - now_ms;
    assert!((HOUR_MS - 60_000..=HOUR_MS).contains(&left_ms), "{left_ms}");

    // To a time, and to a span from now.
    operator.move_deadline(step, "it's \"soon\"", When::At(now_ms + 9 * HOUR_MS)).await.unwrap();
    let moved = operator.deadline(step, "it's \"soon\"").await.unwrap().unwrap();
    assert_eq!(moved.due_ms, now_ms + 9 * HOUR_MS);
    operator.move_deadline(step, "late", When::In(HOUR_MS)).await.unwrap();
    let left_ms = operator.deadline(step, "late").await.unwrap().unwrap().due_ms - now_ms;
    assert!((HOUR_MS..HOUR_MS + 60_000).contains(&left_ms), "{left_ms}");
    let next = lane.session.next_due().await.unwrap().unwrap();
    assert!(next > Duration::from_secs(3_500), "{next:?}");

    // Fired: the service finds it, with all that was kept of it.
    operator.move_deadline(step, "late", When::In(0)).await.unwrap();
    fixture.pass(Duration::from_millis(20)).await;
    assert_eq!(lane.session.next_due().await.unwrap(), Some(Duration::ZERO));
    let due = lane.session.due_steps(10, &[]).await.unwrap();
    assert_eq!(due.iter().map(|due| &*due.correlation).collect::<Vec<_>>(), ["late"]);
    let mut rows = wanting(&["late"]);
    lane.begin().await;
    lane.session.load_steps(&mut rows).await.unwrap();
    assert!(rows.memory("late").overdue());
    assert_eq!(rows.memory("late").attempts(), 3);
    lane.session.rollback().await.unwrap();

    // What waits for no time is left alone.
    for (step, correlation) in [(step, "never"), (step, "unknown"), ("another", "late")] {
        let refused = operator.move_deadline(step, correlation, When::In(0)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
        assert_eq!(operator.deadline(step, correlation).await.unwrap(), None);
    }
}
