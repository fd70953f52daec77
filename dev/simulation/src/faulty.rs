//! A service whose steps fail on some instances.

use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, At, Call, CallError, Calling, ContextOf, Failing, Fault, Flow, Halt, Refusal, RequestContext,
    Routes, RowStatus, Service, Sql, SqlError, Steps, TableSchema, Unanswered, Undecodable,
};

use super::calls::Attempt;
use super::faults::{Faults, Place};

/// A service that does what it does, except that its steps panic on some instances.
pub(crate) struct Faulty<S> {
    pub service: Arc<S>,
    pub faults: Faults,
}

impl<S: Service> Service for Faulty<S> {
    const SAGA: &'static str = S::SAGA;
    const NAME: &'static str = S::NAME;
    const PORT: u16 = S::PORT;
    const CONSUMES: &'static [&'static str] = S::CONSUMES;
    const PUBLISHES: &'static [&'static str] = S::PUBLISHES;
    const EXTERNAL: &'static [&'static str] = S::EXTERNAL;
    const STEPS: &'static [(&'static str, &'static [&'static str])] = S::STEPS;
    const PARTITIONS: &'static [(&'static str, i32)] = S::PARTITIONS;
    const AT: usize = S::AT;

    type Input = S::Input;
    type Request = S::Request;
    type Rows = S::Rows;
    type Correlation = S::Correlation;
    type Answered = S::Answered;

    fn flow() -> &'static Flow {
        S::flow()
    }

    fn tables() -> Vec<TableSchema> {
        S::tables()
    }

    /// Nothing is asked over HTTP here.
    fn routes(routes: Routes<Self>) -> Routes<Self> {
        routes
    }

    fn decode(topic: &str, body: &[u8]) -> Result<Self::Input, Undecodable> {
        S::decode(topic, body)
    }

    fn message(input: &Self::Input) -> usize {
        S::message(input)
    }

    fn correlation(input: &Self::Input) -> &Self::Correlation {
        S::correlation(input)
    }

    fn deadline(step: usize) -> Option<Duration> {
        S::deadline(step)
    }

    fn retries(step: usize) -> (u32, Duration) {
        S::retries(step)
    }

    fn call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<Self::Answered, CallError>>> {
        let attempt = attempt::<S>(step, &call, key, false);
        Some(service.faults.watch(attempt, S::call(&service.service, step, call, key, rows)?))
    }

    fn undo_call(
        service: &Arc<Self>,
        step: usize,
        call: Call,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<(), Unanswered>>> {
        let attempt = attempt::<S>(step, &call, key, true);
        Some(service.faults.watch(attempt, S::undo_call(&service.service, step, call, key, rows)?))
    }

    fn sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<Self::Answered, SqlError>>> {
        let (asked, faults) = (S::sql(&service.service, step, sql, key, rows)?, service.faults.clone());
        let (place, key) = (Place::Handler(S::name_of(step)), key.to_owned());
        Some(Box::pin(async move {
            let said = asked.await;
            faults.ask(place, &key);
            if matches!(said, Err(SqlError::Rejected(_))) {
                faults.rejected(place, &key);
            }
            said
        }))
    }

    fn undo_sql(
        service: &Arc<Self>,
        step: usize,
        sql: Sql,
        key: &str,
        rows: &mut Self::Rows,
    ) -> Option<Calling<Result<(), SqlError>>> {
        S::undo_sql(&service.service, step, sql, key, rows)
    }

    fn memory(rows: &mut Self::Rows, step: usize) -> Option<&mut dyn Steps<Self::Input>> {
        S::memory(rows, step)
    }

    fn lock(&self, step: usize, at: &At<'_, Self::Input, Self::Correlation>, rows: &mut Self::Rows) {
        self.service.lock(step, at, rows);
    }

    fn row(&self, step: usize, used: usize, cx: &mut ContextOf<'_, Self>) -> Option<RowStatus> {
        self.service.row(step, used, cx)
    }

    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        let (name, key) = (S::name_of(step), cx.key.to_owned());
        // The rows are changed before the panic: the change must not be kept.
        let decided = self.service.decide(step, cx);
        let place = Place::Handler(name);
        self.faults.ask(place, &key);
        if matches!(decided, Err(Halt::Rejected(_))) {
            self.faults.rejected(place, &key);
        }
        decided
    }

    fn fail(&self, step: usize, why: &Failing, cx: &mut ContextOf<'_, Self>) {
        if matches!(why, Failing::Deadline | Failing::SagaFailed) {
            self.faults.closed(Place::Handler(S::name_of(step)), cx.key);
        }
        self.service.fail(step, why, cx);
    }

    fn command(&self, step: usize, command: usize, cx: &mut ContextOf<'_, Self>) {
        self.service.command(step, command, cx);
    }

    fn compensate(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<(), Fault> {
        let (name, key) = (S::name_of(step), cx.key.to_owned());
        let compensated = self.service.compensate(step, cx);
        self.faults.ask(Place::Compensation(name), &key);
        compensated
    }

    fn must_act(step: usize) -> bool {
        S::must_act(step)
    }

    fn look(request: &Self::Request, rows: &mut Self::Rows) {
        S::look(request, rows);
    }

    fn asked<'r>(request: &'r Self::Request, rows: &'r Self::Rows) -> Option<(usize, &'r Self::Correlation)> {
        S::asked(request, rows)
    }

    fn lock_for_request(&self, request: &Self::Request, rows: &mut Self::Rows) {
        self.service.lock_for_request(request, rows);
    }

    fn answer(
        &self,
        request: &Self::Request,
        cx: &mut RequestContext<'_, Self::Rows>,
    ) -> Result<Answer, Refusal> {
        self.service.answer(request, cx)
    }
}

fn attempt<S: Service>(step: usize, call: &Call, key: &str, undo: bool) -> Attempt {
    let (service, step) = (S::NAME, S::name_of(step));
    Attempt { service, step, correlation: key.to_owned(), call: call.clone(), undo }
}
