//! What the tests of the generator share.

use std::path::{Path, PathBuf};

use saga_cli::accepted::{Accepted, Verdict};
use saga_cli::diagnostic::Code;
use saga_cli::emit::emit;
use saga_cli::files::FileSet;
use saga_cli::lower::lower;
use saga_cli::pipeline::{Terms, accept};
use saga_cli::prove::explore::Limits;
use saga_cli::source::Source;
use saga_cli::workspace::Workspace;

/// The golden cases: a folder each, with a specification.
pub(crate) fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let entries = std::fs::read_dir(&folder).expect("the folder of the golden cases");
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// The sagas that are projects of their own: a folder each, with a specification.
pub(crate) fn examples() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(repository().join("examples")).expect("the folder of the examples");
    let mut examples: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    examples.retain(|folder| folder.join("saga.yaml").exists());
    examples.sort();
    assert!(!examples.is_empty());
    examples
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The specification of the shipped saga.
pub(crate) fn shipped() -> String {
    std::fs::read_to_string(repository().join("saga.yaml")).expect("the shipped specification")
}

/// Writes a file, with the folders it stands in.
pub(crate) fn write(path: &Path, content: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, content).expect("a file");
}

/// A specification without errors that everything can be generated for. What it
/// generates does not depend on the proof, which has tests of its own.
pub(crate) fn accepted(text: &str) -> Result<Accepted, String> {
    let source = Source::new("saga.yaml", text);
    let limits = Limits::up_to(Some(1));
    let Verdict { accepted, found } =
        accept(&source, &Terms { certificate: "", allow: &[Code::TooManyStates], limits });
    accepted.ok_or_else(|| format!("{found:#?}"))
}

/// What is generated for a specification in a workspace of which nothing is known.
pub(crate) fn generated(text: &str) -> FileSet {
    generated_in(&Workspace::default(), text)
}

/// What is generated for the shipped specification, in this repository.
pub(crate) fn generated_here() -> FileSet {
    generated_in(&Workspace::read(&repository()), &shipped())
}

fn generated_in(workspace: &Workspace, text: &str) -> FileSet {
    match accepted(text) {
        Ok(accepted) => emit(&lower(&accepted), workspace),
        Err(found) => panic!("{found}\n{text}"),
    }
}
