//! Manifests of the generated crates.

use std::fmt::Write as _;

use crate::files::HEADER;
use crate::model::{Model, Service, VERSION};

/// Generated code is laid out already.
pub(super) fn rustfmt() -> String {
    format!("# {HEADER}\ndisable_all_formatting = true\n")
}

pub(super) fn contracts(model: &Model) -> String {
    let description = format!("Events, entities and handler traits of the saga `{}`", model.saga);
    manifest(&model.contracts_package(), &description, &[RUNTIME.into(), SERDE.into()])
}

pub(super) fn service(model: &Model, service: &Service) -> String {
    let description = format!("The service `{}` of the saga `{}`", service.name, model.saga);
    let mut dependencies = vec![path(&model.contracts_package(), "../contracts"), RUNTIME.into()];
    if service.keeps_inputs() {
        dependencies.push(SERDE.into());
    }
    if service.has_handlers() {
        dependencies.push(handlers(service));
    }
    manifest(service.package(), &description, &dependencies)
}

pub(super) fn local(model: &Model) -> String {
    let mut dependencies = vec![RUNTIME.to_owned()];
    for service in &model.services {
        dependencies.push(path(service.package(), &format!("../{}", service.name)));
        if service.has_handlers() {
            dependencies.push(handlers(service));
        }
    }
    dependencies.sort();
    manifest("local", &format!("The whole saga `{}` in one process", model.saga), &dependencies)
}

/// The manifest of a crate that the team goes on with.
pub(super) fn handlers_manifest(model: &Model, service: &Service) -> String {
    let description = format!("The decisions of the service `{}`", service.name);
    let dependencies = [path(&model.contracts_package(), "../../generated/contracts"), RUNTIME.to_owned()];
    package(&service.handlers_package(), &description, &dependencies)
}

/// The manifest of the crate in which the saga is simulated.
pub(super) fn simulation(model: &Model) -> String {
    let mut dependencies = vec!["saga-simulation.workspace = true".to_owned()];
    for service in &model.services {
        dependencies.push(path(service.package(), &format!("../generated/{}", service.name)));
        if service.has_handlers() {
            dependencies.push(path(&service.handlers_package(), &format!("../handlers/{}", service.name)));
        }
    }
    if model.services.iter().any(Service::calls) {
        dependencies.push(path(&model.contracts_package(), "../generated/contracts"));
    }
    dependencies.sort();
    package(
        &model.simulation_package(),
        &format!("The saga `{}` in simulated worlds", model.saga),
        &dependencies,
    )
}

const RUNTIME: &str = "saga-runtime.workspace = true";
const SERDE: &str = r#"serde = { version = "1", features = ["derive"] }"#;

fn handlers(service: &Service) -> String {
    path(&service.handlers_package(), &format!("../../handlers/{}", service.name))
}

fn path(package: &str, path: &str) -> String {
    format!(r#"{package} = {{ path = "{path}" }}"#)
}

fn manifest(name: &str, description: &str, dependencies: &[String]) -> String {
    format!("# {HEADER}\n{}", package(name, description, dependencies))
}

fn package(name: &str, description: &str, dependencies: &[String]) -> String {
    let mut text = format!(
        "[package]\n\
         name = \"{name}\"\n\
         description = \"{description}\"\n\
         version = \"{VERSION}\"\n\
         edition = \"2024\"\n\
         publish = false\n\
         \n\
         [dependencies]\n"
    );
    for dependency in dependencies {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{dependency}");
    }
    text.push_str("\n[lints]\nworkspace = true\n");
    text
}
