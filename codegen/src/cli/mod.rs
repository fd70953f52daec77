//! The command line.

mod check;
mod defect;
mod dev;
mod draw;
mod generate;
mod history;
mod init;
mod progress;
mod test;
mod up;
mod upgrade;
mod watch;

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::diagnostic::{self, Code, Colour, Detail, Diagnostics, Style};
use crate::source::Source;
use crate::spec::SCHEMA;
use check::{Format, Wanted};

/// The default name of a specification.
const FILE: &str = "saga.yaml";

const EXIT_CODES: &str =
    "Exit codes: 0 success; 1 findings, stale files or foreign files; 2 invalid usage or an unreadable file.";

/// What `--version` says: both are released together.
const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (for saga-runtime ", env!("CARGO_PKG_VERSION"), ")");

/// Checks saga.yaml and generates the services it describes.
#[derive(Debug, Parser)]
#[command(name = "saga", bin_name = "cargo saga", version = VERSION, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Begin a project with a saga of your own.
    #[command(after_help = init::EXAMPLES)]
    Init(init::Wanted),
    /// Check a specification and prove that every run of it ends well.
    #[command(after_help = EXIT_CODES)]
    Check {
        /// The specification [default: saga.yaml in this or a parent folder]
        file: Option<PathBuf>,
        /// How to print findings; JSON and SARIF go to standard output
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
        format: Format,
        /// Short for --format json
        #[arg(long, conflicts_with = "format")]
        json: bool,
        /// Print each failing run step by step
        #[arg(long)]
        explain: bool,
        /// Give up the proof after this many states [default: 3000000, or 1 GiB, or 40 s]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
        /// Check again whenever the file changes, until Ctrl-C; text only
        #[arg(long, conflicts_with_all = ["format", "json"])]
        watch: bool,
    },
    /// Generate the services, or with --check only report what is out of date.
    #[command(after_help = EXIT_CODES)]
    Generate {
        /// The specification [default: saga.yaml in this or a parent folder]
        file: Option<PathBuf>,
        /// Write nothing; exit with 1 if a file is stale, missing, edited or orphaned
        #[arg(long)]
        check: bool,
        /// Only the crates: no Dockerfile, no compose file, no manifests for Kubernetes
        #[arg(long)]
        code_only: bool,
        /// Generate despite this finding of the proof, such as SG0404; it stays a warning
        #[arg(long, value_name = "RULE", value_parser = allowable)]
        allow: Vec<Code>,
        /// Give up the proof after this many states [default: 3000000, or 1 GiB, or 40 s]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
    },
    /// Live through simulated worlds with the services and handlers of this project
    ///
    /// The services are those that are deployed; databases and Kafka are in memory, and a seed decides what fails:
    /// crashes, lost answers, reordered messages, restored databases, clocks that jump. At rest, an audit expects
    /// of every instance what the proof of saga.yaml says. The crate `simulation/` is made at the first run.
    #[command(after_help = EXIT_CODES)]
    Test(test::Wanted),
    /// Run the whole saga on the embedded default, and again after each change, until Ctrl-C
    ///
    /// Generates, builds and runs the saga in one process, on a mock Kafka and SQLite, as `cargo run` does. Then it
    /// watches saga.yaml, handlers/ and the other crates of the workspace that the saga is built from, generates and
    /// builds again what has changed, and restarts the saga. Findings and compiler errors appear as on the command
    /// line; until they are gone, the saga from before the change goes on running. Data is lost at each restart.
    #[command(after_help = dev::NOTES)]
    Dev(dev::Wanted),
    /// Start a real Apache Kafka and a real PostgreSQL for this project, until Ctrl-C
    ///
    /// Both listen on free loopback ports and keep their data in a temporary folder. The command prints
    /// `KAFKA_BROKERS=…` and for each service of saga.yaml its `DATABASE_URL=…`, ready to paste, and the commands that
    /// run the services. It stays in the foreground: Ctrl-C, or `cargo saga down` in another terminal, stops both
    /// servers and removes their data. A second `up` of the same project prints the same once more.
    ///
    /// Kafka is downloaded with `mvn`, once, into target/kafka, and runs on Java; PostgreSQL is the one that is installed
    /// on this machine. Missing programs are installed with apt-get if you are root; otherwise the command prints
    /// what to type.
    #[command(after_help = up::ENVIRONMENT)]
    Up {
        /// The specification [default: saga.yaml in this or a parent folder]
        file: Option<PathBuf>,
    },
    /// Stop what `cargo saga up` started for this project.
    #[command(after_help = EXIT_CODES)]
    Down {
        /// Also stop what runs for other projects of this user
        #[arg(long)]
        all: bool,
    },
    /// Say what brings this project and this tool to one version.
    ///
    /// It compares the version of the tool with that of the generated code, and with the runtime that Cargo.toml and
    /// Cargo.lock name. Exits with 1 if there is something to do.
    #[command(after_help = EXIT_CODES)]
    Upgrade(upgrade::Wanted),
    /// Draw the flow of a saga, or one of its failing runs.
    #[command(after_help = EXIT_CODES)]
    Draw {
        /// The specification [default: saga.yaml in this or a parent folder]
        file: Option<PathBuf>,
        /// The format [default: by the extension of the output, otherwise Mermaid]
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<draw::Format>,
        /// The file to write: .mmd, .svg or .html [default: standard output]
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// Draw the run that shows this finding of the proof, such as SG0404, instead of the flow
        #[arg(long, value_name = "RULE", value_parser = with_a_run)]
        run: Option<Code>,
        /// Give up the proof after this many states [default: 3000000, or 1 GiB, or 40 s]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
    },
    /// Explain a rule, with an example and how to fix it.
    #[command(after_help = EXIT_CODES)]
    Explain {
        /// The number of the rule, such as SG0207; all rules are listed if omitted
        code: Option<String>,
    },
    /// Print the JSON Schema of saga.yaml, for editors.
    Schema,
    /// Print what a shell completes after `saga`.
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No findings, and nothing is stale.
    Good,
    /// There are findings, or files are stale.
    Findings,
    /// The command could not do its work.
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Good => 0,
            Outcome::Findings => 1,
            Outcome::Failed => 2,
        })
    }
}

/// Runs the command with these arguments, of which the first is the program.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Outcome {
    defect::reported(|| parse_and_carry_out(arguments))
}

fn parse_and_carry_out(arguments: impl IntoIterator<Item = OsString>) -> Outcome {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Only this program starts it: neither help nor a shell's completion may offer it.
    if let [_, verb, state] = &arguments[..]
        && verb == up::GUARD
    {
        return up::guard(Path::new(state));
    }
    let Arguments { verb } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version take this path too, and are not failures.
            let failed = error.use_stderr();
            return match (error.print(), failed) {
                (Ok(()), false) => Outcome::Good,
                _ => Outcome::Failed,
            };
        }
    };
    carry_out(verb).unwrap_or_else(|message| {
        say(&mut std::io::stderr(), &format!("error: {message}\n"));
        Outcome::Failed
    })
}

fn report(found: &Diagnostics, source: &Source) {
    say(&mut std::io::stderr(), &diagnostic::report(found, source, style(Detail::Short)));
}

fn carry_out(verb: Verb) -> Result<Outcome, String> {
    match verb {
        Verb::Init(wanted) => init::init(wanted),
        Verb::Check { file, format, json, explain, states, watch } => {
            let path = locate(file)?;
            let detail = if explain { Detail::Full } else { Detail::Short };
            let text = !json && matches!(format, Format::Text);
            let wanted = Wanted { detail, limits: progress::limits(states, text) };
            match (watch, json) {
                (true, _) => watch::watch(&path, wanted),
                (false, true) => check::check(&path, Format::Json, wanted),
                (false, false) => check::check(&path, format, wanted),
            }
        }
        Verb::Generate { file, check, code_only, allow, states } => {
            let limits = progress::limits(states, true);
            let wanted = generate::Wanted { check, code_only, told: generate::Told::All, limits };
            generate::generate(&locate(file)?, &allow, wanted)
        }
        Verb::Test(wanted) => test::test(&wanted),
        Verb::Dev(wanted) => dev::dev(wanted),
        Verb::Up { file } => up::up(file),
        Verb::Down { all } => up::down(all),
        Verb::Upgrade(wanted) => upgrade::upgrade(wanted),
        Verb::Draw { file, format, output, run, states } => {
            let limits = progress::limits(states, true);
            draw::draw(&locate(file)?, &draw::Wanted { format, output, run, limits })
        }
        Verb::Explain { code } => explain(code.as_deref()),
        Verb::Schema => {
            say(&mut std::io::stdout(), SCHEMA);
            Ok(Outcome::Good)
        }
        Verb::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "saga", &mut text);
            say(&mut std::io::stdout(), &String::from_utf8_lossy(&text));
            Ok(Outcome::Good)
        }
    }
}

/// A finding of the proof: no other can be allowed.
fn allowable(number: &str) -> Result<Code, String> {
    let code = Code::from_number(number).filter(|code| code.is_of_the_proof());
    code.ok_or_else(|| "only findings of the proof can be allowed: SG0401 to SG0410".to_owned())
}

/// A finding of the proof: no other has a run.
fn with_a_run(number: &str) -> Result<Code, String> {
    let code = Code::from_number(number).filter(|code| code.is_of_the_proof());
    code.ok_or_else(|| "only findings of the proof have a run: SG0401 to SG0410".to_owned())
}

fn explain(number: Option<&str>) -> Result<Outcome, String> {
    let text = match number {
        None => Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title())).collect(),
        Some(number) => {
            let code = Code::from_number(number);
            let code =
                code.ok_or_else(|| format!("unknown rule `{number}`; `cargo saga explain` lists all rules"))?;
            code.page().to_owned()
        }
    };
    say(&mut std::io::stdout(), &text);
    Ok(Outcome::Good)
}

/// The named file, or the one in this folder or the nearest parent folder.
fn locate(file: Option<PathBuf>) -> Result<PathBuf, String> {
    file.map_or_else(find, Ok)
}

fn read(path: &Path) -> Result<Source, String> {
    Source::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn find() -> Result<PathBuf, String> {
    let here =
        std::env::current_dir().map_err(|error| format!("cannot determine the current folder: {error}"))?;
    if here.join(FILE).is_file() {
        return Ok(PathBuf::from(FILE));
    }
    let above = here.ancestors().map(|folder| folder.join(FILE));
    let mut found = above.filter(|path| path.is_file());
    found.next().ok_or_else(|| format!("no {FILE} in {} or any parent folder", here.display()))
}

/// How findings look on standard error.
fn style(detail: Detail) -> Style {
    Style { colour: colour(), detail }
}

/// Colours only on a terminal, and unless the environment asks for none.
fn colour() -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match std::io::stderr().is_terminal() && !refused && !dumb() {
        true => Colour::Always,
        false => Colour::Never,
    }
}

/// Whether the terminal prints plain text only.
fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

/// Writes, ignoring a closed pipe: `check | head` is fine.
fn say(out: &mut dyn Write, text: &str) {
    drop(out.write_all(text.as_bytes()));
}
