//! The crate with a team's decisions, made once: the compiler's list of
//! missing functions is what is left to do.

use crate::emit::cargo;
use crate::files::FileSet;
use crate::model::{Model, Service};

pub(super) fn emit(model: &Model, service: &Service, files: &mut FileSet) {
    let folder = format!("handlers/{}", service.name);
    files.add_once(format!("{folder}/Cargo.toml"), cargo::handlers_manifest(model, service));
    files.add_once(format!("{folder}/src/lib.rs"), library(model, service));
}

fn library(model: &Model, service: &Service) -> String {
    let (contracts, name, module) = (model.contracts_crate(), &service.name, &service.module);
    format!(
        "//! What the service `{name}` decides.\n\
         \n\
         #[allow(unused_imports)] // until a decision is written\n\
         use {contracts}::{module}::*;\n\
         \n\
         /// The decisions of the service `{name}`.\n\
         pub struct Handlers;\n\
         \n\
         impl {contracts}::{module}::Handlers for Handlers {{}}\n"
    )
}
