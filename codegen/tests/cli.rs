//! The command as its users meet it.

use std::path::Path;
use std::process::{Command, Output};

fn saga(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
    command.current_dir(folder).args(arguments).env_remove("NO_COLOR");
    command.output().expect("the command starts")
}

fn folder(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_good_file_exits_with_0() {
    let output = saga(&folder("accepted"), &["check", "travel.yaml"]);
    assert_eq!(output.status.code(), Some(0));
    // How many constructs are left to generate is none of this test's business.
    let text = stdout(&output);
    assert!(
        text.starts_with("travel.yaml: 5 services, 5 events, 12 steps: no errors; `generate` will refuse "),
        "{text}"
    );
}

#[test]
fn findings_exit_with_1_and_are_plain_in_a_pipe() {
    let output = saga(&folder("diagnostics"), &["check", "cycles.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("error[SG0306]"), "{text}");
    assert!(text.ends_with("cycles.yaml: 2 errors\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn what_is_not_generated_is_refused_by_generate_alone() {
    let output = saga(&folder("accepted"), &["generate", "foreign.yaml", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[SG0001]"), "{}", stderr(&output));
}

#[test]
fn bad_usage_and_missing_files_exit_with_2() {
    let here = folder("accepted");
    for arguments in [
        &["check", "nowhere.yaml"][..],
        &["check", "nowhere.yaml", "--watch"],
        &["check", "--watch", "--json"],
        &["check", "--watch", "--format", "text"],
        &["check", "--format", "xml"],
        &["chek"],
        &["check", "--fast"],
        &["explain", "SG9999"],
        &[],
    ] {
        let output = saga(&here, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert!(!stderr(&output).is_empty());
    }
    let nowhere = saga(Path::new("/"), &["check"]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", stderr(&nowhere));
}

#[test]
fn machines_read_the_standard_output_alone() {
    let here = folder("diagnostics");
    let json = saga(&here, &["check", "cycles.yaml", "--json"]);
    assert_eq!((json.status.code(), stderr(&json)), (Some(1), String::new()));
    assert!(stdout(&json).starts_with("{\n  \"version\": 1,"), "{}", stdout(&json));
    let long = saga(&here, &["check", "cycles.yaml", "--format", "json"]);
    assert_eq!(stdout(&long), stdout(&json));
    let sarif = saga(&here, &["check", "cycles.yaml", "--format", "sarif"]);
    assert_eq!((sarif.status.code(), stderr(&sarif)), (Some(1), String::new()));
    assert!(stdout(&sarif).contains("\"version\": \"2.1.0\""), "{}", stdout(&sarif));

    let good = saga(&folder("accepted"), &["check", "travel.yaml", "--json"]);
    assert_eq!((good.status.code(), stderr(&good)), (Some(0), String::new()));
    assert!(stdout(&good).ends_with("\"findings\": []\n}\n"), "{}", stdout(&good));
    let nowhere = saga(&here, &["check", "nowhere.yaml", "--json"]);
    assert_eq!((nowhere.status.code(), stdout(&nowhere)), (Some(2), String::new()));
}

#[test]
fn the_file_is_found_in_a_parent_folder() {
    let output = saga(&folder("accepted"), &["check"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("saga.yaml: 3 services"), "{}", stdout(&output));
}

#[test]
fn help_and_explanations_are_no_errors() {
    let here = folder("accepted");
    for arguments in [&["--help"][..], &["check", "--help"], &["generate", "--help"], &["--version"]] {
        let output = saga(&here, arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
    assert!(stdout(&saga(&here, &["generate", "--help"])).contains("Exit codes"));
    let page = std::fs::read_to_string(folder("../../docs/checks/SG0207.md")).expect("the page is there");
    assert_eq!(stdout(&saga(&here, &["explain", "sg0207"])), page);
    assert!(stdout(&saga(&here, &["explain"])).contains("SG0306  "));
}
