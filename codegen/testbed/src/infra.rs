//! A broker and a database server, started together or taken from the environment.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use crate::database_url::DatabaseUrl;
use crate::failure::{Failure, Result};
use crate::interrupt;

use crate::doors::{Doors, Plain};
use crate::kafka::{self, Kafka};
use crate::postgres::{Client, Postgres};
use crate::process::{Abandon, Process};
use crate::site::{Purpose, Site};

/// A broker and a database server, at hand.
pub struct Infra {
    // The order matters: servers end before the folder they live in is removed.
    broker: Broker,
    database: Database,
    site: Option<Arc<Site>>,
}

/// Ends other processes together with the servers, even if their parent was killed.
#[derive(Clone)]
pub struct ChildReaper {
    site: Arc<Site>,
    abandon: Abandon,
}

impl ChildReaper {
    /// One without servers: it asks the processes to end, and kills them if they do not.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn start(root: &Path) -> Result<Self> {
        Ok(Self { site: Arc::new(Site::create(Purpose::Test, root)?), abandon: Abandon::Terminate })
    }

    /// Notes a process that was just started; none if it has ended already.
    pub fn add(&self, name: &str, pid: u32) -> Result<Option<Process>> {
        let process = Process::running(name, pid, self.abandon);
        if let Some(process) = &process {
            self.site.add(process.clone())?;
        }
        Ok(process)
    }

    /// Forgets a process that has ended.
    pub fn forget(&self, process: &Process) -> Result<()> {
        self.site.forget(process)
    }
}

/// Where messages go.
enum Broker {
    Started(Box<Kafka>),
    Given(String),
}

/// Where rows go.
enum Database {
    Started(Postgres),
    Given(Client),
}

impl Infra {
    /// Uses what the environment names and starts what it does not.
    pub fn start(purpose: Purpose, root: &Path) -> Result<Self> {
        Self::start_servers(purpose, root, given("KAFKA_BROKERS"), given("DATABASE_URL"), &Plain)
    }

    /// Starts both, with further doors, whatever the environment names.
    pub fn start_own(purpose: Purpose, root: &Path, doors: &dyn Doors) -> Result<Self> {
        Self::start_servers(purpose, root, None, None, doors)
    }

    fn start_servers(
        purpose: Purpose,
        root: &Path,
        given_broker: Option<String>,
        given_database: Option<String>,
        doors: &dyn Doors,
    ) -> Result<Self> {
        let site = if given_broker.is_some() && given_database.is_some() {
            None
        } else {
            Some(Arc::new(Site::create(purpose, root)?))
        };
        if let Some(site) = &site {
            doors.prepare(&site.folder())?;
        }
        // Side by side: on two cores both together take as long as one.
        let (broker, database) = thread::scope(|scope| {
            let database = scope.spawn(|| Database::at_hand(given_database, site.as_ref(), doors));
            let broker = Broker::at_hand(given_broker, site.as_ref(), root, doors);
            let database =
                database.join().unwrap_or_else(|_| Err(Failure::new("starting PostgreSQL panicked")));
            (broker, database)
        });
        // Report the interruption, not what it made fail.
        interrupt::check()?;
        if let (Err(_), Err(failure)) = (&broker, &database) {
            // One failure is returned; the other has to be seen as well.
            eprintln!("{failure}");
        }
        Ok(Self { broker: broker?, database: database?, site })
    }

    /// The bootstrap servers, for `KAFKA_BROKERS`.
    pub fn brokers(&self) -> &str {
        match &self.broker {
            Broker::Started(kafka) => kafka.brokers(),
            Broker::Given(brokers) => brokers,
        }
    }

    /// The database of a service, made when it is not there yet. To be called
    /// once a service.
    pub fn database(&self, service: &str) -> Result<DatabaseUrl> {
        match &self.database {
            Database::Started(postgres) => postgres.client().create_owned(service),
            Database::Given(client) => client.create_missing(service),
        }
    }

    /// The URL of a role that may create databases and, on a server of ours,
    /// read its statistics.
    pub fn admin_url(&self) -> String {
        match &self.database {
            Database::Started(postgres) => postgres.client().admin_url().to_string(),
            Database::Given(client) => client.admin_url().to_string(),
        }
    }

    /// The broker, for stopping, killing and starting it again.
    pub fn kafka(&mut self) -> Result<&mut Kafka> {
        match &mut self.broker {
            Broker::Started(kafka) => Ok(kafka),
            Broker::Given(_) => Err(not_ours("KAFKA_BROKERS")),
        }
    }

    /// The database server, for stopping, killing and starting it again.
    pub fn postgres(&mut self) -> Result<&mut Postgres> {
        match &mut self.database {
            Database::Started(postgres) => Ok(postgres),
            Database::Given(_) => Err(not_ours("DATABASE_URL")),
        }
    }

    /// The temporary folder with data and logs, when something was started.
    pub fn folder(&self) -> Option<PathBuf> {
        self.site.as_ref().map(|site| site.folder())
    }

    /// Keeps what `up` has printed, so that a second `up` of the same project can print it again.
    pub(crate) fn tell(&self, lines: &[String]) -> Result<()> {
        self.site.as_ref().map_or(Ok(()), |site| site.tell(lines))
    }

    /// Notes other processes that have to end with the servers, when something was started.
    pub fn reaper(&self) -> Option<ChildReaper> {
        self.site.clone().map(|site| ChildReaper { site, abandon: Abandon::Kill })
    }

    /// Fails when a server that was started has ended by itself.
    pub fn check(&mut self) -> Result<()> {
        if let Broker::Started(kafka) = &mut self.broker {
            kafka.check()?;
        }
        if let Database::Started(postgres) = &mut self.database {
            postgres.check()?;
        }
        Ok(())
    }
}

impl Broker {
    fn at_hand(
        given: Option<String>,
        site: Option<&Arc<Site>>,
        root: &Path,
        doors: &dyn Doors,
    ) -> Result<Self> {
        match (given, site) {
            (None, Some(site)) => {
                Kafka::create(site, root, doors).map(|kafka| Self::Started(Box::new(kafka)))
            }
            (given, _) => {
                let brokers = given.unwrap_or_default();
                kafka::verify(&brokers)?;
                eprintln!("kafka     using {brokers} (KAFKA_BROKERS)");
                Ok(Self::Given(brokers))
            }
        }
    }
}

impl Database {
    fn at_hand(given: Option<String>, site: Option<&Arc<Site>>, doors: &dyn Doors) -> Result<Self> {
        match (given, site) {
            (None, Some(site)) => Postgres::create(site, doors).map(Self::Started),
            (given, _) => {
                let client = Client::of(&given.unwrap_or_default())?;
                let shown = client.admin_url().without_password();
                eprintln!("postgres  using {shown} (DATABASE_URL)");
                Ok(Self::Given(client))
            }
        }
    }
}

fn not_ours(variable: &str) -> Failure {
    Failure::new("a server that was started elsewhere is never stopped or killed")
        .advise(format!("unset {variable} to let this command start one"))
}

/// A variable that is set to something.
fn given(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.trim().is_empty())
}
