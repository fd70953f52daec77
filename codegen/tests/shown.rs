//! What README.md and docs/tour.md show of `check` and `draw` is what the commands print.
//!
//! `UPDATE_EXPECT=1` writes the output into the pages.

use std::fs;
use std::path::Path;
use std::process::Command;

/// A command on the shipped file, edited, and the block of a page that shows its output.
struct Shown {
    /// How the block begins; what follows is the output.
    begins: &'static str,
    arguments: &'static [&'static str],
    edit: fn(&str) -> String,
}

const CHECK: &str = "```text\n$ cargo saga check\n";

const PROVED: Shown = Shown { begins: CHECK, arguments: &["check"], edit: str::to_owned };
const UNCOMPENSATED: Shown = Shown { begins: CHECK, arguments: &["check"], edit: without_compensation };
const MISSPELT: Shown = Shown { begins: CHECK, arguments: &["check"], edit: with_two_mistakes };
const DRAWN: Shown =
    Shown { begins: "```mermaid\n", arguments: &["draw", "--run", "SG0404"], edit: without_compensation };

/// The pages with what they show, in order.
const PAGES: [(&str, &[Shown]); 2] =
    [("README.md", &[PROVED, UNCOMPENSATED]), ("docs/tour.md", &[MISSPELT, DRAWN])];

#[test]
fn the_pages_show_what_is_printed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let saga = fs::read_to_string(root.join("saga.yaml")).expect("the shipped file");
    for (name, all) in PAGES {
        let page = fs::read_to_string(root.join(name)).expect("the page");
        let mut expected = String::new();
        let mut rest = page.as_str();
        for shown in all {
            let Some((before, after)) = rest.split_once(shown.begins) else {
                panic!("{name} has no further block that begins with {:?}", shown.begins)
            };
            let end = after.find("```\n").expect("the block ends");
            expected.extend([before, shown.begins, &shown.output(&saga)]);
            rest = &after[end..];
        }
        assert!(!rest.contains(CHECK), "{name} shows more than this test knows");
        expected.push_str(rest);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(root.join(name), &expected).expect("the page can be written");
        } else {
            assert!(
                page == expected,
                "{name} shows something else: run with UPDATE_EXPECT=1, and read the difference"
            );
        }
    }
}

impl Shown {
    /// What the command prints: the findings on the standard error, all else on the standard output.
    fn output(&self, saga: &str) -> String {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shown");
        fs::create_dir_all(&folder).expect("a folder");
        let edited = (self.edit)(saga);
        fs::write(folder.join("saga.yaml"), edited).expect("the file can be written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        let output = command.current_dir(&folder).args(self.arguments).output().expect("the command starts");
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).expect("it is text")).concat()
    }
}

/// The stock is never released: the command and its use are gone.
fn without_compensation(saga: &str) -> String {
    let (saga, _) = saga.split_once("compensations:").expect("it compensates");
    without_line(saga, "IncreaseProductCommand:")
}

/// `cancel-order` is forgotten, and an event misspelt.
fn with_two_mistakes(saga: &str) -> String {
    let misspelt = saga.replace("[OrderCreated, ProductDecreased]", "[OrderCreated, ProductDecrased]");
    assert_ne!(misspelt, saga);
    without_line(&misspelt, "cancel-order:")
}

fn without_line(saga: &str, begins: &str) -> String {
    let all = saga.lines().count();
    let left: Vec<&str> = saga.lines().filter(|line| !line.trim_start().starts_with(begins)).collect();
    assert_eq!(left.len(), all - 1, "one line begins with {begins}");
    left.join("\n") + "\n"
}

#[test]
fn the_handlers_that_are_shown_are_those_of_the_examples() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/handlers.md")).expect("the page");
    let unindented =
        |text: &str| text.lines().map(|line| format!("{}\n", line.trim_start())).collect::<String>();
    let mut blocks = page.split("```rust\n");
    let mut before = blocks.next().expect("an introduction");
    let mut shown = 0;
    for after in blocks {
        let (block, rest) = after.split_once("```\n").expect("the block ends");
        let (_, link) = before.rsplit_once("](../").expect("each block has a link to its file before it");
        let (path, _) = link.split_once(')').expect("a link");
        let source = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(unindented(&source).contains(&unindented(block)), "{path} does not have\n{block}");
        (before, shown) = (rest, shown + 1);
    }
    assert_eq!(shown, 7);
}
