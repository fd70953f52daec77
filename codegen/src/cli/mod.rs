//! The command line.

mod check;
mod draw;
mod generate;
mod watch;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::diagnostic::{self, Code, Colour, Detail, Diagnostics, Style};
use crate::prove::explore::Limits;
use crate::source::Source;
use check::{Format, Wanted};

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
    /// Check a specification, prove that every run of it ends well, and print every finding.
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
        /// Tell each run that ends badly step by step
        #[arg(long)]
        explain: bool,
        /// Give the proof up after this many states [default: 3000000]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
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
        /// Generate although the proof found this, such as SG0404; it is printed each time
        #[arg(long, value_name = "RULE", value_parser = allowable)]
        allow: Vec<Code>,
        /// Give the proof up after this many states [default: 3000000]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
    },
    /// Draw the flow of a saga, or a run of it that ends badly.
    #[command(after_help = EXIT_CODES)]
    Draw {
        /// The specification [default: saga.yaml here or in a parent folder]
        file: Option<PathBuf>,
        /// What to draw in [default: as the ending of the path says, else Mermaid]
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<draw::Format>,
        /// Where to write it: .mmd, .svg or .html [default: the standard output]
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// Draw the run that shows this finding of the proof, such as SG0404, not the flow
        #[arg(long, value_name = "RULE", value_parser = with_a_run)]
        run: Option<Code>,
        /// Give the proof up after this many states [default: 3000000]
        #[arg(long, value_name = "COUNT")]
        states: Option<usize>,
    },
    /// Say what a rule is about, with an example and the way out.
    #[command(after_help = EXIT_CODES)]
    Explain {
        /// The number of the rule, such as SG0207; without one all are listed
        code: Option<String>,
    },
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
        Verb::Check { file, format, json, explain, states, watch } => {
            let path = locate(file)?;
            let detail = if explain { Detail::Full } else { Detail::Short };
            let wanted = Wanted { detail, limits: Limits::up_to(states) };
            match (watch, json) {
                (true, _) => watch::watch(&path, wanted),
                (false, true) => check::check(&path, Format::Json, wanted),
                (false, false) => check::check(&path, format, wanted),
            }
        }
        Verb::Generate { file, check, allow, states } => {
            generate::generate(&locate(file)?, check, &allow, Limits::up_to(states))
        }
        Verb::Draw { file, format, output, run, states } => {
            let limits = Limits::up_to(states);
            draw::draw(&locate(file)?, &draw::Wanted { format, output, run, limits })
        }
        Verb::Explain { code } => explain(code.as_deref()),
    }
}

/// Findings of the proof, which alone may be allowed.
fn allowable(number: &str) -> Result<Code, String> {
    let code = Code::from_number(number).filter(|code| code.is_of_the_proof());
    code.ok_or_else(|| "only findings of the proof can be allowed: SG0401 to SG0410".to_owned())
}

/// Findings of the proof, which alone have a run.
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

/// How findings look on the standard error.
fn style(detail: Detail) -> Style {
    Style { colour: colour(), detail }
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
