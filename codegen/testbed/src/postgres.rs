//! A real PostgreSQL: a fresh cluster, or one that `DATABASE_URL` names.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use nix::unistd::{User, geteuid};

use crate::failure::{Doing, Failure, Result};
use crate::interrupt::TICK;

use super::database_url::DatabaseUrl;
use super::doors::{DatabaseDoors, Doors};
use super::port::free_port;
use super::process::Abandon;
use super::server::{Launch, Server};
use super::site::{self, Site};
use super::{random, tools};

/// How often a start is retried on another port when another process was faster to
/// take the one that was free.
const TRIES: u32 = 3;

/// Users that the server may run as when we are root, which it refuses.
const UNPRIVILEGED: [&str; 2] = ["postgres", "nobody"];

/// A server with its data in the site's folder. It ends when this is dropped.
pub struct Postgres {
    server: Server,
    client: Client,
}

/// A server as `psql` reaches it, with a role that may create databases.
pub struct Client {
    psql: PathBuf,
    url: DatabaseUrl,
}

/// Everything of one cluster, and what runs it.
#[derive(Clone)]
struct Home {
    bin: PathBuf,
    folder: PathBuf,
    /// The user to run as, if not the current one.
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Makes a new cluster, starts it and waits until it answers.
    pub(crate) fn create(site: &Arc<Site>, doors: &dyn Doors) -> Result<Self> {
        let home = Home::create(&site.folder())?;
        let begun = Instant::now();
        let password = random::hex(12)?;
        home.initialise(&password)?;
        let mut tries = 1;
        loop {
            let port = free_port()?;
            home.configure(port, &doors.database()?)?;
            let mut postgres = Self {
                server: Server::new(Arc::clone(site), home.launch()),
                client: Client {
                    psql: home.bin.join("psql"),
                    url: DatabaseUrl::local("postgres", &password, port, "postgres"),
                },
            };
            match postgres.start() {
                Ok(()) => {
                    postgres.client.offer_statistics()?;
                    eprintln!(
                        "postgres  PostgreSQL {} is up on 127.0.0.1:{port} after {:.1} s",
                        tools::postgres_version(&home.bin.join("postgres")).unwrap_or_default(),
                        begun.elapsed().as_secs_f32()
                    );
                    return Ok(postgres);
                }
                Err(_) if tries < TRIES && postgres.server.has_said("Address already in use") => {
                    tries += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    /// The client of a role that may do everything.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Starts it again, on the same port and data, after a stop or a kill.
    pub fn start(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let client = &self.client;
            match self.server.start(|| client.answers().is_ok()) {
                // After a kill -9 the sessions of the dead server notice one
                // by one, and until then they hold its shared memory.
                Err(_) if self.server.has_said("shared memory block") && Instant::now() < deadline => {
                    thread::sleep(TICK);
                }
                started => return started,
            }
        }
    }

    /// Fails, with the end of its log, when it ended by itself.
    pub fn check(&mut self) -> Result<()> {
        self.server.check()
    }

    /// Shuts it down in order; sessions are ended.
    pub fn stop(&mut self) -> Result<()> {
        self.server.stop()
    }

    /// Ends it as a power cut would: `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.server.kill()
    }
}

impl Client {
    /// A client of the server that a URL names, if it answers.
    pub fn of(url: &str) -> Result<Self> {
        let client = Self { psql: tools::psql()?, url: DatabaseUrl::parse(url)? };
        client.answers().map_err(|failure| {
            failure.advise("start that server, or unset DATABASE_URL to let this command start one")
        })?;
        Ok(client)
    }

    /// The URL of the role that may do everything, for tests that make their
    /// own databases.
    pub fn admin_url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A database with a role that owns it, both of this name, for our own
    /// server: a service that looks into another's fails here, not in production.
    pub fn create_owned(&self, name: &str) -> Result<DatabaseUrl> {
        let password = random::hex(12)?;
        let quoted = quote(name);
        self.run(&format!(
            "CREATE ROLE {quoted} LOGIN PASSWORD '{password}';\n\
             CREATE DATABASE {quoted} OWNER {quoted};\n\
             REVOKE CONNECT ON DATABASE {quoted} FROM PUBLIC;\n"
        ))?;
        Ok(self.url.with_role(name, &password).with_database(name))
    }

    /// A database of this name, made unless it is there, for a server that
    /// is not ours: its role is used as it is.
    pub fn create_missing(&self, name: &str) -> Result<DatabaseUrl> {
        let quoted = quote(name);
        let there = self.run(&format!("SELECT 'there' FROM pg_database WHERE datname = '{name}';"))?;
        if there.trim() != "there" {
            self.run(&format!("CREATE DATABASE {quoted};")).map_err(|failure| {
                failure.advise(format!(
                    "create the database {quoted} there yourself, or allow the role of \
                         DATABASE_URL to: ALTER ROLE … CREATEDB"
                ))
            })?;
        }
        Ok(self.url.with_database(name))
    }

    fn answers(&self) -> Result<()> {
        self.run("SELECT 1;").map(drop)
    }

    /// Counters per statement, where the contrib library is installed: the
    /// server has loaded it, so the extension can be made.
    fn offer_statistics(&self) -> Result<()> {
        let loaded = self.run("SHOW shared_preload_libraries;")?;
        if loaded.contains("pg_stat_statements") {
            self.run("CREATE EXTENSION pg_stat_statements;")?;
        } else {
            eprintln!("postgres  without pg_stat_statements: its library is not installed");
        }
        Ok(())
    }

    fn run(&self, sql: &str) -> Result<String> {
        let mut child = Command::new(&self.psql)
            .args(["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set", "ON_ERROR_STOP=1", "--dbname"])
            .arg(self.url.without_password())
            // Not in the arguments, which every user of the machine can read.
            .env("PGPASSWORD", self.url.password())
            .env("PGCONNECT_TIMEOUT", "5")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .doing(|| "run psql".to_owned())?;
        if let Some(mut stdin) = child.stdin.take() {
            // A psql that could not connect does not read; its output says why.
            let _ = stdin.write_all(sql.as_bytes());
        }
        let output = child.wait_with_output().doing(|| "wait for psql".to_owned())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(Failure::new(format!("PostgreSQL at {} returned an error", self.url.without_password()))
                .with_output(&output.stderr))
        }
    }
}

impl Home {
    fn create(parent: &Path) -> Result<Self> {
        let home =
            Self { bin: tools::postgres()?, folder: parent.join("postgres"), user: unprivileged_user()? };
        site::create_folder(&home.folder, 0o700)?;
        home.hand_over(&home.folder)?;
        Ok(home)
    }

    /// `initdb`, with a password that is asked of everybody.
    fn initialise(&self, password: &str) -> Result<()> {
        let password_file = self.folder.join("password");
        fs::write(&password_file, password)
            .and_then(|()| fs::set_permissions(&password_file, fs::Permissions::from_mode(0o600)))
            .doing(|| format!("write {}", password_file.display()))?;
        self.hand_over(&password_file)?;
        let output = self
            .command("initdb")
            .args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8"])
            // The same order of texts on every machine.
            .arg("--locale=C")
            // Only the making of the cluster: what it stores later is synced.
            .arg("--no-sync")
            .arg(format!("--pwfile={}", password_file.display()))
            .arg("--pgdata")
            .arg(self.folder.join("data"))
            .output()
            .doing(|| "run initdb".to_owned())?;
        fs::remove_file(&password_file).doing(|| format!("remove {}", password_file.display()))?;
        if output.status.success() {
            Ok(())
        } else {
            Err(Failure::new("initdb cannot create a PostgreSQL cluster")
                .with_output(&[output.stdout, output.stderr].concat()))
        }
    }

    /// Our settings, in a file that the server reads after its own.
    fn configure(&self, port: u16, doors: &DatabaseDoors) -> Result<()> {
        for (name, text) in &doors.files {
            self.write(name, text)?;
        }
        let settings = settings(port, &self.folder, self.has_statistics()) + &doors.settings;
        self.write("postgresql.auto.conf", &settings)
    }

    /// Writes a file beside the data, for the server alone.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let file = self.folder.join("data").join(name);
        fs::write(&file, text)
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o600)))
            .doing(|| format!("write {}", file.display()))?;
        self.hand_over(&file)
    }

    fn has_statistics(&self) -> bool {
        let output = self.command("pg_config").arg("--pkglibdir").output();
        let library = output
            .ok()
            .filter(|output| output.status.success())
            .map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
            // Debian has `pg_config` in another package; its layout is known.
            .unwrap_or_else(|| self.bin.with_file_name("lib"));
        ["so", "dylib"].iter().any(|suffix| library.join(format!("pg_stat_statements.{suffix}")).is_file())
    }

    fn launch(&self) -> Launch {
        let home = self.clone();
        Launch {
            name: "PostgreSQL",
            command: Box::new(move || {
                let mut command = home.command("postgres");
                command.arg("-D").arg(home.folder.join("data"));
                command
            }),
            // Beside the folder, which is the server's own.
            log: self.folder.with_file_name("postgres.log"),
            // The fast shutdown: it does not wait for sessions to end.
            stop: Signal::SIGINT,
            abandon: Abandon::Quit,
            patience: Duration::from_secs(60),
        }
    }

    /// One of the server's programs, as the user that it has to run as.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir(&self.folder);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn hand_over(&self, path: &Path) -> Result<()> {
        match self.user {
            Some((user, group)) => chown(path, Some(user), Some(group))
                .doing(|| format!("give {} to PostgreSQL's user", path.display())),
            None => Ok(()),
        }
    }
}

fn unprivileged_user() -> Result<Option<(u32, u32)>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in UNPRIVILEGED {
        if let Ok(Some(user)) = User::from_name(name) {
            return Ok(Some((user.uid.as_raw(), user.gid.as_raw())));
        }
    }
    Err(Failure::missing(
        "PostgreSQL refuses to run as root, and there is no other user to run it as",
        "useradd --system postgres",
    ))
}

fn settings(port: u16, sockets: &Path, statistics: bool) -> String {
    let preload = if statistics { "pg_stat_statements" } else { "" };
    format!(
        "\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 200
# A commit has to cost what it costs in production.
fsync = on
synchronous_commit = on
# What the tests count with.
shared_preload_libraries = '{preload}'
track_wal_io_timing = on
",
        sockets = sockets.display()
    )
}

/// A name as SQL takes it literally: `order` is also a key word.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(quote("order"), "\"order\"");
        assert_eq!(quote("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn the_server_listens_on_loopback_only() {
        let text = settings(20_001, Path::new("/tmp/x"), true);
        assert!(text.contains("listen_addresses = '127.0.0.1'\n"));
        assert!(text.contains("shared_preload_libraries = 'pg_stat_statements'\n"));
    }
}
