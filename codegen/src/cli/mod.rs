//! The command line.

mod watch;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::diagnostic::{self, Code, Colour, Diagnostics, counted};
use crate::findings::{Examined, examine};
use crate::source::Source;
use crate::unsupported::unsupported;

/// The name of a specification.
const FILE: &str = "saga.yaml";

const EXIT_CODES: &str = "Exit codes: 0 all is well, 1 there are findings, stale files or files that are not ours, 2 bad usage or a file that cannot be read.";

/// Checks saga.yaml, and writes the services it describes.
#[derive(Debug, Parser)]
#[command(name = "saga", bin_name = "cargo saga", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check a specification and print every finding.
    #[command(after_help = EXIT_CODES)]
    Check {
        /// The specification [default: saga.yaml here or in a parent folder]
        file: Option<PathBuf>,
        /// How to print what was found; JSON and SARIF go to the standard output
        #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Text)]
        format: Format,
        /// Short for --format json
        #[arg(long, conflicts_with = "format")]
        json: bool,
        /// Check again whenever the file changes, until Ctrl-C; as text only
        #[arg(long, conflicts_with_all = ["format", "json"])]
        watch: bool,
    },
    /// Write the services, or with --check only say what is out of date.
    #[command(after_help = EXIT_CODES)]
    Generate {
        /// The specification [default: saga.yaml here or in a parent folder]
        file: Option<PathBuf>,
        /// Change nothing; exit with 1 if a file is stale, missing, edited or orphaned
        #[arg(long)]
        check: bool,
    },
    /// Say what a rule is about, with an example and the way out.
    #[command(after_help = EXIT_CODES)]
    Explain {
        /// The number of the rule, such as SG0207; without one all are listed
        code: Option<String>,
    },
}

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For editors and scripts, see docs/check-json.md
    Json,
    /// SARIF 2.1.0, for tools for code review
    Sarif,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to complain about.
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

/// Runs the command line of this process.
pub fn run() -> Outcome {
    let Arguments { verb } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version come this way too, and are no failure.
            let failed = error.use_stderr();
            return match (error.print(), failed) {
                (Ok(()), false) => Outcome::Good,
                _ => Outcome::Failed,
            };
        }
    };
    let done = match verb {
        Verb::Check { file, watch: true, .. } => locate(file).and_then(|path| watch::watch(&path)),
        Verb::Check { file, json: true, .. } => check_file(file, Format::Json),
        Verb::Check { file, format, .. } => check_file(file, format),
        Verb::Generate { file, check } => generate_file(file, check),
        Verb::Explain { code } => explain(code.as_deref()),
    };
    done.unwrap_or_else(|message| {
        say(&mut std::io::stderr(), &format!("error: {message}\n"));
        Outcome::Failed
    })
}

fn check_file(file: Option<PathBuf>, format: Format) -> Result<Outcome, String> {
    let source = read(&locate(file)?)?;
    let examined = examine(&source);
    let mut out = std::io::stdout();
    match format {
        Format::Text => {
            let told = text(&examined, &source);
            say(&mut std::io::stderr(), &told.findings);
            say(&mut out, &told.summary);
        }
        Format::Json => say(&mut out, &diagnostic::json(&examined.found, &source)),
        Format::Sarif => say(&mut out, &diagnostic::sarif(&examined.found, &source)),
    }
    Ok(if examined.spec.is_some() { Outcome::Good } else { Outcome::Findings })
}

/// What `check` says for people.
struct Text {
    /// For the standard error.
    findings: String,
    /// For the standard output; empty if there are errors.
    summary: String,
}

fn text(examined: &Examined, source: &Source) -> Text {
    let findings = diagnostic::report(&examined.found, source, colour());
    let Some(spec) = &examined.spec else {
        return Text { findings, summary: String::new() };
    };
    let mut summary = format!(
        "{}: {}, {}, {}: no errors",
        source.path().display(),
        counted(spec.services().len(), "service"),
        counted(spec.events().len(), "event"),
        counted(spec.steps().len(), "step"),
    );
    let refused = unsupported(spec).len();
    if refused > 0 {
        summary.push_str(&format!("; `generate` will refuse {}", counted(refused, "construct")));
    }
    summary.push('\n');
    Text { findings, summary }
}

fn generate_file(file: Option<PathBuf>, check: bool) -> Result<Outcome, String> {
    let source = read(&locate(file)?)?;
    let examined = examine(&source);
    report(&examined.found, &source);
    let Some(spec) = examined.spec else {
        return Ok(Outcome::Findings);
    };
    let mut refused = Diagnostics::default();
    refused.extend(unsupported(&spec));
    if refused.has_errors() {
        report(&refused, &source);
        return Ok(Outcome::Findings);
    }
    let root = source.path().parent().unwrap_or(Path::new(""));
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    crate::generate::run(&spec, root, check)
}

fn report(found: &Diagnostics, source: &Source) {
    say(&mut std::io::stderr(), &diagnostic::report(found, source, colour()));
}

fn explain(number: Option<&str>) -> Result<Outcome, String> {
    let text = match number {
        None => Code::ALL.iter().map(|code| format!("{code}  {}\n", code.title())).collect(),
        Some(number) => {
            let code = Code::from_number(number);
            let code =
                code.ok_or_else(|| format!("there is no rule `{number}`; `cargo saga explain` lists them"))?;
            code.page().to_owned()
        }
    };
    say(&mut std::io::stdout(), &text);
    Ok(Outcome::Good)
}

/// The named file, or the one in this folder or the nearest above it.
fn locate(file: Option<PathBuf>) -> Result<PathBuf, String> {
    file.map_or_else(find, Ok)
}

fn read(path: &Path) -> Result<Source, String> {
    Source::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

fn find() -> Result<PathBuf, String> {
    let here = std::env::current_dir().map_err(|error| format!("no current folder: {error}"))?;
    if here.join(FILE).is_file() {
        return Ok(PathBuf::from(FILE));
    }
    let above = here.ancestors().map(|folder| folder.join(FILE));
    let mut found = above.filter(|path| path.is_file());
    found.next().ok_or_else(|| format!("there is no {FILE} in {} or a folder above it", here.display()))
}

/// Colours are for terminals whose reader did not object.
fn colour() -> Colour {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    match std::io::stderr().is_terminal() && !refused && !dumb() {
        true => Colour::Always,
        false => Colour::Never,
    }
}

/// Whether the terminal says that it prints letters and nothing else.
fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

/// Writes, and does not mind a reader that has gone: `check | head` is fine.
fn say(out: &mut dyn Write, text: &str) {
    drop(out.write_all(text.as_bytes()));
}
