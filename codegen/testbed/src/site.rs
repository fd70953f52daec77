//! Where a set of servers lives: a fresh temporary folder, and a file that
//! lets other processes find the servers and end them.
//!
//! Three parties clean up, through one function: the owner itself,
//! `cargo saga down`, and the *guard*, a second process that does nothing but
//! wait for the owner's end. The guard notices even a `kill -9`, because the
//! pipe that it reads from closes when the owner is gone.

use std::env;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use nix::unistd::geteuid;
use serde::{Deserialize, Serialize};

use crate::failure::{Doing, Failure, Result};
use crate::interrupt;

use super::process::{Abandon, Process};
use super::random;

/// The name of every temporary folder begins so; nothing else is ever removed.
const PREFIX: &str = "saga-servers-";

/// Who runs the servers, and so whether `down` may stop them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// `cargo saga up`: a person's, until they stop it.
    Up,
    /// A command that stops them itself.
    Test,
}

/// What the state file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Who runs the servers.
    pub purpose: Purpose,
    /// The project they were started for.
    pub root: PathBuf,
    /// The temporary folder.
    pub folder: PathBuf,
    /// The command that started them.
    pub owner: Process,
    /// The servers.
    pub servers: Vec<Process>,
    /// What `up` has printed; empty while it starts.
    pub told: Vec<String>,
}

/// A temporary folder with servers in it. Dropping it removes the folder; the
/// servers hold a reference, so they are gone by then.
pub(crate) struct Site {
    file: PathBuf,
    record: Mutex<Record>,
    guard: Mutex<Child>,
}

impl Site {
    /// Makes the folder, writes the state file and starts the guard.
    pub(crate) fn create(purpose: Purpose, root: &Path) -> Result<Self> {
        let name = format!("{PREFIX}{}", random::hex(4)?);
        let folder = env::temp_dir().join(&name);
        // As root, PostgreSQL runs as another user, which has to pass through.
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        create_folder(&folder, mode)?;

        let owner = Process::running("cargo saga", process::id(), Abandon::Terminate)
            .ok_or_else(|| Failure::new("cannot read this process' own start time"))?;
        let record = Record {
            purpose,
            root: root.to_path_buf(),
            folder,
            owner,
            servers: Vec::new(),
            told: Vec::new(),
        };
        let file = state_folder()?.join(format!("{name}.json"));
        write(&file, &record)?;
        let guard = start_guard(&file)?;
        Ok(Self { file, record: Mutex::new(record), guard: Mutex::new(guard) })
    }

    /// The temporary folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.record().folder.clone()
    }

    /// Records a server that was started, so that the guard or `down` can end it.
    pub(crate) fn add(&self, server: Process) -> Result<()> {
        let mut record = self.record();
        record.servers.push(server);
        write(&self.file, &record)
    }

    /// Notes what was printed.
    pub(crate) fn tell(&self, lines: &[String]) -> Result<()> {
        let mut record = self.record();
        record.told = lines.to_vec();
        write(&self.file, &record)
    }

    /// Forgets a server that has ended.
    pub(crate) fn forget(&self, server: &Process) -> Result<()> {
        let mut record = self.record();
        record.servers.retain(|known| known != server);
        write(&self.file, &record)
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let record = self.record().clone();
        if let Err(failure) = clear(&self.file, &record) {
            eprintln!("{failure}");
        }
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        drop(guard.stdin.take());
        // It finds nothing left to do; waiting only keeps it from being seen
        // as our remains. That it cannot be waited for would change nothing.
        let _ = guard.wait();
    }
}

/// The guard's whole life: wait for the owner's end, then clean up after it.
pub fn guard(file: &Path) -> Result<()> {
    interrupt::ignore()?;
    // Nothing is ever written into the pipe: it ends when the owner does.
    let _ = io::stdin().read_to_end(&mut Vec::new());
    match read(file)? {
        Some(record) => clear(file, &record),
        None => Ok(()),
    }
}

/// All records of this user, with the files they are in.
pub(crate) fn records() -> Result<Vec<(PathBuf, Record)>> {
    let folder = state_folder()?;
    let mut records = Vec::new();
    for entry in fs::read_dir(&folder).doing(|| format!("read {}", folder.display()))? {
        let file = entry.doing(|| format!("read {}", folder.display()))?.path();
        if file.extension().is_some_and(|extension| extension == "json")
            && let Some(record) = read(&file)?
        {
            records.push((file, record));
        }
    }
    Ok(records)
}

/// Ends the servers of a record, then removes its folder and its file.
pub(crate) fn clear(file: &Path, record: &Record) -> Result<()> {
    for server in &record.servers {
        if !server.end() {
            return Err(Failure::new(format!("{} (process {}) does not exit", server.name, server.pid()))
                .advise(format!("kill it: kill -9 {}", server.pid())));
        }
    }
    remove_folder(&record.folder)?;
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).doing(|| format!("remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Makes a folder with exactly these permissions, whatever the umask.
///
/// # Errors
/// When it cannot be made, or is there already.
pub fn create_folder(folder: &Path, mode: u32) -> Result<()> {
    fs::DirBuilder::new()
        .mode(mode)
        .create(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(mode)))
        .doing(|| format!("create the folder {}", folder.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    let ours = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
    if !ours {
        return Err(Failure::new(format!(
            "refusing to remove {}: it was not created by this command",
            folder.display()
        )));
    }
    // The last processes of a killed PostgreSQL may still be writing.
    for _ in 0..100 {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                thread::sleep(Duration::from_millis(50));
            }
            _ => return Ok(()),
        }
    }
    fs::remove_dir_all(folder).doing(|| format!("remove the folder {}", folder.display()))
}

fn start_guard(file: &Path) -> Result<Child> {
    Command::new(guard_program()?)
        .arg("guard")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Out of reach of the terminal's Ctrl-C and of a kill of our group.
        .process_group(0)
        .spawn()
        .doing(|| "start the guard process".to_owned())
}

/// The program that has the `guard` command: this one.
fn guard_program() -> Result<PathBuf> {
    // cargo says so to integration tests, which are another program.
    let tested = ["saga", "xtask"].into_iter().find_map(|name| env::var_os(format!("CARGO_BIN_EXE_{name}")));
    if let Some(program) = tested {
        Ok(PathBuf::from(program))
    } else if cfg!(target_os = "linux") {
        // A rebuild may have replaced our binary meanwhile: the link under
        // /proc still leads to the one that runs.
        Ok(PathBuf::from("/proc/self/exe"))
    } else {
        env::current_exe().doing(|| "find this program".to_owned())
    }
}

/// Where state files are: a folder of this user alone.
fn state_folder() -> Result<PathBuf> {
    let user = geteuid();
    let folder = match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(folder) if folder.is_dir() => folder.join("saga-servers"),
        _ => env::temp_dir().join(format!("saga-servers-state-{user}")),
    };
    if let Err(failure) = create_folder(&folder, 0o700)
        && !folder.is_dir()
    {
        return Err(failure);
    }
    // In a shared temporary folder anybody may have made it before us; the
    // pids and paths in it are acted upon, so it has to be ours.
    let metadata = fs::symlink_metadata(&folder).doing(|| format!("read {}", folder.display()))?;
    if !metadata.is_dir() || metadata.uid() != user.as_raw() || metadata.mode() & 0o022 != 0 {
        return Err(Failure::new(format!(
            "{} is a folder that others can write to, or that is not yours",
            folder.display()
        ))
        .advise("remove it, or set XDG_RUNTIME_DIR to a folder of your own"));
    }
    Ok(folder)
}

fn read(file: &Path) -> Result<Option<Record>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.doing(|| format!("read {}", file.display()))?,
    };
    serde_json::from_str(&text).map(Some).map_err(|error| {
        Failure::new(format!("{} cannot be read: {error}", file.display()))
            .advise("another version wrote it: stop the processes it names, and remove it")
    })
}

/// Writes in two steps, so that a reader never sees half a file.
fn write(file: &Path, record: &Record) -> Result<()> {
    let text = serde_json::to_string_pretty(record)
        .map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))?;
    let draft = file.with_extension("draft");
    fs::write(&draft, text)
        .and_then(|()| fs::rename(&draft, file))
        .doing(|| format!("write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(folder: PathBuf) -> Record {
        Record {
            purpose: Purpose::Up,
            root: PathBuf::from("/somewhere"),
            folder,
            owner: Process::running("test", process::id(), Abandon::Kill).expect("we run"),
            servers: Vec::new(),
            told: Vec::new(),
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_cleared_away() {
        let name = format!("{PREFIX}test-{}", process::id());
        let folder = env::temp_dir().join(&name);
        create_folder(&folder, 0o700).expect("a temporary folder");
        let file = env::temp_dir().join(format!("{name}.json"));
        let mut record = record(folder.clone());
        let mut child = Command::new("sleep").arg("30").spawn().expect("sleep runs");
        let server = Process::running("sleep", child.id(), Abandon::Kill).expect("it runs");
        record.servers.push(server);
        // Reaped at once, as init would.
        let reaper = thread::spawn(move || child.wait());

        write(&file, &record).expect("written");
        let read_back = read(&file).expect("read").expect("there");
        assert_eq!(read_back, record);

        clear(&file, &read_back).expect("cleared");
        assert!(!folder.exists());
        assert!(!file.exists());
        reaper.join().expect("no panic").expect("the server ended");
        assert_eq!(read(&file).expect("no error"), None);
    }

    #[test]
    fn only_a_folder_of_ours_is_ever_removed() {
        let folder = env::temp_dir().join(format!("precious-{}", process::id()));
        create_folder(&folder, 0o700).expect("a temporary folder");

        let refused = clear(Path::new("/nonexistent/state.json"), &record(folder.clone()));

        assert!(refused.is_err());
        assert!(folder.is_dir());
        fs::remove_dir(&folder).expect("the folder goes again");
    }
}
