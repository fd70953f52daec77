//! `cargo saga up` and `down` with real servers. Ignored in an ordinary
//! `cargo test`, because they take seconds and may have to install a server;
//! `cargo xtask test` runs them.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use saga_testbed::{Client, Infra, Purpose};

const PATIENCE: Duration = Duration::from_secs(60);

/// Two services, and not those of the repository.
const SAGA: &str = include_str!("../templates/init/saga.yaml");
/// Their names, in the order of the file.
const SERVICES: [&str; 2] = ["order", "stock"];

/// A world of its own: what runs in it neither sees nor stops a developer's
/// own `cargo saga up`, and what it leaves behind shows.
struct World {
    folder: PathBuf,
}

/// A running `cargo saga up`.
struct Up {
    child: Child,
    lines: Vec<String>,
}

impl World {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("saga-up-{name}-{}", process::id()));
        for inside in ["", "run", "tmp"] {
            let folder = folder.join(inside);
            fs::create_dir(&folder).expect("a temporary folder");
            // PostgreSQL's user has to pass through.
            fs::set_permissions(&folder, Permissions::from_mode(0o755)).expect("its permissions");
        }
        Self { folder }
    }

    /// A project that shares the jars of this repository.
    fn project(&self, name: &str) -> PathBuf {
        let project = self.empty_project(name);
        let target = repository().join("target");
        fs::create_dir_all(&target).expect("the repository's target folder");
        symlink(target, project.join("target")).expect("a link");
        project
    }

    fn empty_project(&self, name: &str) -> PathBuf {
        let project = self.folder.join(name);
        fs::create_dir(&project).expect("a folder");
        fs::write(project.join("saga.yaml"), SAGA.replace("{{ name }}", name)).expect("a file");
        project
    }

    fn saga(&self, project: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        command
            .args(arguments)
            .current_dir(project)
            .env("XDG_RUNTIME_DIR", self.folder.join("run"))
            .env("TMPDIR", self.folder.join("tmp"))
            .env_remove("KAFKA_BROKERS")
            .env_remove("DATABASE_URL");
        command
    }

    /// Starts `up` and waits for its last line.
    fn up(&self, project: &Path) -> Up {
        let mut child = self.saga(project, &["up"]).stdout(Stdio::piped()).spawn().expect("saga runs");
        let stdout = child.stdout.take().expect("its output");
        let lines: Vec<String> =
            BufReader::new(stdout).lines().map_while(Result::ok).take(1 + SERVICES.len()).collect();
        assert_eq!(lines.len(), 1 + SERVICES.len(), "{lines:?}");
        Up { child, lines }
    }

    /// Runs a command to its end.
    fn run(&self, project: &Path, arguments: &[&str]) -> Output {
        self.saga(project, arguments).output().expect("saga runs")
    }

    /// Waits until nothing is left of what ran here.
    fn expect_empty(&self) {
        let left = || {
            [self.folder.join("tmp"), self.folder.join("run/saga-servers")]
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
        for service in SERVICES {
            let client = Client::of(self.database_url(service)).expect("a database answers");
            let url = client.admin_url().without_password();
            assert!(url.ends_with(&format!("/{service}")), "{url}");
        }
    }

    fn signal(&self, signal: Signal) {
        signal_to(&self.child, signal);
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
fn two_projects_are_up_at_a_time_and_are_stopped_by_ctrl_c_and_by_down() {
    let world = World::new("two");
    let (one, other) = (world.project("one"), world.project("other"));
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| world.up(&other));
        (world.up(&one), second.join().expect("the second is up"))
    });
    assert_ne!(first.brokers(), second.brokers());
    first.expect_serving();
    second.expect_serving();

    first.signal(Signal::SIGINT);
    assert!(first.expect_end().success());
    assert!(world.run(&one, &["down"]).status.success());
    second.expect_serving();

    assert!(world.run(&other, &["down"]).status.success());
    assert!(second.expect_end().success());
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn a_second_up_of_a_project_says_what_the_first_said() {
    let world = World::new("again");
    let project = world.project("again");
    let up = world.up(&project);

    let again = world.run(&project, &["up"]);
    assert!(again.status.success(), "{again:?}");
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert_eq!(said.lines().collect::<Vec<_>>(), up.lines);

    // A service that came since then has no database there.
    let file = project.join("saga.yaml");
    let text = fs::read_to_string(&file).expect("the file");
    fs::write(&file, text.replace("  stock:\n", "  shop:\n")).expect("a new service");
    let refused = world.run(&project, &["up"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("`shop`") && said.contains("cargo saga down"), "{said}");

    up.expect_serving();
    up.signal(Signal::SIGTERM);
    up.expect_end();
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn nothing_is_left_when_it_is_killed() {
    let world = World::new("killed");
    let up = world.up(&world.project("killed"));
    up.expect_serving();
    up.signal(Signal::SIGKILL);
    assert!(!up.expect_end().success());
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn what_is_already_there_is_used() {
    let world = World::new("given");
    let up = world.up(&world.project("given"));

    let admin = up.database_url("order");
    let given = world
        .saga(&world.project("guest"), &["up"])
        .env("KAFKA_BROKERS", up.brokers())
        .env("DATABASE_URL", admin)
        .output()
        .expect("saga runs");

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
#[ignore = "starts a real server"]
fn what_is_missing_is_named_and_nothing_is_left() {
    let world = World::new("missing");
    let nowhere = world.folder.join("nowhere");
    let missing = world
        .saga(&world.project("missing"), &["up"])
        .env("PATH", &nowhere)
        .env_remove("JAVA_HOME")
        .output()
        .expect("saga runs");
    assert_eq!(missing.status.code(), Some(2));
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert!(said.contains("error: missing on this machine: Java 17"), "{said}");
    assert!(said.contains("\nhelp: "), "{said}");
    assert!(missing.stdout.is_empty());
    world.expect_empty();
}

/// Ctrl-C reaches this process and what it has started; a SIGTERM reaches only this process.
#[test]
#[ignore = "starts a real server"]
fn an_interrupted_download_ends_and_leaves_nothing() {
    let world = World::new("download");
    let project = world.empty_project("download");
    let (tools, pid) = (world.folder.join("tools"), world.folder.join("mvn.pid"));
    fs::create_dir(&tools).expect("a folder");
    let script = format!("#!/bin/sh\necho $$ > {}\nexec sleep 300\n", pid.display());
    fs::write(tools.join("mvn"), script).expect("a script");
    fs::set_permissions(tools.join("mvn"), Permissions::from_mode(0o755)).expect("its permissions");
    let path = format!("{}:{}", tools.display(), env::var("PATH").expect("a path"));

    let mut child = world.saga(&project, &["up"]).env("PATH", path).spawn().expect("saga runs");
    let begun = Instant::now();
    while !fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')) {
        assert!(begun.elapsed() < PATIENCE, "no download");
        thread::sleep(Duration::from_millis(50));
    }
    let mvn = fs::read_to_string(&pid).expect("a pid").trim().parse().expect("a number");
    signal_to(&child, Signal::SIGTERM);

    assert_eq!(child.wait().expect("it ended").code(), Some(2));
    assert!(signal::kill(Pid::from_raw(mvn), None).is_err(), "mvn is still there");
    assert_eq!(entries(&project.join("target/kafka")), Vec::<PathBuf>::new());
    world.expect_empty();
}

#[test]
#[ignore = "starts real servers"]
fn a_killed_server_comes_back_on_the_same_port_with_its_data() {
    let mut infra = Infra::start(Purpose::Test, &repository()).expect("both start");
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

/// The folder of this repository, with its jars.
fn repository() -> PathBuf {
    fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("this repository")
}

fn signal_to(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("a pid");
    signal::kill(Pid::from_raw(pid), signal).expect("it is running");
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}
