//! The images of the services.

use askama::Template;

use crate::emit::manifests::{filters, images, render};
use crate::files::FileSet;
use crate::files::HEADER;
use crate::model::{Model, VERSION};
use crate::workspace::Workspace;

pub(super) fn emit(model: &Model, workspace: &Workspace, files: &mut FileSet) {
    let Some(first) = model.services.first() else { return };
    let (base_name, base_digest) = images::BASE.split_once('@').unwrap_or((images::BASE, ""));
    let folders: Vec<_> =
        workspace.folders.iter().map(String::as_str).chain(["generated", "handlers"]).collect();
    let dockerfile = Dockerfile {
        header: HEADER,
        saga: model.saga.as_str(),
        version: VERSION,
        first: first.name.as_str(),
        first_image: filters::without_digest(&first.deploy.image),
        rust: images::RUST,
        toolchain: images::TOOLCHAIN,
        base: images::BASE,
        base_name,
        base_digest,
        uid: images::SERVICE_UID,
        services: model.services.iter().map(|service| service.name.as_str()).collect(),
        folders: &folders,
        built_in: features(model).join(","),
    };
    files.add("Dockerfile", render(&dockerfile));
    files.add(".dockerignore", render(&Dockerignore { header: HEADER, folders: &folders }));
}

/// Features of the runtime that are off by default, and that what the file says needs.
fn features(model: &Model) -> Vec<&'static str> {
    let mut variables = model.services.iter().flat_map(|service| &service.deploy.variables);
    let traces = variables.any(|variable| variable.name.starts_with("OTEL_EXPORTER_"));
    let needed = [("saga-runtime/tls", model.platform.needs_tls_build()), ("saga-runtime/otlp", traces)];
    needed.into_iter().filter(|(_, is_needed)| *is_needed).map(|(feature, _)| feature).collect()
}

#[derive(Template)]
#[template(path = "docker/Dockerfile", escape = "none")]
struct Dockerfile<'a> {
    header: &'a str,
    saga: &'a str,
    version: &'a str,
    first: &'a str,
    first_image: &'a str,
    rust: &'a str,
    toolchain: &'a str,
    base: &'a str,
    base_name: &'a str,
    base_digest: &'a str,
    uid: u32,
    services: Vec<&'a str>,
    folders: &'a [&'a str],
    /// The features of the runtime that what the file says needs.
    built_in: String,
}

#[derive(Template)]
#[template(path = "docker/dockerignore", escape = "none")]
struct Dockerignore<'a> {
    header: &'a str,
    folders: &'a [&'a str],
}
