//! `cargo saga up` and `cargo saga down`.

use std::borrow::Cow;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::interrupt::{self, TICK};

use super::Infra;
use super::site::{self, Purpose, Record};

/// A service that gets a database, and is run against the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name, which is that of its package and of its database.
    pub name: String,
    /// The port it listens on.
    pub port: u16,
}

/// Starts a broker and a database server for the project in `root`, prints how to reach them, and keeps
/// them running until it is stopped. If they run already, it only prints how to reach them.
///
/// # Errors
/// What is missing on this machine, or does not start, with the way out.
pub fn up(root: &Path, services: &[Service]) -> Result<()> {
    if let Some(record) = running(root)? {
        return tell_again(&record, services);
    }
    let mut infra = Infra::start(Purpose::Up, root)?;
    let mut lines = vec![format!("KAFKA_BROKERS={}", infra.brokers())];
    for service in services {
        let url = infra.database(&service.name)?;
        lines.push(format!("DATABASE_URL={}   # {}", quoted(&url.to_string()), service.name));
    }
    infra.tell(&lines)?;
    print(&lines, services);
    let Some(folder) = infra.folder() else {
        eprintln!("\nNothing was started: both servers are the ones that the environment names.");
        return Ok(());
    };
    eprintln!("\nData and logs are in {}.", folder.display());
    eprintln!("Ctrl-C, or `cargo saga down` in another terminal, stops both servers and removes them.");

    while !interrupt::raised() {
        infra.check()?;
        thread::sleep(TICK);
    }
    eprintln!("\nstopping");
    drop(infra);
    eprintln!("stopped, and {} removed", folder.display());
    Ok(())
}

/// Only the lines to paste go to standard output.
fn print(lines: &[String], services: &[Service]) {
    eprintln!();
    println!("{}", lines.join("\n"));
    eprintln!("\nRun each service in a terminal of its own:\n\n{}", commands(lines, services));
}

/// A value as a shell takes it whole: options of an address are joined by `&`.
fn quoted(value: &str) -> Cow<'_, str> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_./:@%+=,?[]".contains(&it);
    if value.bytes().all(plain) { value.into() } else { format!("'{}'", value.replace('\'', r"'\''")).into() }
}

/// A command for each service, as it can be pasted into a terminal.
fn commands(lines: &[String], services: &[Service]) -> String {
    let brokers = lines.first().map_or("", String::as_str);
    let commands = services.iter().filter_map(|Service { name, port }| {
        let end = format!("   # {name}");
        let url = lines.iter().find_map(|line| line.strip_suffix(&end))?;
        Some(format!("  {brokers} \\\n  {url} \\\n  cargo run -p {name}    # http://localhost:{port}"))
    });
    commands.collect::<Vec<_>>().join("\n\n")
}

/// What runs for this project.
fn running(root: &Path) -> Result<Option<Record>> {
    let mut records = site::records()?.into_iter().map(|(_, record)| record);
    Ok(records.find(|it| it.purpose == Purpose::Up && it.root == root && it.owner.is_alive()))
}

fn tell_again(record: &Record, services: &[Service]) -> Result<()> {
    let owner = record.owner.pid();
    if record.told.is_empty() {
        return Err(Failure::new(format!(
            "`cargo saga up` (process {owner}) is starting servers for this project"
        ))
        .advise("wait until it has printed how to reach them, or stop it with `cargo saga down`"));
    }
    // A service that came since then has no database there.
    if let Some(new) = services.iter().find(|it| !told(record, it)) {
        return Err(Failure::new(format!(
            "the servers of this project run already (process {owner}), without a database for `{}`",
            new.name
        ))
        .advise("`cargo saga down`, and then `cargo saga up` again"));
    }
    eprintln!("the servers of this project run already (process {owner}); `cargo saga down` stops them");
    print(&record.told, services);
    Ok(())
}

fn told(record: &Record, service: &Service) -> bool {
    let end = format!("   # {}", service.name);
    record.told.iter().any(|line| line.ends_with(&end))
}

/// Stops what `up` started for the project in `root`, or with none for all projects of this user.
///
/// # Errors
/// When something does not end.
pub fn down(root: Option<&Path>) -> Result<()> {
    let mut stopped = 0;
    let mut others = 0;
    for (file, record) in site::records()? {
        if !record.owner.is_alive() {
            // Owner and guard were both killed: nothing else will clean up.
            eprintln!("removing {}, which a killed process left behind", record.folder.display());
            site::clear(&file, &record)?;
            stopped += 1;
        } else if record.purpose == Purpose::Up && root.is_none_or(|root| record.root == root) {
            stop(&record)?;
            stopped += 1;
        } else if record.purpose == Purpose::Up {
            others += 1;
        }
    }
    if stopped == 0 {
        eprintln!("nothing that was started for this project is running");
    }
    if others > 0 {
        eprintln!("{others} started for other projects still running; `--all` stops them too");
    }
    Ok(())
}

/// Asks the owner: it knows how to stop its servers.
fn stop(record: &Record) -> Result<()> {
    let owner = &record.owner;
    owner.signal(nix::sys::signal::Signal::SIGTERM);
    if !owner.wait_gone(Duration::from_secs(60)) {
        return Err(Failure::new(format!("`cargo saga up` (process {}) does not exit", owner.pid()))
            .advise(format!("kill -9 {}: its servers are then stopped, too", owner.pid())));
    }
    eprintln!("stopped, and {} removed", record.folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_pasted_whole() {
        let plain = "postgres://o:p@[::1]:5432/order?sslmode=prefer";
        assert_eq!(quoted(plain), plain);
        assert_eq!(quoted("postgres://h/o?a=b&c=d"), "'postgres://h/o?a=b&c=d'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_command_holds_what_its_service_needs() {
        let lines = ["KAFKA_BROKERS=b:1", "DATABASE_URL=postgres://o@h/order   # order"].map(str::to_owned);
        let services = [Service { name: "order".to_owned(), port: 8081 }];
        assert_eq!(
            commands(&lines, &services),
            "  KAFKA_BROKERS=b:1 \\\n  DATABASE_URL=postgres://o@h/order \\\n  cargo run -p order    # http://localhost:8081"
        );
    }
}
