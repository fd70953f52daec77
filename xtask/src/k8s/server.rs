//! The manifests before a real API server: etcd and kube-apiserver, built from
//! their Go modules, on loopback. Nothing runs there; what is asked is whether
//! every object is accepted, and no pod is against Pod Security.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use testbed::failure::{Doing, Failure, Result};
use testbed::{interrupt, repo};
use testbed::{openssl, random};

use super::scan::Report;
use super::tools::Tools;

/// What the API server warns of without a reason: it does so for every headless
/// Service, since the field has a default.
const NO_REASON: &str = "spec.SessionAffinity is ignored for headless services";

/// How long the API server may take to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// Applies `k8s/` in the order of docs/kubernetes.md, and each overlay.
pub(super) fn check(tools: &Tools, root: &Path) -> Result<Report> {
    let programs = tools.control_plane(root)?;
    let server = Server::start(&programs, &root.join("target/k8s-check/server"))?;
    let mut report = Report::of(0, "objects accepted");
    let apply = |report: &mut Report, arguments: &[&str]| -> Result<()> {
        interrupt::check()?;
        server.apply(root, arguments, report)
    };
    // Its objects are looked at in it, so the namespace has to be there.
    apply(&mut report, &["--filename", "k8s/namespace.yaml"])?;
    let services = repo::services(root)?;
    let folders = ["kafka", "postgres"].into_iter().chain(services.iter().map(String::as_str));
    let folders = folders.map(|folder| format!("k8s/{folder}/"));
    let policies = ["k8s/default-deny.yaml", "k8s/dns-egress.yaml"].map(str::to_owned);
    for part in policies.into_iter().chain(folders) {
        apply(&mut report, &["--dry-run=server", "--filename", &part])?;
    }
    for overlay in ["k8s", "k8s-overlays/dev", "k8s-overlays/prod"] {
        apply(&mut report, &["--dry-run=server", "--kustomize", overlay])?;
    }
    Ok(report)
}

/// A control plane, which ends with this.
struct Server {
    kubectl: PathBuf,
    address: String,
    /// What the server knows us by.
    token: String,
    running: Vec<Running>,
}

/// A process that ends when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    fn start(programs: &Path, folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).doing(|| format!("remove {}", folder.display()))?;
        }
        fs::create_dir_all(folder).doing(|| format!("create {}", folder.display()))?;
        let [etcd, peers, api] = [free_port()?, free_port()?, free_port()?];
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let address = format!("https://127.0.0.1:{api}");
        let token = random::hex(16)?;
        let mut server = Self { kubectl: programs.join("kubectl"), address, token, running: Vec::new() };
        let arguments = [
            ("--data-dir", folder.join("etcd").display().to_string()),
            ("--listen-client-urls", url(etcd)),
            ("--advertise-client-urls", url(etcd)),
            ("--listen-peer-urls", url(peers)),
            ("--initial-advertise-peer-urls", url(peers)),
            ("--initial-cluster", format!("default={}", url(peers))),
        ];
        server.run(&programs.join("server"), &arguments, &folder.join("etcd.log"))?;
        let key = folder.join("accounts.key").display().to_string();
        let made = Command::new(openssl()?).args(["genrsa", "-out", &key, "2048"]).output();
        made.doing(|| "make a key".to_owned())?;
        let tokens = folder.join("tokens.csv");
        fs::write(&tokens, format!("{},xtask,1,system:masters\n", server.token))
            .doing(|| format!("write {}", tokens.display()))?;
        let arguments = [
            ("--etcd-servers", url(etcd)),
            ("--bind-address", "127.0.0.1".to_owned()),
            ("--secure-port", api.to_string()),
            ("--cert-dir", folder.display().to_string()),
            ("--service-account-key-file", key.clone()),
            ("--service-account-signing-key-file", key),
            ("--service-account-issuer", "https://kubernetes.default.svc".to_owned()),
            ("--service-cluster-ip-range", "10.96.0.0/16".to_owned()),
            ("--token-auth-file", tokens.display().to_string()),
            ("--authorization-mode", "RBAC".to_owned()),
        ];
        let log = folder.join("kube-apiserver.log");
        server.run(&programs.join("kube-apiserver"), &arguments, &log)?;
        server.wait(&log)?;
        Ok(server)
    }

    fn run(&mut self, program: &Path, arguments: &[(&str, String)], log: &Path) -> Result<()> {
        let log = fs::File::create(log).doing(|| format!("create {}", log.display()))?;
        let errors = log.try_clone().doing(|| "share a log".to_owned())?;
        let mut command = Command::new(program);
        command.args(arguments.iter().map(|(name, value)| format!("{name}={value}")));
        let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        self.running.push(Running(child.doing(|| format!("run {}", program.display()))?));
        Ok(())
    }

    fn wait(&self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            interrupt::check()?;
            let answer = self.kubectl().args(["get", "--raw", "/readyz"]).output();
            if answer.is_ok_and(|answer| answer.status.success()) {
                return Ok(());
            }
            sleep(Duration::from_millis(500));
        }
        Err(Failure::new("the API server does not start").with_log(log))
    }

    fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(&self.kubectl);
        kubectl.arg(format!("--server={}", self.address)).arg("--insecure-skip-tls-verify");
        kubectl.arg(format!("--token={}", self.token));
        kubectl.env("KUBECONFIG", "/dev/null").stdin(Stdio::null());
        kubectl
    }

    /// Applies with these arguments, and adds what was accepted and what was said.
    fn apply(&self, root: &Path, arguments: &[&str], report: &mut Report) -> Result<()> {
        let mut apply = self.kubectl();
        apply.args(["apply", "--validate=strict"]).args(arguments).current_dir(root);
        let output = apply.output().doing(|| "run kubectl".to_owned())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let findings = said.lines().filter(|line| !line.trim().is_empty() && !line.contains(NO_REASON));
        let findings: Vec<String> = findings.map(str::to_owned).collect();
        if findings.is_empty() && !output.status.success() {
            return Err(Failure::new("kubectl failed").with_output(&output.stdout));
        }
        let accepted = String::from_utf8_lossy(&output.stdout).lines().count();
        let part = arguments.last().copied().unwrap_or_default();
        let mut part_report = Report::of(accepted, "objects accepted");
        part_report.findings = findings;
        report.add(part, part_report);
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    Ok(listener.doing(|| "find a free port".to_owned())?.port())
}
