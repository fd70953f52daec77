//! From the model to files. Nothing is decided here: an emitter writes down
//! what the model says, one artefact a module, and touches no disk.

mod api;
mod binary;
mod cargo;
mod compose;
mod contracts;
mod docker;
mod handlers;
mod imports;
mod layout;
mod local;
mod manifests;
mod picture;
mod rust;
pub(crate) mod simulation;
mod tokens;
mod wiring;

use std::panic::resume_unwind;

use crate::files::FileSet;
use crate::model::{Model, Service};
use crate::workspace::Workspace;
use imports::ContractNames;
pub(crate) use manifests::render;

/// All files that are generated for a model, in a workspace.
pub fn emit(model: &Model, workspace: &Workspace) -> FileSet {
    let mut files = FileSet::default();
    files.add("generated/rustfmt.toml", cargo::rustfmt());
    let names = ContractNames::of(model);
    contracts::emit(model, &names, &mut files);
    api::emit(model, &mut files);
    for share in on_all_cores(&model.services, |services| of_services(model, &names, services)) {
        files.extend(share);
    }
    files.add("generated/local/Cargo.toml", cargo::local(model));
    files.add("generated/local/src/main.rs", local::emit(model));
    if model.platform.k8s {
        manifests::emit(model, &mut files);
    }
    docker::emit(model, workspace, &mut files);
    if model.platform.compose {
        compose::emit(model, &mut files);
    }
    files.add("generated/flow.svg", picture::emit(model));
    files
}

/// The crates of some services, and what the contracts say of them.
fn of_services(model: &Model, names: &ContractNames<'_>, services: &[Service]) -> FileSet {
    let mut files = FileSet::default();
    for service in services {
        let folder = format!("generated/{}", service.name);
        contracts::emit_module(names, service, &mut files);
        files.add(format!("{folder}/Cargo.toml"), cargo::service(model, service));
        files.add(format!("{folder}/openapi.json"), api::openapi(model, service));
        files.add(format!("{folder}/src/lib.rs"), wiring::emit(model, names, service));
        files.add(format!("{folder}/src/main.rs"), binary::emit(service));
        if service.has_handlers() {
            handlers::emit(model, service, &mut files);
        }
    }
    files
}

/// Fewer than these are not worth a thread.
const LEAST_SHARE: usize = 16;

/// Makes files of all services. Laying out Rust is most of the work, and
/// services need nothing of each other.
fn on_all_cores(services: &[Service], make: impl Fn(&[Service]) -> FileSet + Sync) -> Vec<FileSet> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = services.len().div_ceil(cores).max(LEAST_SHARE);
    let make = &make;
    std::thread::scope(|scope| {
        let shares: Vec<_> = services.chunks(share).map(|share| scope.spawn(move || make(share))).collect();
        let made = shares.into_iter().map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic)));
        made.collect()
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::diagnostic::Code;
    use crate::lower::lower;
    use crate::pipeline::{self, Terms};
    use crate::prove::explore::Limits;
    use crate::source::Source;

    /// In tests the layout compares what it makes with what it was given.
    #[test]
    fn layout_changes_nothing_but_layout() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        for case in std::fs::read_dir(golden).expect("golden cases") {
            let file = case.expect("a case").path().join("saga.yaml");
            let source = Source::read(&file).expect("a specification");
            // What is emitted does not depend on the proof.
            let limits = Limits::up_to(Some(1));
            let terms = Terms { certificate: "", allow: &[Code::TooManyStates], limits };
            let verdict = pipeline::accept(&source, &terms);
            let accepted = verdict.accepted.unwrap_or_else(|| panic!("{:#?}", verdict.found));
            assert!(emit(&lower(&accepted), &Workspace::default()).current().count() > 0);
        }
    }
}
