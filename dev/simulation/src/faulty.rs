//! A service whose steps fail on some instances.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use saga_runtime::{
    Answer, At as About, Call, CallError, Calling, Context, ContextOf, Decimal, Failing, Fault, Flow, Halt,
    Outgoing, Refusal, RequestContext, Routes, RowStatus, Service, Sql, SqlError, Steps, TableSchema,
    Unanswered, Undecodable,
};

use super::calls::Attempt;
use super::faults::{Faults, Place};
use super::sim::Sim;
use super::twice::{At, Difference, changes, differences, place, twice};

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

    fn lock(&self, step: usize, at: &About<'_, Self::Input, Self::Correlation>, rows: &mut Self::Rows) {
        self.service.lock(step, at, rows);
    }

    fn row(&self, step: usize, used: usize, cx: &mut ContextOf<'_, Self>) -> Option<RowStatus> {
        self.service.row(step, used, cx)
    }

    fn decide(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<usize, Halt> {
        let (name, key) = (S::name_of(step), cx.key.to_owned());
        // The rows are changed before the panic: the change must not be kept.
        let decided = self.ask_twice(Deed::Step(name), &mut *cx, |cx| self.service.decide(step, cx), words);
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
        self.faults.sim().tell(cx.key, || {
            let why = match why {
                Failing::Rejected(rejection) => &rejection.reason,
                Failing::Closed => "a message closes it",
                Failing::Deadline => "its deadline has passed",
                Failing::SagaFailed => "the saga had failed before",
            };
            format!("{} fails {}: {why}", S::NAME, S::name_of(step))
        });
        self.service.fail(step, why, cx);
    }

    fn command(&self, step: usize, command: usize, cx: &mut ContextOf<'_, Self>) {
        self.service.command(step, command, cx);
    }

    fn compensate(&self, step: usize, cx: &mut ContextOf<'_, Self>) -> Result<(), Fault> {
        let (name, key) = (S::name_of(step), cx.key.to_owned());
        let compensated = self.ask_twice(
            Deed::Compensation(name),
            &mut *cx,
            |cx| self.service.compensate(step, cx),
            |said| said.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()),
        );
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
        let ask = |rows: &mut S::Rows, out: &mut Outgoing| {
            self.service.answer(request, &mut RequestContext { rows, out })
        };
        let asked = twice(&self.faults, (cx.rows, cx.out), ask, |said| format!("{said:?}"));
        let mut sim = self.faults.sim();
        if let Some(difference) = asked.differs {
            sim.find(difference.found(S::NAME, "a request"));
        }
        match asked.said {
            Ok(said) => said,
            Err(panicked) => {
                sim.find(format!("{} panics on a request: {}", S::NAME, panicked.message));
                drop(sim);
                panicked.go_on()
            }
        }
    }
}

/// What a handler is asked for.
#[derive(Clone, Copy)]
enum Deed {
    Step(&'static str),
    Compensation(&'static str),
}

impl Deed {
    fn step(self) -> &'static str {
        let (Self::Step(step) | Self::Compensation(step)) = self;
        step
    }
}

impl<S: Service> Faulty<S> {
    /// Asks a handler twice, and keeps in mind what came of it.
    fn ask_twice<T, E>(
        &self,
        deed: Deed,
        cx: &mut ContextOf<'_, S>,
        ask: impl Fn(&mut ContextOf<'_, S>) -> Result<T, E>,
        words: impl Fn(&Result<T, E>) -> String,
    ) -> Result<T, E> {
        let Context { correlation, key, input, request, answered, .. } = *cx;
        let with = |rows: &mut S::Rows, out: &mut Outgoing| {
            ask(&mut Context { correlation, key, input, request, answered, rows, out })
        };
        let asked = twice(&self.faults, (&mut *cx.rows, &mut *cx.out), with, &words);
        let step = deed.step();
        let what = match deed {
            Deed::Step(step) => step.to_owned(),
            Deed::Compensation(step) => format!("the compensation of {step}"),
        };
        let mut sim = self.faults.sim();
        if let Some(difference) = &asked.differs
            && sim.odd.insert((S::NAME, step))
        {
            sim.find(difference.found(S::NAME, &format!("{what} of instance {key}")));
        }
        let said = match asked.said {
            Ok(said) => said,
            Err(panicked) => {
                sim.panics(S::NAME, step, key, &what, &panicked.message);
                drop(sim);
                panicked.go_on()
            }
        };
        sim.tell(key, || {
            let (mut changed, mut created) = (String::new(), BTreeSet::new());
            for (at, before, now) in changes(&asked.rows) {
                match before {
                    Some(before) => changed += &format!("; {}: {before} → {now}", place(&at)),
                    None => drop(created.insert(at.0)),
                }
            }
            changed.extend(created.into_iter().map(|table| format!("; a new row in {table}")));
            format!("{} decides {what}: {}{}", S::NAME, words(&said), changed)
        });
        if said.is_ok() {
            sim.keep_effect(deed, key, || differences(&asked.rows));
        }
        said
    }
}

impl Sim {
    /// A handler has panicked, and no fault of the simulation is why.
    fn panics(&mut self, service: &'static str, step: &'static str, key: &str, what: &str, message: &str) {
        self.tell(key, || format!("{service} panics in {what}: {message}"));
        if self.panicked.insert((step, key.to_owned())) && self.odd.insert((service, step)) {
            self.find(format!(
                "instance {key}: the handler of {what} in {service} panics: {message}. A panic is retried and in the \
                 end fails the step or parks the message: let it return a rejection, or handle this input"
            ));
        }
    }

    /// Keeps in mind by how much a step has changed numbers, if it is one that is compensated or compensates.
    fn keep_effect(&mut self, deed: Deed, key: &str, by: impl FnOnce() -> BTreeMap<At, Decimal>) {
        let of = match deed {
            Deed::Compensation(step) => Some((step, true)),
            Deed::Step(step) => self.saga.plan.effect_of(step),
        };
        if let Some((step, undoes)) = of {
            self.effects.entry((step, undoes, key.to_owned())).or_default().push(by());
        }
    }
}

impl Difference {
    /// What is found.
    fn found(&self, service: &str, what: &str) -> String {
        let why = match self.is_of_clock {
            true => "reads the clock",
            false => "is not deterministic",
        };
        let instead = match self.is_of_clock {
            true => "asked again with the same rows and messages at another time, it says",
            false => "asked again with the same rows and messages, it says",
        };
        format!(
            "the handler of {what} in {service} {why}: {instead} {}. A step is decided again after a crash or a lost \
             answer: let it depend on its arguments alone, and take times and chance from a message or a row",
            self.what
        )
    }
}

/// What came of a step.
fn words(said: &Result<usize, Halt>) -> String {
    match said {
        Ok(_) => "success".to_owned(),
        Err(Halt::Rejected(rejection)) => format!("rejected ({})", rejection.reason),
        Err(Halt::Refused(refusal)) => format!("refused ({refusal:?})"),
        Err(Halt::Fault(fault)) => fault.to_string(),
    }
}

fn attempt<S: Service>(step: usize, call: &Call, key: &str, undo: bool) -> Attempt {
    let (service, step) = (S::NAME, S::name_of(step));
    Attempt { service, step, correlation: key.to_owned(), call: call.clone(), undo }
}
