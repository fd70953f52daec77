//! `cargo xtask up` and `down` with real servers. Ignored in an ordinary
//! `cargo test`, because they take seconds and may have to install a server;
//! `cargo xtask test` runs them.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use testbed::repo;
use testbed::{Client, Infra, Purpose};

const PATIENCE: Duration = Duration::from_secs(60);

/// A world of its own: what runs in it neither sees nor stops a developer's
/// own `cargo xtask up`, and what it leaves behind shows.
struct World {
    folder: PathBuf,
}

/// A running `cargo xtask up`.
struct Up {
    child: Child,
    lines: Vec<String>,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("xtask-up-{name}-{}", process::id()));
        fs::create_dir(&folder).expect("a temporary folder");
        // PostgreSQL's user has to pass through.
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("its permissions");
        fs::create_dir(folder.join("run")).expect("a folder for state files");
        fs::create_dir(folder.join("tmp")).expect("a folder for temporary files");
        fs::set_permissions(folder.join("tmp"), Permissions::from_mode(0o755)).expect("its permissions");
        Self { folder }
    }

    fn xtask(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("TMPDIR", self.folder.join("tmp"))
            .env_remove("KAFKA_BROKERS")
            .env_remove("DATABASE_URL");
        command
    }

    /// Starts `up` and waits for its last line.
    fn up(&self) -> Up {
        let services = repo::services(&repo::root()).expect("services");
        let mut child = self.xtask(&["up"]).stdout(Stdio::piped()).spawn().expect("xtask runs");
        let stdout = child.stdout.take().expect("its output");
        let lines: Vec<String> =
            BufReader::new(stdout).lines().map_while(Result::ok).take(1 + services.len()).collect();
        assert_eq!(lines.len(), 1 + services.len(), "{lines:?}");
        Up { child, lines }
    }

    /// Waits until nothing is left of what ran here.
    fn expect_empty(&self) {
        let left = || {
            [self.folder.join("tmp"), self.folder.join("run/saga-xtask")]
                .iter()
                .flat_map(|folder| entries(folder))
                .collect::<Vec<_>>()
        };
        let deadline = Instant::now() + PATIENCE;
        while !left().is_empty() {
            assert!(Instant::now() < deadline, "left behind: {:?}", left());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !thread::panicking() {
            fs::remove_dir_all(&self.folder).expect("nobody uses the folder any more");
        }
    }
}

impl Up {
    fn brokers(&self) -> &str {
        self.lines[0].strip_prefix("KAFKA_BROKERS=").expect("the broker comes first")
    }

    fn database_url(&self, service: &str) -> &str {
        self.lines
            .iter()
            .filter_map(|line| line.strip_prefix("DATABASE_URL="))
            .filter_map(|line| line.split_once('#'))
            .find(|(_, comment)| comment.trim() == service)
            .map(|(url, _)| url.trim())
            .expect("a line of this service")
    }

    /// Everything that is printed works.
    fn expect_serving(&self) {
        TcpStream::connect(self.brokers()).expect("a broker listens");
        for service in repo::services(&repo::root()).expect("services") {
            let client = Client::of(self.database_url(&service)).expect("a database answers");
            let url = client.admin_url().without_password();
            assert!(url.ends_with(&format!("/{service}")), "{url}");
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        signal::kill(Pid::from_raw(pid), signal).expect("it is running");
    }

    /// Waits for its end, and for that of its servers.
    fn expect_end(mut self) -> ExitStatus {
        let status = self.child.wait().expect("it ended");
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.brokers()).is_ok() {
            assert!(Instant::now() < deadline, "the broker is still there");
            thread::sleep(Duration::from_millis(50));
        }
        assert!(Client::of(self.database_url("order")).is_err());
        status
    }
}

#[test]
#[ignore = "starts real servers"]
fn two_at_a_time_are_stopped_by_ctrl_c_and_by_down() {
    let world = World::new("two");
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| world.up());
        (world.up(), second.join().expect("the second is up"))
    });
    assert_ne!(first.brokers(), second.brokers());
    first.expect_serving();
    second.expect_serving();

    first.signal(Signal::SIGINT);
    assert!(first.expect_end().success());
    second.expect_serving();

    let down = world.xtask(&["down"]).status().expect("xtask runs");
    assert!(down.success());
    assert!(second.expect_end().success());
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn nothing_is_left_when_it_is_killed() {
    let world = World::new("killed");
    let up = world.up();
    up.expect_serving();
    up.signal(Signal::SIGKILL);
    assert!(!up.expect_end().success());
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn what_is_already_there_is_used() {
    let world = World::new("given");
    let up = world.up();

    let admin = up.database_url("order");
    let given = world
        .xtask(&["up"])
        .env("KAFKA_BROKERS", up.brokers())
        .env("DATABASE_URL", admin)
        .output()
        .expect("xtask runs");

    // The role of a service may not create the others' databases, but they
    // are there already.
    assert!(given.status.success(), "{given:?}");
    let text = String::from_utf8_lossy(&given.stdout).into_owned();
    assert!(text.contains(&format!("KAFKA_BROKERS={}\n", up.brokers())), "{text}");
    assert!(text.contains(admin), "{text}");

    up.signal(Signal::SIGTERM);
    up.expect_end();
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn a_killed_server_comes_back_on_the_same_port_with_its_data() {
    let mut infra = Infra::start(Purpose::Test, &repo::root()).expect("both start");
    let (brokers, admin) = (infra.brokers().to_owned(), infra.admin_url());
    infra.database("probe").expect("a database is made");

    for kill in [true, false] {
        let kafka = infra.kafka().expect("it is ours");
        if kill { kafka.kill() } else { kafka.stop() }.expect("the broker ends");
        assert!(TcpStream::connect(&brokers).is_err());
        kafka.start().expect("the broker is back");
        assert_eq!(kafka.brokers(), brokers);

        let postgres = infra.postgres().expect("it is ours");
        if kill { postgres.kill() } else { postgres.stop() }.expect("the server ends");
        assert!(Client::of(&admin).is_err());
        postgres.start().expect("the server is back");
        assert_eq!(infra.admin_url(), admin);
        let again = infra.database("probe").expect_err("it is still there");
        assert!(again.to_string().contains("already exists"), "{again}");
    }
    infra.check().expect("both run");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
