//! Calls in flight: started when a transaction has recorded them, and answered in another one.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, info_span};

use super::timer::{Timer, Verdict};
use crate::call::{CallError, Calling, Unanswered};
use crate::entropy;
use crate::metrics::Metrics;
use crate::outcome::Rejection;
use crate::protocol::batch::panic_text;
use crate::protocol::parking::backoff;
use crate::service::Service;
use crate::traces::{Attempt, Traces};

/// How many calls of a step may be in flight at an instance, unless it is configured.
pub(crate) const IN_FLIGHT: usize = 32;
/// How much longer than its timeout an attempt is left alone: its answer may wait for the database. After
/// that its instance is taken to be gone, and any instance makes the next attempt.
const SLACK: Duration = Duration::from_secs(5);

/// What an attempt of a call came to.
#[derive(Debug)]
pub(super) enum Said<A> {
    Answered(A),
    Rejected(Rejection),
    /// The call has been compensated.
    Undone,
    /// Whether it took effect is unknown, for this reason.
    Unanswered(String),
}

impl<A> Said<A> {
    /// In a word, for the metrics.
    fn word(&self) -> &'static str {
        match self {
            Self::Answered(_) | Self::Undone => "answered",
            Self::Rejected(_) => "rejected",
            Self::Unanswered(_) => "unanswered",
        }
    }
}

impl<A> From<Result<A, CallError>> for Said<A> {
    fn from(result: Result<A, CallError>) -> Self {
        match result {
            Ok(answer) => Self::Answered(answer),
            Err(CallError::Rejected(rejection)) => Self::Rejected(rejection),
            Err(CallError::Unanswered(Unanswered(why))) => Self::Unanswered(why),
        }
    }
}

impl<A> From<Result<(), Unanswered>> for Said<A> {
    fn from(result: Result<(), Unanswered>) -> Self {
        match result {
            Ok(()) => Self::Undone,
            Err(Unanswered(why)) => Self::Unanswered(why),
        }
    }
}

/// The calls of a service instance that are not answered yet.
pub(super) struct Calls<S: Service> {
    running: JoinSet<Timer<S>>,
    /// The room that each step has, if it has called anything yet.
    rooms: HashMap<usize, Arc<Semaphore>>,
    /// How many calls of a step may be in flight.
    most: usize,
    metrics: Arc<Metrics>,
    traces: Arc<Traces>,
}

impl<S: Service> Calls<S> {
    pub(super) fn new(most: usize, metrics: Arc<Metrics>, traces: Arc<Traces>) -> Self {
        Self { running: JoinSet::new(), rooms: HashMap::new(), most, metrics, traces }
    }

    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// For how many more calls of a step there is room.
    pub(super) fn room(&self, step: usize) -> usize {
        self.rooms.get(&step).map_or(self.most, |room| room.available_permits())
    }

    /// The steps that have no room: what is due of them waits.
    pub(super) fn full(&self) -> Vec<&'static str> {
        let full = self.rooms.iter().filter(|(_, room)| room.available_permits() == 0);
        full.map(|(step, _)| S::name_of(*step)).collect()
    }

    /// Starts an attempt that has been recorded.
    pub(super) fn start(&mut self, mut timer: Timer<S>, attempt: i32, calling: Calling<Said<S::Answered>>) {
        let (step, metrics, traces) = (S::name_of(timer.step), self.metrics.clone(), self.traces.clone());
        let room = self.rooms.entry(timer.step).or_insert_with(|| Arc::new(Semaphore::new(self.most)));
        // The lane starts no more than there is room for.
        let permit = room.clone().try_acquire_owned();
        let (_, limit) = S::retries(timer.step);
        let span = info_span!("call", service = S::NAME, step, correlation = timer.key, attempt);
        metrics.timers.called(step);
        let call = async move {
            let (began, trace) = (Instant::now(), traces.follow(None));
            let said = match timeout(limit, caught(calling)).await {
                Ok(Ok(said)) => said,
                // It does not say whether the call took effect.
                Ok(Err(panic)) => Said::Unanswered(format!("the handler panicked: {panic}")),
                Err(_) => Said::Unanswered(format!("no answer within {} ms", limit.as_millis())),
            };
            let result = said.word();
            metrics.timers.answered(step, result, began.elapsed());
            let ended = Attempt { step, correlation: &timer.key, number: attempt, result };
            traces.called::<S>(trace, ended, began.into_std());
            timer.trace = Some(trace);
            drop(permit);
            timer.verdict = Verdict::Take { attempt, said };
            timer
        };
        self.running.spawn(call.instrument(span));
    }

    /// Waits for an answer, and takes those that came with it.
    pub(super) async fn answers(&mut self) -> Vec<Timer<S>> {
        let Some(first) = self.running.join_next().await else { return std::future::pending().await };
        let mut answers = Vec::from_iter(first);
        while let Some(next) = self.running.try_join_next() {
            answers.extend(next);
        }
        answers
    }

    pub(super) fn are_over(&self) -> bool {
        self.running.is_empty()
    }
}

/// Awaits a handler, or takes the message of its panic.
pub(super) async fn caught<T>(mut calling: Calling<T>) -> Result<T, String> {
    std::future::poll_fn(move |cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| calling.as_mut().poll(cx)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(panic_text(panic.as_ref()))),
        }
    })
    .await
}

/// After what time an attempt without an answer is given up on, wherever it was made.
pub(super) fn lost_after(timeout: Duration) -> Duration {
    timeout + SLACK
}

/// The wait after so many attempts. Callers that failed together do not come back together.
pub(super) fn pause(attempts: i32) -> Duration {
    let random = entropy::number() % 500;
    // 75 to 125 %.
    backoff(attempts) * u32::try_from(750 + random).unwrap_or(1_000) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_and_is_never_the_same_for_all() {
        let pauses: Vec<_> = (0..100).map(|_| pause(3)).collect();
        assert!(pauses.iter().all(|pause| (600..1_000).contains(&pause.as_millis())), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
