//! A real Apache Kafka: one node, broker and controller in one process.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::failure::{Doing, Failure, Result};

use super::doors::{BrokerDoors, Doors};
use super::port::free_port;
use super::process::Abandon;
use super::server::{Launch, Server};
use super::site::{self, Site};
use super::{jars, tools, wire};

/// How often a start is retried on other ports when another process was faster to
/// take the ones that were free.
const TRIES: u32 = 3;

/// A broker with its data in the site's folder. It ends when this is dropped.
pub struct Kafka {
    server: Server,
    home: Home,
    brokers: String,
}

/// A folder that holds everything of one broker, and what runs it.
#[derive(Clone)]
struct Home {
    java: PathBuf,
    jars: PathBuf,
    folder: PathBuf,
}

impl Kafka {
    /// Fetches the jars if need be, formats a new data folder, starts the
    /// broker and waits until it serves.
    pub(crate) fn create(site: &Arc<Site>, root: &Path, doors: &dyn Doors) -> Result<Self> {
        let home =
            Home { java: tools::java()?, jars: jars::fetch(root)?, folder: site.folder().join("kafka") };
        site::create_folder(&home.folder, 0o700)?;
        let begun = Instant::now();
        let mut tries = 1;
        loop {
            let port = free_port()?;
            home.configure(port, free_port()?, &doors.broker(&home.folder)?)?;
            let mut kafka = Self {
                server: Server::new(Arc::clone(site), home.launch()),
                home: home.clone(),
                brokers: format!("127.0.0.1:{port}"),
            };
            match kafka.start() {
                Ok(()) => {
                    eprintln!(
                        "kafka     Apache Kafka {} is up on {} after {:.1} s",
                        jars::version(),
                        kafka.brokers,
                        begun.elapsed().as_secs_f32()
                    );
                    return Ok(kafka);
                }
                Err(_) if tries < TRIES && kafka.server.has_said("Address already in use") => {
                    tries += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The bootstrap servers, for `KAFKA_BROKERS`.
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Commands that run one of Kafka's own tools, by its class; each starts a Java process.
    pub fn tool(&self, class: &'static str) -> impl Fn() -> Command + Send + 'static {
        let home = self.home.clone();
        move || home.java(class)
    }

    /// Starts it again, on the same port and data, after a stop or a kill.
    pub fn start(&mut self) -> Result<()> {
        let brokers = &self.brokers;
        self.server.start(|| wire::brokers(brokers, Duration::from_secs(1)).is_ok_and(|count| count > 0))
    }

    /// Fails, with the end of its log, when it ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.server.check()
    }

    /// Shuts it down in order.
    pub fn stop(&mut self) -> Result<()> {
        self.server.stop()
    }

    /// Ends it as a power cut would: `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }
}

impl Home {
    /// Writes the configuration for these ports and formats the data folder.
    fn configure(&self, port: u16, controller_port: u16, doors: &BrokerDoors) -> Result<()> {
        let data = self.folder.join("data");
        if data.exists() {
            fs::remove_dir_all(&data).doing(|| format!("remove {}", data.display()))?;
        }
        let write = |name: &str, text: &str| {
            let file = self.folder.join(name);
            fs::write(&file, text).doing(|| format!("write {}", file.display()))
        };
        write("log4j2.properties", include_str!("../templates/log4j2.properties"))?;
        write("server.properties", &properties(port, controller_port, doors, &data))?;

        let output = self
            .java("kafka.tools.StorageTool")
            // Any 16 bytes in URL-safe base 64: the cluster is alone.
            .args(["format", "--cluster-id", "c2FnYS11cC1vbi1rYWZrYQ", "--config"])
            .arg(self.folder.join("server.properties"))
            .args(&doors.format_arguments)
            .output()
            .doing(|| "run java".to_owned())?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Failure::new("cannot format Kafka's data folder")
                .with_output(&[output.stdout, output.stderr].concat()))
        }
    }

    fn launch(&self) -> Launch {
        let home = self.clone();
        Launch {
            name: "Apache Kafka",
            command: Box::new(move || {
                let mut command = home.java("kafka.Kafka");
                command.arg(home.folder.join("server.properties"));
                command
            }),
            log: self.folder.join("server.log"),
            stop: Signal::SIGTERM,
            abandon: Abandon::Kill,
            patience: Duration::from_secs(90),
        }
    }

    /// Java, about to run a class of the broker's.
    fn java(&self, class: &str) -> Command {
        let log4j = self.folder.join("log4j2.properties");
        let mut command = Command::new(&self.java);
        command
            .current_dir(&self.folder)
            .args(["-Xms128m", "-Xmx512m", "-Djava.awt.headless=true"])
            .arg(format!("-Dlog4j2.configurationFile={}", log4j.display()))
            .arg("-cp")
            .arg(self.jars.join("*"))
            .arg(class);
        command
    }
}

/// Fails unless a broker answers at one of these addresses.
pub(crate) fn verify(brokers: &str) -> Result<()> {
    let mut refusals = Vec::new();
    for address in brokers.split(',').map(str::trim) {
        match wire::brokers(address, Duration::from_secs(5)) {
            Ok(0) => refusals.push(format!("{address}: it knows of no broker that serves")),
            Ok(_) => return Ok(()),
            Err(error) => refusals.push(format!("{address}: {error}")),
        }
    }
    Err(Failure::new(format!("KAFKA_BROKERS is set to {brokers}, but no broker answers"))
        .with_output(refusals.join("\n").as_bytes())
        .advise("start that broker, or unset KAFKA_BROKERS to let this command start one"))
}

fn properties(port: u16, controller_port: u16, doors: &BrokerDoors, data: &Path) -> String {
    let more = |entries: &[String]| entries.iter().map(|entry| format!(",{entry}")).collect::<String>();
    let listeners = more(&doors.listeners);
    let advertised = more(&doors.advertised);
    let protocols = more(&doors.protocols);
    let properties = &doors.properties;
    format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{advertised}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
log.dirs={data}

# One node: nothing can be replicated.
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Fewer internal partitions: the broker starts and stops faster.
offsets.topic.num.partitions=5
transaction.state.log.num.partitions=5
# The default of 128 MB is a quarter of the heap.
log.cleaner.dedupe.buffer.size=16777216

# A service creates its topics itself; a misspelt one has to fail.
auto.create.topics.enable=false
# Tests start many groups and do not want to wait 3 s for more members.
group.initial.rebalance.delay.ms=0
# Lets a test notice a dead member sooner than after 6 s.
group.min.session.timeout.ms=1000
# After a kill -9 the controller takes the old broker for alive until its
# session ends, and refuses the new one: 9 s by default.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
{properties}",
        data = data.display()
    )
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn a_broker_that_is_not_there_is_named_with_the_way_out() {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port that is free again")
            .port();

        let failure = verify(&format!("127.0.0.1:{port}")).expect_err("no server listens");

        let text = failure.to_string();
        assert!(text.contains(&format!("127.0.0.1:{port}")), "{text}");
        assert!(text.contains("unset KAFKA_BROKERS"), "{text}");
    }

    #[test]
    fn the_broker_listens_on_loopback_only() {
        let entry = |port: u16| vec![format!("DETOUR://127.0.0.1:{port}")];
        let doors =
            BrokerDoors { listeners: entry(20_003), advertised: entry(20_004), ..BrokerDoors::default() };
        let text = properties(20_001, 20_002, &doors, Path::new("/tmp/x"));
        assert!(text.contains("DETOUR://127.0.0.1:20003\nadvertised"), "{text}");
        assert!(text.contains("20001,DETOUR://127.0.0.1:20004\n"), "{text}");
        for line in text.lines().filter(|line| line.contains("listeners=")) {
            assert!(line.contains("127.0.0.1"), "{line}");
        }
    }
}
