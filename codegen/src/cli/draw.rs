//! `draw`: the flow, or a failing run.

use std::path::{Path, PathBuf};

use super::{Outcome, read, report, say};
use crate::diagnostic::{Code, Diagnostic};
use crate::draw::html::{Finding, Page};
use crate::draw::{Chart, SequenceDiagram};
use crate::pipeline;
use crate::prove::{self, Examined, explore::Limits, report};
use crate::resolved::Resolved;

/// The format of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Text that Git hosts and editors render
    Mermaid,
    /// An image
    Svg,
    /// A page with the flow and every failing run
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
    // The drawing shows where messages are lost, so errors do not prevent it.
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

/// The requested format, or that of the file extension.
fn format(wanted: &Wanted) -> Result<Format, String> {
    let ending = wanted.output.as_deref().map(|path| path.extension().unwrap_or_default().to_string_lossy());
    match (wanted.format, ending.as_deref()) {
        (Some(format), _) => Ok(format),
        (None, None | Some("mmd" | "mermaid")) => Ok(Format::Mermaid),
        (None, Some("svg")) => Ok(Format::Svg),
        (None, Some("html")) => Ok(Format::Html),
        (None, Some(_)) => {
            Err("cannot tell the format from the file name: use .mmd, .svg or .html, or pass --format"
                .to_owned())
        }
    }
}

/// A drawing that needs the proof.
fn of_runs(examined: &Examined, format: Format, run: Option<Code>) -> Result<String, String> {
    let Some(spec) = examined.resolved() else { return Ok(String::new()) };
    let mut findings = findings(spec, examined);
    findings.retain(|(found, _)| run.is_none_or(|code| found.code == code));
    match (format, run, findings.first()) {
        (Format::Html, None, _) => Ok(page(spec, Some(Chart::of(spec).svg()), findings)),
        (_, Some(code), None) => Err(format!(
            "the proof does not report {code} for this file; `cargo saga check` lists what it does report"
        )),
        (Format::Html, Some(_), Some(_)) => Ok(page(spec, None, findings)),
        (_, _, Some((found, None))) => Err(format!("no run shows {}: {}", found.code, found.message)),
        (Format::Svg, _, Some((_, Some(diagram)))) => Ok(diagram.svg()),
        (Format::Mermaid, _, Some((_, Some(diagram)))) => Ok(diagram.mermaid()),
        (Format::Svg | Format::Mermaid, None, None) => Ok(String::new()),
    }
}

/// All findings, each with the run that shows it, if one does.
fn findings(spec: &Resolved, examined: &Examined) -> Vec<(Diagnostic, Option<SequenceDiagram>)> {
    let mut findings = Vec::new();
    if let Some(exploration) = examined.exploration() {
        let found = report::findings(spec, exploration);
        for (found, end) in found.into_iter().zip(exploration.violations.values()) {
            let trace = report::trace(spec, exploration, *end);
            let diagram = SequenceDiagram::of(spec, &trace, &found.message);
            findings.push((found, Some(diagram)));
        }
    }
    let others = examined.found.sorted().into_iter().filter(|found| found.run.is_empty());
    findings.extend(others.map(|found| (found.clone(), None)));
    findings
}

fn page(
    spec: &Resolved,
    flow: Option<String>,
    findings: Vec<(Diagnostic, Option<SequenceDiagram>)>,
) -> String {
    let finding = |(found, diagram): (Diagnostic, Option<SequenceDiagram>)| Finding {
        code: found.code.number(),
        sentence: found.message,
        help: found.help,
        run: diagram.map(|diagram| diagram.svg()),
    };
    let findings = findings.into_iter().map(finding).collect();
    Page { saga: spec.sagas()[0].name.as_str(), flow, good: "Every run ends well.", findings }.html()
}
