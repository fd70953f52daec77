//! `draw`: the flow, or a run that ends badly.

use std::path::{Path, PathBuf};

use super::{Outcome, read, report, say};
use crate::diagnostic::{Code, Diagnostic};
use crate::draw::html::{Finding, Page};
use crate::draw::{Chart, Script};
use crate::pipeline;
use crate::prove::{self, Examined, explore::Limits, report};
use crate::resolved::Resolved;

/// What a picture is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Text that Git hosts and editors draw
    Mermaid,
    /// A picture
    Svg,
    /// A page with the flow and every run that ends badly
    Html,
}

/// What to draw.
#[derive(Debug)]
pub(super) struct Wanted {
    pub format: Option<Format>,
    pub output: Option<PathBuf>,
    pub run: Option<Code>,
    pub limits: Limits,
}

pub(super) fn draw(path: &Path, wanted: &Wanted) -> Result<Outcome, String> {
    let format = format(wanted)?;
    let source = read(path)?;
    let checked = pipeline::check(&source);
    // Where messages get lost, a picture shows it.
    report(&checked.found, &source);
    let Some(spec) = &checked.resolved else { return Ok(Outcome::Findings) };
    let picture = match (format, wanted.run) {
        (Format::Mermaid, None) => Chart::of(spec).mermaid(),
        (Format::Svg, None) => Chart::of(spec).svg(),
        (_, run) => of_runs(&prove::prove(checked, wanted.limits), format, run)?,
    };
    match &wanted.output {
        None => say(&mut std::io::stdout(), &picture),
        Some(output) => {
            let written = std::fs::write(output, picture);
            written.map_err(|error| format!("cannot write {}: {error}", output.display()))?;
        }
    }
    Ok(Outcome::Good)
}

/// The format that is asked for, or that the name of the file says.
fn format(wanted: &Wanted) -> Result<Format, String> {
    let ending = wanted.output.as_deref().map(|path| path.extension().unwrap_or_default().to_string_lossy());
    match (wanted.format, ending.as_deref()) {
        (Some(format), _) => Ok(format),
        (None, None | Some("mmd" | "mermaid")) => Ok(Format::Mermaid),
        (None, Some("svg")) => Ok(Format::Svg),
        (None, Some("html")) => Ok(Format::Html),
        (None, Some(_)) => {
            Err("the name of the file ends in none of .mmd, .svg and .html: say which with --format"
                .to_owned())
        }
    }
}

/// A picture that needs the proof.
fn of_runs(examined: &Examined, format: Format, run: Option<Code>) -> Result<String, String> {
    let Some(spec) = examined.resolved() else { return Ok(String::new()) };
    let mut told = told(spec, examined);
    told.retain(|(found, _)| run.is_none_or(|code| found.code == code));
    match (format, run, told.first()) {
        (Format::Html, None, _) => Ok(page(spec, Some(Chart::of(spec).svg()), told)),
        (_, Some(code), None) => {
            Err(format!("the proof did not find {code} here; `cargo saga check` says what it found"))
        }
        (Format::Html, Some(_), Some(_)) => Ok(page(spec, None, told)),
        (_, _, Some((found, None))) => Err(format!("no run shows {}: {}", found.code, found.message)),
        (Format::Svg, _, Some((_, Some(script)))) => Ok(script.svg()),
        (Format::Mermaid, _, Some((_, Some(script)))) => Ok(script.mermaid()),
        (Format::Svg | Format::Mermaid, None, None) => Ok(String::new()),
    }
}

/// All that was found, each with the run that shows it, if a run does.
fn told(spec: &Resolved, examined: &Examined) -> Vec<(Diagnostic, Option<Script>)> {
    let mut told = Vec::new();
    if let Some(exploration) = examined.exploration() {
        let found = report::findings(spec, exploration);
        for (found, end) in found.into_iter().zip(exploration.violations.values()) {
            let trace = report::trace(spec, exploration, *end);
            let script = Script::of(spec, &trace, &found.message);
            told.push((found, Some(script)));
        }
    }
    let others = examined.found.sorted().into_iter().filter(|found| found.run.is_empty());
    told.extend(others.map(|found| (found.clone(), None)));
    told
}

fn page(spec: &Resolved, flow: Option<String>, told: Vec<(Diagnostic, Option<Script>)>) -> String {
    let finding = |(found, script): (Diagnostic, Option<Script>)| Finding {
        code: found.code.number(),
        sentence: found.message,
        help: found.help,
        run: script.map(|script| script.svg()),
    };
    let findings = told.into_iter().map(finding).collect();
    Page { saga: spec.sagas()[0].name.as_str(), flow, good: "Every run ends well.", findings }.html()
}
