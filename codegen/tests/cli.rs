//! The command as its users meet it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn saga(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
    command.current_dir(folder).args(arguments).env_remove("NO_COLOR");
    command.output().expect("the command starts")
}

fn folder(name: &str) -> PathBuf {
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
    let expected = "\
travel.yaml: 5 services, 6 events, 18 steps: every run ends well
  explored 1849 states; the saga is done in 3 ends and failed in 27 ends
  pivot    charge-trip at payment
  listens  flight: TripPaid.failure triggers release-flight
  listens  hotel: TripPaid.failure triggers release-hotel
  listens  payment: TripPaid.failure triggers void-charge
  stores   flight: the state of reserve-flight
  stores   hotel: the state of reserve-hotel
  stores   car: the state of reserve-car, release-car
  stores   payment: the state of charge-trip
";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn cargo_saga_does_what_saga_does() {
    let cases: [(&str, &[&str]); 4] = [
        ("accepted", &["check", "travel.yaml"]),
        ("diagnostics", &["check", "cycles.yaml"]),
        ("accepted", &["explain", "SG0207"]),
        ("accepted", &["chek"]),
    ];
    for (place, arguments) in cases {
        let mut cargo = Command::new(env!("CARGO_BIN_EXE_cargo-saga"));
        cargo.current_dir(folder(place)).arg("saga").args(arguments).env_remove("NO_COLOR");
        let cargo = cargo.output().expect("the command starts");
        assert_eq!(cargo, saga(&folder(place), arguments), "{arguments:?}");
    }
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
    let page = std::fs::read_to_string(folder("../../docs/checks/SG0001.md")).expect("the page of the rule");
    let (_, example) = page.split_once("```yaml\n").expect("an example");
    let (example, _) = example.split_once("```").expect("its end");
    let place = std::env::temp_dir().join(format!("saga-cli-refused-{}", std::process::id()));
    std::fs::create_dir_all(&place).expect("a folder");
    std::fs::write(place.join("saga.yaml"), example).expect("a file");
    let checked = saga(&place, &["check"]);
    assert_eq!(checked.status.code(), Some(0), "{}", stderr(&checked));
    let output = saga(&place, &["generate", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("error[SG0001]"), "{}", stderr(&output));
    let _ = std::fs::remove_dir_all(&place);
}

/// Both count constructs by their place and message, so the numbers are the same.
#[test]
fn check_and_generate_count_the_same_constructs() {
    let here = folder("accepted");
    for file in std::fs::read_dir(&here).expect("the folder is there") {
        let file = file.expect("an entry").file_name().into_string().expect("a plain name");
        let checked = saga(&here, &["check", &file]);
        let checked = String::from_utf8_lossy(&checked.stdout).into_owned();
        let generated = stderr(&saga(&here, &["generate", &file, "--check"]));
        let number = |text: &str, before: &str, after: &str| {
            text.split_once(before)?.1.split_once(after)?.0.trim().parse::<usize>().ok()
        };
        let says = number(&checked, "has no code for ", "construct").unwrap_or(0);
        let refuses = number(&generated, &format!("\n{file}: "), "error").unwrap_or(0);
        assert_eq!(says, refuses, "{file}: {checked}{generated}");
    }
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

/// A folder with the shipped file in it, or what became of that.
fn shipped(name: &str, change: impl Fn(String) -> String) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the folder of the run before");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../saga.yaml"));
    std::fs::write(folder.join("saga.yaml"), change(text.expect("the shipped file"))).expect("a file");
    folder
}

/// The shipped file with stock that nobody puts back.
fn uncompensated(text: String) -> String {
    let without = text.split("\ncompensations:").next().expect("a part");
    without
        .lines()
        .filter(|line| !line.contains("IncreaseProductCommand"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn proof(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("generated/proof.txt")).expect("a record")
}

fn assert_code(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(output), stderr(output));
}

#[test]
fn a_run_is_summarised_or_printed_step_by_step() {
    let here = shipped("explain", uncompensated);
    let short = saga(&here, &["check"]);
    assert_code(&short, 1);
    let run = "   = note: run: create-order → decrease-product → create-delivery rejects → DeliveryCreated.failure → Order CANCELLED: the effect of decrease-product remains\n";
    assert!(stderr(&short).contains(run), "{}", stderr(&short));
    assert!(
        stderr(&short).ends_with("run with `--explain` to see these runs step by step\n"),
        "{}",
        stderr(&short)
    );
    assert_eq!(stdout(&short), "");

    let long = saga(&here, &["check", "--explain"]);
    assert_code(&long, 1);
    let steps = [
        " 1. order: create-order → create-order runs, Order becomes PENDING, publishes OrderCreated; Order PENDING\n",
        "product: OrderCreated → decrease-product runs, publishes ProductDecreased.success; Order PENDING\n",
        "order: DeliveryCreated.failure → cancel-order runs, Order becomes CANCELLED; Order CANCELLED\n",
    ];
    for step in steps {
        assert!(stderr(&long).contains(step), "no `{step}` in {}", stderr(&long));
    }
    assert!(!stderr(&long).contains("--explain"), "{}", stderr(&long));
}

#[test]
fn a_proof_that_is_given_up_is_a_failure_said_aloud() {
    let here = shipped("states", |text| text);
    let output = saga(&here, &["check", "--states", "3"]);
    assert_code(&output, 1);
    assert!(stderr(&output).starts_with("error[SG0410]: the proof gave up after "), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    let output = saga(&here, &["generate", "--states", "3"]);
    assert_code(&output, 1);
    assert!(stderr(&output).starts_with("error[SG0410]"), "{}", stderr(&output));
    assert!(!here.join("generated").exists());
}

#[test]
fn nothing_is_generated_from_a_file_whose_runs_end_badly() {
    let here = shipped("refused", uncompensated);
    let output = saga(&here, &["generate"]);
    assert_code(&output, 1);
    assert!(
        stderr(&output).contains("error[SG0404]: nothing compensates `decrease-product`"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "");
    assert!(!here.join("generated").exists());
}

#[test]
fn a_finding_of_the_proof_may_be_allowed_by_name_and_is_printed_each_time() {
    let here = shipped("allowed", uncompensated);
    for said in ["created   generated/proof.txt\n", "every generated file is up to date\n"] {
        let output = saga(&here, &["generate", "--allow", "SG0404"]);
        assert_code(&output, 0);
        assert!(
            stderr(&output).contains("warning[SG0404]: nothing compensates `decrease-product`"),
            "{}",
            stderr(&output)
        );
        assert!(stdout(&output).contains(said), "{}", stdout(&output));
    }
    assert!(proof(&here).contains("\nNot proved. Allowed by hand: SG0404\n"), "{}", proof(&here));
    // Allowing a finding once does not allow it next time, nor any other.
    for arguments in [&["generate"][..], &["generate", "--check"], &["generate", "--allow", "SG0401"]] {
        let output = saga(&here, arguments);
        assert_code(&output, 1);
        assert!(stderr(&output).contains("error[SG0404]"), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn nothing_but_the_proof_may_be_overruled() {
    let here = shipped("overruled", |text| text);
    for code in ["SG0302", "SG0001", "SG9999"] {
        let output = saga(&here, &["generate", "--allow", code]);
        assert_code(&output, 2);
        assert!(stderr(&output).contains("only findings of the proof can be allowed"), "{}", stderr(&output));
    }
    assert!(!here.join("generated").exists());
}

/// With so few states nothing can be proved: what is generated all the same was
/// not proved again.
const NO_PROOF: &[&str] = &["generate", "--states", "3"];

#[test]
fn what_is_proved_is_recorded_and_not_proved_again() {
    let here = shipped("recorded", |text| text);
    assert_code(&saga(&here, NO_PROOF), 1);
    let output = saga(&here, &["generate"]);
    assert_code(&output, 0);
    assert!(stdout(&output).contains("created   generated/proof.txt\n"), "{}", stdout(&output));
    let record = proof(&here);
    assert!(record.contains("\nEvery run ends well:\n  explored "), "{record}");
    let again = saga(&here, NO_PROOF);
    assert_code(&again, 0);
    assert_eq!(stdout(&again), "every generated file is up to date\n");
    assert_eq!(proof(&here), record);
}

#[test]
fn a_project_that_is_deployed_in_another_way_asks_for_the_crates_only() {
    let here = shipped("code-only", |text| text);
    assert_code(&saga(&here, &["generate", "--code-only"]), 0);
    let created: Vec<String> = std::fs::read_dir(&here)
        .expect("the folder is there")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
        .collect();
    assert_eq!(created.iter().filter(|name| *name != "saga.yaml").count(), 2, "{created:?}");
    assert_code(&saga(&here, &["generate", "--code-only", "--check"]), 0);
    assert_code(&saga(&here, &["generate", "--check"]), 1);
}

#[test]
fn an_editor_gets_the_schema_of_the_file() {
    let here = shipped("schema", |text| text);
    assert_code(&saga(&here, &["generate", "--code-only"]), 0);
    let printed = saga(&here, &["schema"]);
    assert_code(&printed, 0);
    let generated = std::fs::read_to_string(here.join("generated/saga.schema.json")).expect("the schema");
    let (header, rest) = generated.split_once('\n').expect("a first line");
    assert!(header.starts_with(r#"{ "$comment": "Made by"#), "{header}");
    assert_eq!(stdout(&printed), format!("{{\n{rest}"));
}

#[test]
fn a_record_of_something_else_is_not_believed() {
    let here = shipped("disbelieved", |text| text);
    assert_code(&saga(&here, &["generate"]), 0);
    let record = proof(&here);
    let path = here.join("generated/proof.txt");
    // An edited record.
    for edited in [
        record.replace("proof ", "proof f"),
        record.replace("the saga is done", "the saga is fine"),
        String::new(),
    ] {
        std::fs::write(&path, edited).expect("a file");
        assert_code(&saga(&here, NO_PROOF), 1);
        let output = saga(&here, &["generate"]);
        assert_code(&output, 0);
        assert!(stdout(&output).contains("updated   generated/proof.txt\n"), "{}", stdout(&output));
        assert_eq!(proof(&here), record);
    }
    // The record of a file that was edited since.
    let file = here.join("saga.yaml");
    let text = std::fs::read_to_string(&file).expect("a file");
    std::fs::write(&file, format!("{text}# Edited.\n")).expect("a file");
    assert_code(&saga(&here, NO_PROOF), 1);
    let output = saga(&here, &["generate", "--check"]);
    assert_code(&output, 1);
    assert!(stdout(&output).contains("differs   generated/proof.txt\n"), "{}", stdout(&output));
}

/// Nothing that is generated beside the services takes this name.
#[test]
fn a_service_may_be_called_policies() {
    let folder = shipped("policies", |text| text.replace("  product:\n", "  policies:\n"));
    let output = saga(&folder, &["generate"]);
    assert_code(&output, 0);
    for file in ["k8s/policies/deployment.yaml", "k8s/default-deny.yaml", "generated/policies/src/lib.rs"] {
        assert!(folder.join(file).is_file(), "{file}: {}", stdout(&output));
    }
}
