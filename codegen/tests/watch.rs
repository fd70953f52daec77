//! `cargo saga check --watch` and the ways in which editors save a file.

use std::fs;
use std::io::{BufRead, BufReader, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

const GOOD: &str = "saga.yaml: 3 services, ";

/// A folder with a good file in it, and the command that watches it.
struct Watched {
    file: PathBuf,
    command: Child,
    lines: Receiver<String>,
}

impl Watched {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("the folder can be made");
        let file = folder.join("saga.yaml");
        fs::write(&file, good()).expect("the file can be written");
        // One pipe for both, so that lines come in the order of writing.
        let (reader, writer) = std::io::pipe().expect("there are pipes");
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        command.current_dir(&folder).args(["check", "--watch"]);
        command.stdout(writer.try_clone().expect("it can be shared")).stderr(writer);
        let command = command.spawn().expect("the command starts");
        Self { file, command, lines: lines(reader) }
    }

    /// Waits until a line contains the text, and gives all lines up to it.
    fn until(&self, text: &str) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let mut seen: Vec<String> = Vec::new();
        while !seen.last().is_some_and(|line| line.contains(text)) {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => seen.push(line),
                Err(_) => panic!("no `{text}` in {seen:#?}"),
            }
        }
        seen
    }

    fn write(&self, text: &str) {
        fs::write(&self.file, text).expect("the file can be written");
    }

    /// Puts another file in its place.
    fn replace(&self, text: &str) {
        let beside = self.file.with_extension("new");
        fs::write(&beside, text).expect("the file can be written");
        fs::rename(&beside, &self.file).expect("the file can be replaced");
    }

    /// Whether it has nothing to say for a while.
    fn is_silent(&self) -> bool {
        self.lines.recv_timeout(Duration::from_millis(600)).is_err()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.command.kill());
        drop(self.command.wait());
    }
}

/// The lines of a pipe, to be waited for with a limit.
fn lines(pipe: PipeReader) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn good() -> String {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../saga.yaml");
    fs::read_to_string(shipped).expect("the shipped file is there")
}

/// The same number of bytes, and one of them wrong.
fn broken() -> String {
    let broken = good().replacen("correlation:", "corelations:", 1);
    assert_eq!(broken.len(), good().len());
    broken
}

#[test]
fn every_way_to_save_a_file_is_seen() {
    let watched = Watched::new("watch-saves");
    watched.until(GOOD);
    watched.until("watching saga.yaml; press Ctrl-C to stop");

    watched.write(&broken());
    watched.until("error[SG0101]");
    watched.until("watching ");

    // As most editors do.
    watched.replace(&good());
    watched.until(GOOD);

    // Gone for longer than a moment, and back.
    fs::remove_file(&watched.file).expect("the file can be removed");
    watched.until("error: cannot read saga.yaml");
    watched.write(&good());
    watched.until(GOOD);

    // Not even text.
    fs::write(&watched.file, [0xff, 0xfe]).expect("the file can be written");
    watched.until("error: cannot read saga.yaml");
    watched.write(&good());
    watched.until(GOOD);
}

#[test]
fn a_change_that_keeps_length_and_time_is_seen() {
    let watched = Watched::new("watch-time");
    watched.until("watching ");
    let modified = fs::metadata(&watched.file).and_then(|it| it.modified()).expect("it has a time");
    watched.write(&broken());
    let file = fs::File::options().append(true).open(&watched.file).expect("it can be opened");
    file.set_modified(modified).expect("the time can be set");
    watched.until("error[SG0101]");
}

#[test]
fn what_stays_the_same_is_not_told_again() {
    let watched = Watched::new("watch-same");
    watched.until("watching ");
    watched.replace(&good());
    assert!(watched.is_silent());
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it() {
    use std::os::unix::process::ExitStatusExt;
    let mut watched = Watched::new("watch-end");
    watched.until("watching ");
    let kill = format!("kill -INT {}", watched.command.id());
    let sent = Command::new("sh").args(["-c", &kill]).status();
    assert!(sent.expect("a shell is there").success());
    let ended = watched.command.wait().expect("it can be waited for");
    assert_eq!(ended.signal(), Some(2));
}
