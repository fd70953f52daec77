//! From the model to files. Nothing is decided here: an emitter writes down
//! what the model says, one artefact a module, and touches no disk.

mod binary;
mod cargo;
mod contracts;
mod files;
mod handlers;
mod imports;
mod layout;
mod local;
mod manifests;
mod rust;
mod tokens;
mod wiring;

pub use files::{FileSet, HEADER, is_ours};

use crate::model::Model;

/// All files that are generated for a model.
pub fn emit(model: &Model) -> FileSet {
    let mut files = FileSet::default();
    files.add("generated/rustfmt.toml", cargo::rustfmt());
    contracts::emit(model, &mut files);
    for service in &model.services {
        let folder = format!("generated/{}", service.name);
        files.add(format!("{folder}/Cargo.toml"), cargo::service(model, service));
        files.add(format!("{folder}/src/lib.rs"), wiring::emit(model, service));
        files.add(format!("{folder}/src/main.rs"), binary::emit(service));
        if service.has_handlers() {
            handlers::emit(service, &mut files);
        }
    }
    files.add("generated/local/Cargo.toml", cargo::local(model));
    files.add("generated/local/src/main.rs", local::emit(model));
    manifests::emit(model, &mut files);
    files
}
