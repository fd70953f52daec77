//! What each scanner says. One that says less than it must have looked at has
//! failed, whatever its exit code: silence is no pass.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use testbed::failure::{Doing, Failure, Result};

use super::target::Target;
use super::tools::Tools;

/// The Kubernetes that the manifests are for.
const KUBERNETES: &str = "1.34.0";

/// The exceptions of checkov: the digest of an image that is not built yet, docs/adr/0017-digests-of-images.md, and a
/// secret that the file asks for as a variable, docs/adr/0049-secrets-as-files-or-variables.md.
const ASKED_FOR: [&str; 2] = ["CKV_K8S_43", "CKV_K8S_35"];

/// What kube-score does not look at unless it is asked.
const MORE_SCORES: [&str; 2] = ["container-seccomp-profile", "container-ports-check"];

/// The checks that an object tells kube-score to skip, docs/adr/0018-what-scanners-cannot-see.md.
const UNSEEN: [&str; 3] = ["deployment-replicas", "networkpolicy-targets-pod", "service-targets-pod"];

/// Ends the names of optional checks: requests and limits may differ.
const NOT_ASKED: [&str; 2] = ["-equal-limits", "-equals-limit"];

/// What a scanner found.
#[derive(Debug, Default)]
pub(super) struct Report {
    looked_at: usize,
    what: String,
    excepted: usize,
    apart: usize,
    /// One line each.
    pub findings: Vec<String>,
}

impl Report {
    /// That so many things were looked at.
    pub(super) fn of(looked_at: usize, what: &str) -> Self {
        Self { looked_at, what: what.to_owned(), ..Self::default() }
    }

    /// Adds the report of one target.
    pub(super) fn add(&mut self, target: &str, other: Report) {
        self.looked_at += other.looked_at;
        self.what = other.what;
        self.excepted += other.excepted;
        self.apart += other.apart;
        let named = |finding| if target.is_empty() { finding } else { format!("{target}: {finding}") };
        self.findings.extend(other.findings.into_iter().map(named));
    }

    /// The report in a line.
    pub(super) fn line(&self) -> String {
        let mut line = format!("{} findings, {} {}", self.findings.len(), self.looked_at, self.what);
        if self.excepted > 0 {
            line.push_str(&format!(", {} excepted by docs/adr", self.excepted));
        }
        if self.apart > 0 {
            line.push_str(&format!(", {} custom resources skipped", self.apart));
        }
        line
    }
}

/// The style of every YAML file. PyYAML cannot read each `saga.yaml`, as `string?` in braces.
pub(super) fn yamllint(tools: &Tools, root: &Path, folder: &Path) -> Result<Report> {
    let mut lint = tools.python("yamllint");
    lint.args(["--strict", "--format", "parsable", "--config-file"]).arg(root.join(".yamllint.yaml"));
    let mut what = vec!["compose.yaml", "k8s", "k8s-images", "k8s-overlays"];
    if root == folder {
        what.push("saga.yaml");
    }
    lint.args(&what);
    let output = run(lint.current_dir(folder))?;
    let findings = lines(&output.stdout);
    must_agree("yamllint", &output, findings.is_empty())?;
    let listed =
        run(tools.python("yamllint").args(["--list-files", "k8s", "k8s-overlays"]).current_dir(folder))?;
    Ok(Report { findings, ..Report::of(lines(&listed.stdout).len() + what.len() - 2, "files") })
}

/// The Dockerfile.
pub(super) fn hadolint(tools: &Tools, folder: &Path) -> Result<Report> {
    let output = run(tools.python("hadolint").args(["--no-color", "Dockerfile"]).current_dir(folder))?;
    let findings = lines(&output.stdout);
    must_agree("hadolint", &output, findings.is_empty())?;
    Ok(Report { findings, ..Report::of(1, "files") })
}

/// Every object against the schema of its kind. A warning is a finding.
pub(super) fn kubernetes_validate(tools: &Tools, target: &Target) -> Result<Report> {
    let mut validate = tools.python("kubernetes-validate");
    validate.args(["--kubernetes-version", KUBERNETES, "--strict"]).args(&target.native);
    let output = run(&mut validate)?;
    let said = [lines(&output.stdout), lines(&output.stderr)].concat();
    let (passed, findings): (Vec<_>, Vec<_>) =
        said.into_iter().partition(|line| line.starts_with("INFO") && line.contains(" passed "));
    must_agree("kubernetes-validate", &output, findings.is_empty())?;
    if findings.is_empty() && passed.len() != target.native.len() {
        return Err(Failure::new(format!(
            "kubernetes-validate checked only {} of {} objects of {}",
            passed.len(),
            target.native.len(),
            target.name
        )));
    }
    let report = Report::of(passed.len(), "objects");
    Ok(Report { findings, apart: target.foreign, ..report })
}

/// What makes a deployment fragile. Critical findings and warnings count.
pub(super) fn kube_score(tools: &Tools, target: &Target) -> Result<Report> {
    let mut score = tools.go("kube-score");
    score.args(["score", "--output-format", "ci", "--exit-one-on-warning", "--kubernetes-version", "v1.34"]);
    for more in MORE_SCORES {
        score.args(["--enable-optional-test", more]);
    }
    let output = run(score.args(&target.files))?;
    let said = lines(&output.stdout);
    let passed = said.iter().filter(|line| line.starts_with("[OK]")).count();
    let mut report = Report::of(passed, "checks passed");
    for line in said.into_iter().filter(|line| !line.starts_with("[OK]")) {
        match ignored(&line) {
            Some(check) if UNSEEN.contains(&check) => report.excepted += 1,
            Some(check) if NOT_ASKED.iter().any(|end| check.ends_with(end)) => {}
            Some(_) => report.findings.push(format!("{line}, and no ADR says why")),
            None if line.starts_with("[SKIPPED]") => {}
            None => report.findings.push(line),
        }
    }
    must_agree("kube-score", &output, report.findings.is_empty())?;
    must_have_looked("kube-score", passed, target)?;
    Ok(report)
}

/// The check that kube-score skipped because an object says so.
fn ignored(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix("[SKIPPED]")?.split_once("Skipped because ")?;
    rest.strip_suffix(" is ignored")
}

/// What an auditor asks for.
pub(super) fn checkov(tools: &Tools, target: &Target) -> Result<Report> {
    let mut checkov = tools.python("checkov");
    checkov.args(["--framework", "kubernetes", "--skip-download", "--compact", "--output", "json"]);
    for file in &target.files {
        checkov.arg("--file").arg(file);
    }
    let output = run(&mut checkov)?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("checkov: {error}")).with_output(&output.stderr))?;
    let summary = |name: &str| report["summary"][name].as_u64().map_or(usize::MAX, |count| count as usize);
    let checks = |name: &str| report["results"][name].as_array().cloned().unwrap_or_default();
    let tell = |check: &Value| {
        let text = |name: &str| check[name].as_str().unwrap_or_default();
        format!("{} {} {}", text("check_id"), text("resource"), text("check_name"))
    };
    let mut findings: Vec<String> = checks("failed_checks").iter().map(tell).collect();
    let skipped = checks("skipped_checks");
    let unknown = skipped.iter().filter(|check| !ASKED_FOR.iter().any(|known| check["check_id"] == *known));
    findings.extend(unknown.map(|check| format!("{} is skipped, and no ADR says why", tell(check))));
    if summary("parsing_errors") != 0 || summary("failed") != checks("failed_checks").len() {
        findings.push("checkov could not read everything".to_owned());
    }
    must_have_looked("checkov", summary("passed"), target)?;
    let excepted = skipped.len();
    Ok(Report { findings, excepted, ..Report::of(summary("passed"), "checks passed") })
}

fn run(command: &mut Command) -> Result<Output> {
    let name = command.get_program().display().to_string();
    command.stdin(Stdio::null()).output().doing(|| format!("run {name}"))
}

/// A tool that fails and says nothing, or passes and says something, is broken.
fn must_agree(tool: &str, output: &Output, found_nothing: bool) -> Result<()> {
    if found_nothing && !output.status.success() {
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        return Err(Failure::new(format!("{tool} failed ({})", output.status)).with_output(&said));
    }
    Ok(())
}

/// Each object is worth several checks, so fewer than objects means that it
/// did not look.
fn must_have_looked(tool: &str, passed: usize, target: &Target) -> Result<()> {
    if passed < target.native.len() {
        return Err(Failure::new(format!("{tool} ran only {passed} checks on {}", target.name)));
    }
    Ok(())
}

fn lines(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_told_from_what_does_not_apply() {
        let line = "[SKIPPED] order/shop apps/v1/Deployment: Skipped because deployment-replicas is ignored";
        assert_eq!(ignored(line), Some("deployment-replicas"));
        let line =
            "[SKIPPED] order/shop apps/v1/Deployment: Skipped as the Deployment is controlled by another";
        assert_eq!(ignored(line), None);
    }
}
