//! The servers and the programs of a run.

use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::PgConnection;
use testbed::cargo::{program, programs};
use testbed::failure::{Failure, Result};
use testbed::{ChildReaper, Infra, Plain, Purpose};
use tokio::runtime::Runtime;

use crate::options::Variant;
use crate::process::{self, Service};
use crate::servers::{self, Depth, SERVICES};

/// What everything is measured on.
pub(crate) struct Rig {
    infra: Infra,
    folder: PathBuf,
    reaper: ChildReaper,
    generated: Vec<PathBuf>,
    by_hand: PathBuf,
    /// Where the measuring itself runs.
    pub runtime: Runtime,
    /// The processes of the broker and of the database.
    pub kafka: i32,
    pub postgres: i32,
}

impl Rig {
    /// Builds all services, and starts the servers.
    pub(crate) fn start(root: &Path) -> Result<Self> {
        eprintln!("bench     building the services in release mode");
        let packages = SERVICES.map(|service| ["--package", service]).concat();
        let generated = programs(root, &[&["--release", "--bins"], packages.as_slice()].concat())?;
        let own =
            ["--release", "--manifest-path", "dev/Cargo.toml", "--package", "bench", "--bin", "by-hand"];
        let by_hand = program(&programs(root, &own)?, "by-hand")?;
        // Neither server may be somebody else's: what they use of the machine is measured.
        let infra = Infra::start_own(Purpose::Test, root, &Plain)?;
        let (Some(folder), Some(reaper)) = (infra.folder(), infra.reaper()) else {
            return Err(Failure::new("the servers have no folder"));
        };
        let text = folder.display().to_string();
        let find = |name: &str, mark: &str| {
            process::process_with(mark)
                .ok_or_else(|| Failure::new(format!("{name} is not among the processes")))
        };
        let kafka = find("Kafka", &format!("{text}/kafka"))?;
        let postgres = find("PostgreSQL", &format!("{text}/postgres"))?;
        let runtime = Runtime::new().map_err(|error| servers::failed("start a runtime", error))?;
        Ok(Self { infra, folder, reaper, generated, by_hand, runtime, kafka, postgres })
    }

    /// The broker's address.
    pub(crate) fn brokers(&self) -> String {
        self.infra.brokers().to_owned()
    }

    /// The address of a role that may do everything.
    pub(crate) fn admin(&self) -> String {
        self.infra.admin_url()
    }

    /// New topics and new databases, with the tables of `services`, and full shelves.
    pub(crate) async fn clear(&mut self, variant: Variant, services: &[&str]) -> Result<()> {
        self.infra.check()?;
        servers::recreate_topics(&self.brokers()).await?;
        servers::recreate_databases(&self.admin()).await?;
        // Tables are made by the services themselves.
        for service in services {
            self.service(variant, service).await?.stop()?;
        }
        if services.contains(&"product") {
            let mut product = self.connection("product").await?;
            servers::execute(&mut product, "UPDATE product_tb SET quantity = 1000000000").await?;
        }
        Ok(())
    }

    /// Writes out what is in the server's memory, so that no measurement pays for the one before.
    pub(crate) async fn settle(&self) -> Result<()> {
        let mut connection = servers::connect(&self.admin()).await?;
        servers::execute(&mut connection, "CHECKPOINT").await
    }

    /// A connection to the database of `service`.
    pub(crate) async fn connection(&self, service: &str) -> Result<PgConnection> {
        servers::connect(&servers::database(&self.admin(), service)).await
    }

    /// Starts a service, and waits until it is ready.
    pub(crate) async fn service(&self, variant: Variant, name: &str) -> Result<Service> {
        let command = match variant {
            Variant::Ours => Command::new(program(&self.generated, name)?),
            by_hand => {
                let mut command = Command::new(&self.by_hand);
                command.args([by_hand.to_string().as_str(), name]);
                command
            }
        };
        let variables = [
            ("KAFKA_BROKERS", self.brokers()),
            ("DATABASE_URL", servers::database(&self.admin(), name)),
            ("RUST_LOG", "warn".to_owned()),
        ];
        Service::start(command, name, &self.folder, &variables, &self.reaper).await
    }

    /// Says how many messages topics have.
    pub(crate) fn depth(&self) -> Result<Depth> {
        Depth::at(&self.brokers())
    }
}
