//! A saga that can be simulated: its file, its services, who asks them, and what its team knows of it.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use saga_runtime::store::{MemoryStore, Session as _, Store as _, TableSchema, Writes};
use saga_runtime::{Mode, Routes, Rows as _, Service};

use super::audit::{Row, rows};
use super::client::{Draw, Requests};
use super::database::Database;
use super::faults::Faults;
use super::faulty::Faulty;
use super::instance::{self, Life};
use super::plan::{Beginning, Plan};
use super::sim::Shared;
use super::team::{Team, Unknown};

/// A saga as it is simulated: what its file proves of it, and the services that run.
pub struct Saga {
    pub(crate) plan: Plan,
    pub(crate) services: Vec<Box<dyn AnyService>>,
    pub(crate) team: Box<dyn Team>,
    /// Every topic that a service uses.
    pub(crate) topics: Vec<&'static str>,
    /// The paths of the requests that write.
    paths: Vec<&'static str>,
}

impl Saga {
    /// The saga of a file, with its services in the order of the file. Where no service says how it is asked, the
    /// requests that begin an instance are drawn from the file: from the types of their bodies, and the first rows.
    pub fn new(file: impl AsRef<Path>, services: Vec<HostedService>) -> Self {
        let mut services: Vec<_> = services.into_iter().map(|service| service.0).collect();
        let file = file.as_ref();
        let plan = Plan::read(file);
        let names: Vec<&str> = services.iter().map(|service| service.name()).collect();
        assert_eq!(names, plan.services(), "the services, in the order of {}", file.display());
        if services.iter().all(|service| service.entries() == 0) {
            for beginning in plan.drawn() {
                services[beginning.service].begin(beginning);
            }
        }
        let topics: BTreeSet<_> = services.iter().flat_map(|service| service.topics()).copied().collect();
        let paths = services.iter().flat_map(|service| service.paths()).collect();
        Self { plan, services, team: Box::new(Unknown), topics: topics.into_iter().collect(), paths }
    }

    /// The same saga, with what only its team knows of it.
    pub fn known_by(self, team: impl Team + 'static) -> Self {
        Self { team: Box::new(team), ..self }
    }

    /// The service of that name.
    pub(crate) fn service(&self, name: &str) -> &dyn AnyService {
        self.services.iter().find(|service| service.name() == name).expect("one of the services").as_ref()
    }

    /// A topic's name that lives as long as the process.
    pub(crate) fn topic(&self, name: &str) -> &'static str {
        self.topics.iter().find(|topic| **topic == name).expect("a topic of the saga")
    }

    /// A path's text that lives as long as the process.
    pub(crate) fn path(&self, path: &str) -> &'static str {
        self.paths.iter().find(|known| **known == path).expect("a path of the saga")
    }

    /// Every kind of request, as the service and the place among its own.
    pub(crate) fn entries(&self) -> Vec<(usize, usize)> {
        let services = self.services.iter().enumerate();
        services.flat_map(|(at, service)| (0..service.entries()).map(move |entry| (at, entry))).collect()
    }
}

/// A service of a saga, whichever it is.
pub struct HostedService(Box<dyn AnyService>);

/// What a world does with a service, whichever it is.
pub(crate) trait AnyService: Send + Sync {
    /// The service's name.
    fn name(&self) -> &'static str;
    /// The topics that it reads.
    fn consumes(&self) -> &'static [&'static str];
    /// Every topic that it uses.
    fn topics(&self) -> &[&'static str];
    /// Its tables.
    fn tables(&self) -> Vec<TableSchema>;
    /// Creates its tables in a new database, with their first rows.
    fn prepare(&self, store: MemoryStore) -> Pin<Box<dyn Future<Output = ()> + '_>>;
    /// Has clients send requests that are drawn from the file.
    fn begin(&mut self, beginning: Beginning);
    /// How many kinds of requests are sent to it.
    fn entries(&self) -> usize;
    /// What tells that a row was created by such a request.
    fn numbered(&self, entry: usize) -> Numbered;
    /// The paths of its requests that write.
    fn paths(&self) -> Vec<&'static str>;
    /// The body that its file tries a route with, if it has that route.
    fn example(&self, method: &str, path: &str) -> Option<&'static str>;
    /// Whether a text could be the name of an instance.
    fn could_name(&self, text: &str) -> bool;
    /// The name of an instance that does not exist.
    fn unknown(&self) -> String;
    /// Where a step stands for an instance, and which of the messages that it needs have arrived.
    fn step(&self, database: &Database, step: usize, needs: usize, key: &str) -> (Mode, Vec<bool>);
    /// All rows of a table.
    fn rows(&self, database: &Database, table: &str) -> Vec<Row>;
    /// Starts a process of it.
    fn start(&self, sim: &Shared, database: &Database, name: &str) -> Life;
}

/// What tells that a row was created by the request of a number.
#[derive(Clone, Copy)]
pub(crate) enum Numbered {
    /// The number stands in this column.
    By(&'static str),
    /// This says so.
    Where(fn(&Row, i32) -> bool),
    /// Nothing tells.
    Nowhere,
}

/// How a request is made from what is drawn.
pub(crate) enum Making<R> {
    /// By the team's code.
    Written(fn(&mut Draw) -> R),
    /// From the file.
    Drawn(Beginning),
}

/// A kind of request `R` that begins an instance.
pub(crate) struct Entry<R> {
    pub path: &'static str,
    pub numbered: Numbered,
    pub make: Making<R>,
}

/// A service as it is simulated.
pub struct Hosted<S: Service> {
    make: fn(&Faults) -> S,
    fill: fn(&mut S::Rows),
    entries: Arc<Vec<Entry<S::Request>>>,
    topics: Vec<&'static str>,
}

impl<S: Service> Hosted<S> {
    /// A service as `make` makes it; its steps fail on some instances besides.
    pub fn new(make: fn(&Faults) -> S) -> Self {
        Self { make, fill: |_| {}, entries: Arc::default(), topics: saga_runtime::topics::<S>() }
    }

    /// One that clients send such requests to. The number of each stands in column `numbered_by` of the row
    /// that it creates, which tells whose row it is.
    #[must_use]
    pub fn asked(
        self,
        path: &'static str,
        numbered_by: &'static str,
        make: fn(&mut Draw) -> S::Request,
    ) -> Self {
        self.entered(Entry { path, numbered: Numbered::By(numbered_by), make: Making::Written(make) })
    }

    /// The same, where no column has the number: `is_numbered` finds it in the row.
    #[must_use]
    pub fn asked_where(
        self,
        path: &'static str,
        is_numbered: fn(&Row, i32) -> bool,
        make: fn(&mut Draw) -> S::Request,
    ) -> Self {
        self.entered(Entry { path, numbered: Numbered::Where(is_numbered), make: Making::Written(make) })
    }

    fn entered(mut self, entry: Entry<S::Request>) -> Self {
        self.enter(entry);
        self
    }

    fn enter(&mut self, entry: Entry<S::Request>) {
        Arc::get_mut(&mut self.entries).expect("it runs nowhere yet").push(entry);
    }

    /// One whose database holds more rows from the start than its file says.
    #[must_use]
    pub fn filled(self, fill: fn(&mut S::Rows)) -> Self {
        Self { fill, ..self }
    }

    /// The same, whichever it is.
    pub fn any(self) -> HostedService {
        HostedService(Box::new(self))
    }
}

impl<S: Service> AnyService for Hosted<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn consumes(&self) -> &'static [&'static str] {
        S::CONSUMES
    }

    fn topics(&self) -> &[&'static str] {
        &self.topics
    }

    fn tables(&self) -> Vec<TableSchema> {
        S::tables()
    }

    fn prepare(&self, store: MemoryStore) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        Box::pin(async move {
            store.prepare(S::SAGA, S::NAME, &S::tables()).await.unwrap();
            let mut rows = S::Rows::default();
            (self.fill)(&mut rows);
            let mut session = store.session().await.unwrap();
            session.begin(&[]).await.unwrap();
            for table in rows.tables() {
                session.write_table(table).await.unwrap();
            }
            session.commit(&Writes::default()).await.unwrap();
        })
    }

    fn begin(&mut self, beginning: Beginning) {
        let (path, make) = (beginning.path, Making::Drawn(beginning));
        self.enter(Entry { path, numbered: Numbered::Nowhere, make });
    }

    fn entries(&self) -> usize {
        self.entries.len()
    }

    fn numbered(&self, entry: usize) -> Numbered {
        self.entries[entry].numbered
    }

    fn start(&self, sim: &Shared, database: &Database, name: &str) -> Life {
        let faults = Faults::new(sim.clone());
        let service = Faulty { service: Arc::new((self.make)(&faults)), faults };
        let routes = S::routes(Routes::default());
        let requests = Requests {
            entries: self.entries.clone(),
            parse: Box::new(move |at, params, body| routes.request(at, params, body)),
        };
        instance::start(service, requests, &self.topics, sim, database, name)
    }

    fn paths(&self) -> Vec<&'static str> {
        S::routes(Routes::default()).examples().map(|(_, path, _)| path).collect()
    }

    fn example(&self, method: &str, path: &str) -> Option<&'static str> {
        let routes = S::routes(Routes::default());
        let mut examples = routes.examples();
        examples.find(|(of, at, _)| *of == method && *at == path).map(|(.., example)| example)
    }

    fn could_name(&self, text: &str) -> bool {
        !text.is_empty() && text.parse::<S::Correlation>().is_ok()
    }

    fn unknown(&self) -> String {
        let names = ["987654321", "00000000-0000-4000-8000-000000000000"];
        let name = names.into_iter().find(|name| name.parse::<S::Correlation>().is_ok());
        name.expect("a number or a UUID or any text").to_owned()
    }

    fn step(&self, database: &Database, step: usize, needs: usize, key: &str) -> (Mode, Vec<bool>) {
        let (name, mut rows) = (S::name_of(step), S::Rows::default());
        for steps in rows.steps().into_iter().filter(|steps| steps.step() == name) {
            steps.load(database.inner.step(name, key).into_iter().collect()).expect("a row of this version");
        }
        let Some(steps) = S::memory(&mut rows, step) else { return (Mode::Waiting, Vec::new()) };
        let row = steps.memory(key);
        (row.mode(), (0..needs).map(|need| row.has(need)).collect())
    }

    fn rows(&self, database: &Database, table: &str) -> Vec<Row> {
        let tables = S::tables();
        let found = tables.iter().find(|found| found.def.name == table);
        found.map_or_else(Vec::new, |found| rows(&found.def, &database.inner.rows(&found.def)))
    }
}
