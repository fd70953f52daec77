//! The images of the services, and the whole saga on one machine.

use askama::Template;

use crate::emit::manifests::{connections, filters, images, render};
use crate::files::FileSet;
use crate::files::HEADER;
use crate::model::{Model, Service, VERSION};
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
    };
    let compose = Compose {
        header: HEADER,
        saga: model.saga.as_str(),
        kafka: images::KAFKA,
        postgres: images::POSTGRES,
        connections: connections(model),
        services: &model.services,
    };
    files.add("Dockerfile", render(&dockerfile));
    files.add(".dockerignore", render(&Dockerignore { header: HEADER, folders: &folders }));
    files.add("compose.yaml", render(&compose));
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
}

#[derive(Template)]
#[template(path = "docker/dockerignore", escape = "none")]
struct Dockerignore<'a> {
    header: &'a str,
    folders: &'a [&'a str],
}

#[derive(Template)]
#[template(path = "docker/compose.yaml", escape = "none")]
struct Compose<'a> {
    header: &'a str,
    saga: &'a str,
    kafka: &'a str,
    postgres: &'a str,
    connections: u32,
    services: &'a [Service],
}
