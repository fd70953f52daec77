//! What the tests of the generator share.

use std::path::{Path, PathBuf};

use saga_cli::check::check;
use saga_cli::checked::CheckedSpec;
use saga_cli::emit::{FileSet, emit};
use saga_cli::lower::lower;
use saga_cli::source::Source;
use saga_cli::spec::Spec;
use saga_cli::unsupported::unsupported;

/// The golden cases: a folder each, with a specification.
pub fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(&folder).expect("the folder of the golden cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The specification of the shipped saga.
pub fn shipped() -> String {
    std::fs::read_to_string(repository().join("saga.yaml")).expect("the shipped specification")
}

/// Writes a file, with the folders it stands in.
pub fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}

/// A specification without errors that everything can be generated for.
pub fn accepted(text: &str) -> Result<CheckedSpec, String> {
    let source = Source::new("saga.yaml", text);
    let checked = Spec::parse(&source).and_then(check).map_err(|found| format!("{found:#?}"))?;
    let refused = unsupported(&checked.spec);
    if refused.is_empty() { Ok(checked.spec) } else { Err(format!("{refused:#?}")) }
}

/// What is generated for a specification.
pub fn generated(text: &str) -> FileSet {
    match accepted(text) {
        Ok(spec) => emit(&lower(&spec)),
        Err(found) => panic!("{found}\n{text}"),
    }
}
