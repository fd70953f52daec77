//! A saga that can be simulated: its file, its services, who asks them, and what its team knows of it.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

use saga_runtime::store::{MemoryStore, Session as _, Store as _, TableSchema, Writes};
use saga_runtime::{Rows as _, Service};

use super::client::Draw;
use super::database::Database;
use super::faults::Faults;
use super::faulty::Faulty;
use super::instance::{self, Life};
use super::plan::Plan;
use super::sim::Shared;
use super::team::{Team, Unknown};

/// A saga as it is simulated: what its file proves of it, and the services that run.
pub struct Saga {
    pub(crate) plan: Plan,
    pub(crate) services: Vec<Box<dyn AnyService>>,
    pub(crate) team: Box<dyn Team>,
    /// Every topic that a service uses.
    pub(crate) topics: Vec<&'static str>,
}

impl Saga {
    /// The saga of the file at a path in the repository, with its services in the order of the file.
    pub fn new(file: &str, services: Vec<HostedService>) -> Self {
        let services: Vec<_> = services.into_iter().map(|service| service.0).collect();
        let plan = Plan::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file));
        let names: Vec<&str> = services.iter().map(|service| service.name()).collect();
        assert_eq!(names, plan.services(), "the services, in the order of {file}");
        let topics: BTreeSet<_> = services.iter().flat_map(|service| service.topics()).copied().collect();
        Self { plan, services, team: Box::new(Unknown), topics: topics.into_iter().collect() }
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
    /// How many kinds of requests are sent to it.
    fn entries(&self) -> usize;
    /// The column of the created row in which the number of such a request stands.
    fn numbered_by(&self, entry: usize) -> &'static str;
    /// Starts a process of it.
    fn start(&self, sim: &Shared, database: &Database, name: &str) -> Life;
}

/// A kind of request `R` that begins an instance.
pub(crate) struct Entry<R> {
    pub path: &'static str,
    pub numbered_by: &'static str,
    pub make: fn(&mut Draw) -> R,
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
        mut self,
        path: &'static str,
        numbered_by: &'static str,
        make: fn(&mut Draw) -> S::Request,
    ) -> Self {
        let entries = Arc::get_mut(&mut self.entries).expect("it runs nowhere yet");
        entries.push(Entry { path, numbered_by, make });
        self
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

    fn entries(&self) -> usize {
        self.entries.len()
    }

    fn numbered_by(&self, entry: usize) -> &'static str {
        self.entries[entry].numbered_by
    }

    fn start(&self, sim: &Shared, database: &Database, name: &str) -> Life {
        let faults = Faults::new(sim.clone());
        let service = Faulty { service: Arc::new((self.make)(&faults)), faults };
        instance::start(service, self.entries.clone(), &self.topics, sim, database, name)
    }
}
