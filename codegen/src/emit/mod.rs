//! From the model to files. Nothing is decided here: an emitter writes down
//! what the model says, one artefact a module, and touches no disk.

mod binary;
mod cargo;
mod contracts;
mod docker;
mod files;
mod handlers;
mod imports;
mod layout;
mod local;
mod manifests;
mod picture;
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
    docker::emit(model, &mut files);
    files.add("generated/flow.svg", picture::emit(model));
    files
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::check::check;
    use crate::lower::lower;
    use crate::source::Source;
    use crate::spec::Spec;

    /// In tests the layout compares what it makes with what it was given.
    #[test]
    fn layout_changes_nothing_but_layout() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        for case in std::fs::read_dir(golden).expect("golden cases") {
            let file = case.expect("a case").path().join("saga.yaml");
            let source = Source::read(&file).expect("a specification");
            let checked = Spec::parse(&source).and_then(check).expect("no errors");
            assert!(emit(&lower(&checked.spec)).current().count() > 0);
        }
    }
}
