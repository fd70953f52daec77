//! What the tests of pictures share.

use std::path::{Path, PathBuf};

use saga_cli::draw::SequenceDiagram;
use saga_cli::pipeline::{check, examine};
use saga_cli::prove::explore::Limits;
use saga_cli::prove::report;
use saga_cli::prove::trace::Trace;
use saga_cli::resolved::Resolved;
use saga_cli::source::Source;

/// Every file that is accepted, and every one that all is generated for.
pub(crate) fn files() -> Vec<PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let entries = |folder: &str| {
        std::fs::read_dir(tests.join(folder)).expect("a folder").map(|it| it.expect("it").path())
    };
    let accepted = entries("accepted");
    let golden = entries("golden").map(|case| case.join("saga.yaml"));
    let mut files: Vec<PathBuf> = accepted.chain(golden).collect();
    files.sort();
    files
}

pub(crate) fn spec(path: &Path) -> Resolved {
    let source = Source::read(path).expect("a specification");
    check(&source).resolved.expect("no errors")
}

/// One of the accepted files.
pub(crate) fn accepted(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepted").join(name);
    std::fs::read_to_string(path).expect("a specification")
}

/// An accepted file with something else in place of some of its text.
pub(crate) fn changed(name: &str, this: &str, that: &str) -> String {
    let text = accepted(name);
    assert!(text.contains(this), "{name} does not contain `{this}`");
    text.replace(this, that)
}

/// The run that shows the finding of this number.
pub(crate) fn run(text: &str, number: &str) -> SequenceDiagram {
    let (spec, trace, violation) = trace(text, number);
    SequenceDiagram::of(&spec, &trace, &violation)
}

/// The same, before it is a picture: with what the finding says.
pub(crate) fn trace(text: &str, number: &str) -> (Resolved, Trace, String) {
    let examined = examine(&Source::new("saga.yaml", text), Limits::default());
    let proved = examined.proved.expect("a flow");
    let exploration = proved.exploration().expect("an exploration");
    let spec = &proved.resolved;
    let found = report::findings(spec, exploration);
    let mut pairs = found.iter().zip(exploration.violations.values());
    let (found, end) = pairs.find(|(found, _)| found.code.number() == number).expect("this finding");
    let trace = report::trace(spec, exploration, *end);
    let message = found.message.clone();
    (proved.resolved, trace, message)
}

/// All text of a picture, one piece a line. It must be well formed.
pub(crate) fn texts(svg: &str) -> String {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|error| panic!("{error}:\n{svg}"));
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
    let first = root.children().find(roxmltree::Node::is_element).expect("a title");
    assert_eq!(first.tag_name().name(), "title");
    let texts = root.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
    texts.filter_map(|node| node.text()).collect::<Vec<_>>().join("\n")
}
