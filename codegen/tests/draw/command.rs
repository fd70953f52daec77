//! `cargo saga draw`, as its users meet it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{accepted, changed};

/// A folder with a file in it.
fn project(name: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("draw").join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("saga.yaml"), text).expect("a file");
    folder
}

fn draw(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
    command.current_dir(folder).arg("draw").args(arguments).output().expect("the command starts")
}

/// What is drawn where nothing is wrong with the drawing.
fn drawn(folder: &Path, arguments: &[&str]) -> String {
    let output = draw(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn without_a_compensation() -> String {
    changed("travel.yaml", "  reserve-hotel: release-hotel\n", "")
}

#[test]
fn the_name_of_the_file_says_what_it_is_drawn_in() {
    let folder = project("names", &accepted("order.yaml"));
    assert!(drawn(&folder, &[]).starts_with("flowchart LR\n"));
    assert!(drawn(&folder, &["--format", "svg"]).starts_with("<svg "));
    for (name, begins) in
        [("flow.mmd", "flowchart LR\n"), ("flow.svg", "<svg "), ("flow.html", "<!DOCTYPE html>\n")]
    {
        assert_eq!(drawn(&folder, &["--output", name]), "");
        let file = std::fs::read_to_string(folder.join(name)).expect("the picture");
        assert!(file.starts_with(begins), "{file}");
    }
    let unknown = draw(&folder, &["--output", "flow.png"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("or pass --format"));
}

#[test]
fn a_run_is_drawn_by_the_number_of_the_finding() {
    let folder = project("runs", &without_a_compensation());
    let mermaid = drawn(&folder, &["--run", "SG0404"]);
    assert!(
        mermaid.starts_with("sequenceDiagram\n")
            && mermaid.contains("nothing compensates reserve-hotel when the saga fails"),
        "{mermaid}"
    );
    assert!(
        drawn(&folder, &["--run", "SG0404", "--format", "svg"])
            .contains("nothing compensates reserve-hotel when the saga fails</text>")
    );
    let other = draw(&folder, &["--run", "SG0401"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&other.stderr).contains("the proof does not report SG0401 for this file")
    );
    assert_eq!(draw(&folder, &["--run", "SG0207"]).status.code(), Some(2));
}

#[test]
fn a_page_shows_the_flow_and_every_finding_and_loads_nothing() {
    let page = drawn(&project("page", &without_a_compensation()), &["--format", "html"]);
    assert_eq!(page.matches("<svg ").count(), 2, "{page}");
    let sentence = "nothing compensates <code>reserve-hotel</code> when the saga fails";
    assert!(page.contains(sentence) && page.contains("SG0404"), "{page}");
    assert!(page.contains("prefers-color-scheme:dark"));
    let own = page.replace("http://www.w3.org/2000/svg", "");
    for foreign in ["<script", "http", "src=", "href=", "url(", "@import"] {
        assert!(!own.contains(foreign), "the page has {foreign}");
    }
    let good = drawn(&project("good", &accepted("travel.yaml")), &["--format", "html"]);
    assert!(good.contains("Every run ends well.") && good.matches("<svg ").count() == 1, "{good}");
}

#[test]
fn what_gets_lost_is_drawn_and_what_has_no_flow_is_not() {
    let lost = project(
        "lost",
        &changed(
            "order.yaml",
            "cancel-order: { on: DeliveryCreated.failure",
            "cancel-order: { on: DeliveryCreated.success",
        ),
    );
    assert!(drawn(&lost, &[]).contains("no subscriber for DeliveryCreated.failure"));
    let bad = draw(&project("bad", "saga: order\n"), &[]);
    assert_eq!((bad.status.code(), bad.stdout.len()), (Some(1), 0));
}
