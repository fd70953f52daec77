//! `cargo xtask up` and `cargo xtask down`.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::interrupt::{self, TICK};
use crate::repo;

use super::Infra;
use super::site::{self, Purpose, Record};

/// Starts a broker and a database server, prints how to reach them, and keeps
/// them running until it is stopped.
pub fn up(root: &Path) -> Result<()> {
    let services = repo::services(root)?;
    let mut infra = Infra::start(Purpose::Up, root)?;
    let mut lines = vec![format!("KAFKA_BROKERS={}", infra.brokers())];
    for service in &services {
        let url = infra.database(service)?;
        lines.push(format!("DATABASE_URL={url}   # {service}"));
    }
    // Only the lines to paste go to standard output.
    eprintln!();
    println!("{}", lines.join("\n"));
    let Some(folder) = infra.folder() else {
        eprintln!("\nNothing was started: both servers are the ones that the environment names.");
        return Ok(());
    };
    eprintln!("\nData and logs are in {}.", folder.display());
    eprintln!("Ctrl-C, or `cargo xtask down` in another terminal, stops both servers and removes them.");

    while !interrupt::raised() {
        infra.check()?;
        thread::sleep(TICK);
    }
    eprintln!("\nstopping");
    drop(infra);
    eprintln!("stopped, and {} removed", folder.display());
    Ok(())
}

/// Stops what `up` started in this checkout, or in all of this user's.
pub fn down(root: &Path, all: bool) -> Result<()> {
    let mut stopped = 0;
    let mut others = 0;
    for (file, record) in site::records()? {
        if !record.owner.is_alive() {
            // Owner and guard were both killed: nothing else will clean up.
            eprintln!("removing {}, which a killed process left behind", record.folder.display());
            site::clear(&file, &record)?;
            stopped += 1;
        } else if record.purpose == Purpose::Up && (all || record.root == root) {
            stop(&record)?;
            stopped += 1;
        } else if record.purpose == Purpose::Up {
            others += 1;
        }
    }
    if stopped == 0 {
        eprintln!("nothing that this checkout started is running");
    }
    if others > 0 {
        eprintln!("{others} started by other checkouts still running; `--all` stops them too");
    }
    Ok(())
}

/// Asks the owner: it knows how to stop its servers.
fn stop(record: &Record) -> Result<()> {
    let owner = &record.owner;
    owner.signal(nix::sys::signal::Signal::SIGTERM);
    if !owner.wait_gone(Duration::from_secs(60)) {
        return Err(Failure::new(format!("`cargo xtask up` (process {}) does not exit", owner.pid()))
            .advise(format!("kill -9 {}: its servers are then stopped, too", owner.pid())));
    }
    eprintln!("stopped, and {} removed", record.folder.display());
    Ok(())
}
