//! The generated files and those on disk, kept in step through the command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use saga_cli::prove::certificate;

/// The golden cases show what is generated; not all of them are sagas that end
/// well.
const GENERATE: &[&str] = &["generate", "--allow", "SG0401", "--allow", "SG0404"];

/// A project in a folder of its own.
struct Project {
    root: PathBuf,
}

impl Project {
    /// A project that is up to date.
    fn current(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sync").join(name);
        if root.exists() {
            fs::remove_dir_all(&root).expect("the project of the run before");
        }
        fs::create_dir_all(&root).expect("a folder");
        let project = Self { root };
        project.use_case("order");
        project.generate();
        project
    }

    fn use_case(&self, case: &str) {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        fs::copy(golden.join(case).join("saga.yaml"), self.root.join("saga.yaml")).expect("a specification");
    }

    /// Gives every file in a folder the line ends of a checkout by Git for Windows.
    fn with_windows_lines(&self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                self.with_windows_lines(&path);
            } else {
                let text = fs::read_to_string(&path).expect("a text");
                fs::write(&path, text.replace('\n', "\r\n")).expect("a file");
            }
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_saga"));
        command.args(arguments).current_dir(&self.root).output().expect("the command runs")
    }

    fn generate(&self) -> String {
        self.generates(0)
    }

    /// What `generate` says when it ends with this code.
    fn generates(&self, code: i32) -> String {
        let output = self.run(GENERATE);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// What `--check` says, and whether it is content.
    fn check(&self) -> (String, Option<i32>) {
        let output = self.run(&[GENERATE, &["--check"]].concat());
        (String::from_utf8(output.stdout).expect("text"), output.status.code())
    }

    fn assert_current(&self) {
        let (text, code) = self.check();
        assert_eq!(code, Some(0), "{text}");
    }

    /// Fails unless `--check` names `line`, and `generate` mends it.
    fn assert_found_and_mended(&self, line: &str) {
        let (text, code) = self.check();
        assert_eq!(code, Some(1), "{text}");
        assert!(text.lines().any(|it| it == line), "no `{line}` in:\n{text}");
        assert!(text.contains("run `cargo saga generate`"), "{text}");
        self.generate();
        self.assert_current();
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn write(&self, path: &str, content: &str) {
        crate::support::write(&self.path(path), content);
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("a file")
    }
}

#[test]
fn a_checkout_with_the_line_ends_of_windows_is_current() {
    let project = Project::current("windows");
    project.with_windows_lines(&project.root);
    project.assert_current();
    assert!(project.generate().contains("up to date"));
    let library = project.root.join("generated/order/src/lib.rs");
    fs::write(&library, fs::read_to_string(&library).expect("a file") + "\r\n").expect("a file");
    project.assert_found_and_mended("differs   generated/order/src/lib.rs");
}

#[test]
fn nothing_to_do_touches_nothing() {
    let project = Project::current("nothing");
    let files = crate::support::generated(&project.read("saga.yaml"));
    let times = || -> Vec<_> {
        let modified = |path: &Path| fs::metadata(project.root.join(path)).and_then(|it| it.modified());
        let paths = files.current().map(|(path, _)| path).chain([Path::new(certificate::PATH)]);
        paths.map(|path| modified(path).expect("a time")).collect()
    };
    let before = times();
    assert_eq!(project.generate(), "every generated file is up to date\n");
    assert_eq!(times(), before);
    project.assert_current();
}

#[test]
fn an_edited_file_is_written_anew() {
    let project = Project::current("edited");
    let path = "generated/order/src/lib.rs";
    project.write(path, &project.read(path).replace("8081", "8080"));
    project.assert_found_and_mended("differs   generated/order/src/lib.rs");
    assert!(project.read(path).contains("8081"));
    project.write("k8s/namespace.yaml", "");
    project.assert_found_and_mended("differs   k8s/namespace.yaml");
}

#[test]
fn a_deleted_file_comes_back() {
    let project = Project::current("deleted");
    fs::remove_file(project.path("generated/order/Cargo.toml")).expect("a manifest");
    project.assert_found_and_mended("missing   generated/order/Cargo.toml");
    fs::remove_dir_all(project.path("generated")).expect("a folder");
    project.assert_found_and_mended("missing   generated/contracts/src/events.rs");
}

#[test]
fn a_file_of_ours_that_nothing_makes_goes_with_its_folders() {
    let project = Project::current("orphaned");
    let orphan = project.read("generated/order/src/main.rs");
    project.write("generated/ghost/src/main.rs", &orphan);
    project.write("k8s-overlays/dev/ghost.yaml", &project.read("k8s/namespace.yaml"));
    project.assert_found_and_mended("orphaned  generated/ghost/src/main.rs");
    assert!(!project.path("generated/ghost").exists());
    assert!(!project.path("k8s-overlays/dev/ghost.yaml").exists());
}

#[test]
fn an_empty_folder_goes() {
    let project = Project::current("empty");
    fs::create_dir_all(project.path("generated/ghost/src")).expect("a folder");
    project.assert_found_and_mended("empty     generated/ghost");
    assert!(!project.path("generated/ghost").exists());
    assert!(project.path("generated/order").exists());
}

#[test]
fn what_is_not_ours_is_named_and_never_touched() {
    let project = Project::current("foreign");
    project.write("generated/order/src/mine.rs", "//! Mine.\n");
    let (text, code) = project.check();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("not ours  generated/order/src/mine.rs\n"), "{text}");
    let text = project.generates(1);
    assert!(text.contains("not ours  generated/order/src/mine.rs\n"), "{text}");
    assert!(text.contains("delete it or move it out; until then, `generate --check` fails\n"), "{text}");
    assert!(!text.contains("up to date"), "{text}");
    assert_eq!(project.read("generated/order/src/mine.rs"), "//! Mine.\n");
    // Nor does it go with the service around it.
    project.use_case("notification");
    project.generates(1);
    project.write("generated/notification/notes.txt", "mine");
    project.use_case("order");
    assert!(project.generates(1).contains("not ours  generated/notification/notes.txt\n"));
    assert_eq!(project.read("generated/notification/notes.txt"), "mine");
    // Until a person takes it away.
    fs::remove_file(project.path("generated/order/src/mine.rs")).expect("a file");
    fs::remove_dir_all(project.path("generated/notification")).expect("a folder");
    assert_eq!(project.generate().lines().last(), Some("every generated file is up to date"));
    project.assert_current();
}

/// Even files that bear our header, as copies do.
#[test]
fn manifests_of_the_team_beside_ours_are_never_touched() {
    let project = Project::current("beside");
    let copy = project.read("k8s/order/service.yaml");
    project.write("k8s-team/service.yaml", &copy);
    project.write("k8s-team/kustomization.yaml", "resources: [../k8s-overlays/prod, service.yaml]\n");
    project.assert_current();
    // Nothing of ours is left beside them.
    let spec = project.read("saga.yaml");
    let without = spec.replacen("correlation:", "deploy: { k8s: false }\ncorrelation:", 1);
    project.write("saga.yaml", &without);
    assert!(project.generate().contains("deleted   k8s/namespace.yaml"));
    assert!(!project.path("k8s").exists() && !project.path("k8s-overlays").exists());
    assert!(project.path("k8s-images").exists(), "it is the team's");
    assert_eq!(project.read("k8s-team/service.yaml"), copy);
    project.assert_current();
}

#[test]
fn a_compose_file_that_is_not_wanted_goes_if_it_is_ours() {
    let project = Project::current("compose");
    let spec = project.read("saga.yaml");
    project.write("saga.yaml", &spec.replacen("correlation:", "deploy: { compose: false }\ncorrelation:", 1));
    project.assert_found_and_mended("orphaned  compose.yaml");
    assert!(!project.path("compose.yaml").exists() && project.path("Dockerfile").exists());
    project.write("compose.yaml", "services: {}\n");
    project.assert_current();
    assert_eq!(project.generate(), "every generated file is up to date\n");
}

#[test]
fn a_dockerfile_of_the_team_is_left_alone() {
    let project = Project::current("dockerfile");
    project.write("Dockerfile", &project.read("Dockerfile").replace("rust:", "rust-alpine:"));
    project.assert_found_and_mended("differs   Dockerfile");
    project.write("Dockerfile", "FROM scratch\n");
    project.assert_current();
    let text = project.generate();
    assert!(text.contains("kept: Dockerfile is hand-written; delete it to have it generated\n"), "{text}");
    assert_eq!(project.read("Dockerfile"), "FROM scratch\n");
}

#[test]
fn the_digests_of_images_are_the_teams() {
    let project = Project::current("images");
    let path = "k8s-images/kustomization.yaml";
    project.write(path, &project.read(path).replace("images: []", "images: [{ name: metacoding/order }]"));
    project.assert_current();
    fs::remove_file(project.path(path)).expect("a file");
    project.assert_found_and_mended("missing   k8s-images/kustomization.yaml");
}

#[test]
fn handlers_are_made_once_and_kept() {
    let project = Project::current("handlers");
    project.write("handlers/order/src/lib.rs", "//! Written by hand.\n");
    project.assert_current();
    project.use_case("fraud");
    let (text, _) = project.check();
    assert!(text.contains("missing   handlers/fraud/Cargo.toml\n"), "{text}");
    assert!(text.contains("if they existed, restore them from version control\n"), "{text}");
    let text = project.generate();
    assert!(text.contains("created   handlers/fraud/src/lib.rs\n"), "{text}");
    assert!(text.contains("Cargo.lock"), "{text}");
    project.use_case("order");
    let text = project.generate();
    assert!(text.contains("deleted   generated/fraud/Cargo.toml\n"), "{text}");
    let kept = "kept: handlers/fraud is hand-written; delete it when you no longer need it\n";
    assert!(text.contains(kept), "{text}");
    assert!(!project.path("generated/fraud").exists());
    assert!(project.path("handlers/fraud/src/lib.rs").exists());
    assert_eq!(project.read("handlers/order/src/lib.rs"), "//! Written by hand.\n");
    project.assert_current();
}

#[test]
fn a_function_that_nothing_asks_for_is_named() {
    let project = Project::current("unasked");
    let code = "impl product_contracts::Handlers for Handlers {\n    fn decrease_product(&self) {}\n    fn count(&self) {}\n}\n";
    project.write("handlers/product/src/lib.rs", &format!("mod more;\n{code}"));
    project
        .write("handlers/order/src/lib.rs", "impl Handlers for Handlers { fn complete_order(&self) {} }\n");
    let lines = [
        "not asked: `complete_order` in handlers/order/src/lib.rs: the file leaves `complete-order` nothing to decide; \
         remove the function, or write `handler: state` for the step\n",
        "not asked: `count` in handlers/product/src/lib.rs: its service has no step `count`; remove or rename the \
         function\n",
    ];
    for text in [project.generate(), project.check().0] {
        assert_eq!(text.matches("not asked").count(), 2, "{text}");
        assert!(lines.iter().all(|line| text.contains(line)), "{text}");
    }
    project.assert_current();
}

#[test]
fn a_missing_manifest_of_handlers_comes_back_without_touching_the_code() {
    let project = Project::current("manifest");
    project.write("handlers/order/src/lib.rs", "//! Written by hand.\n");
    fs::remove_file(project.path("handlers/order/Cargo.toml")).expect("a manifest");
    project.assert_found_and_mended("missing   handlers/order/Cargo.toml");
    assert_eq!(project.read("handlers/order/src/lib.rs"), "//! Written by hand.\n");
}

#[test]
fn there_and_back_again_leaves_the_tree_as_it_was() {
    let project = Project::current("round");
    let files = crate::support::generated(&project.read("saga.yaml"));
    for case in ["memo", "fraud", "notification", "steps", "order"] {
        project.use_case(case);
        project.generate();
        project.assert_current();
    }
    for (path, content) in files.current() {
        assert_eq!(fs::read_to_string(project.root.join(path)).expect("a file"), content);
    }
}

#[test]
fn what_cannot_be_written_stays_as_it_was_and_leaves_no_part() {
    let project = Project::current("unwritable");
    let (lib, beside) = (
        project.root.join("generated/contracts/src/lib.rs"),
        project.root.join("generated/contracts/src/.lib.rs.new"),
    );
    let edited = "// Made by `cargo saga generate` from saga.yaml; edit that file instead.\nedited\n";
    fs::write(&lib, edited).expect("an edit");
    // As on a full disk, the new content cannot be written.
    fs::create_dir(&beside).expect("a folder");
    fs::write(beside.join("in the way"), "").expect("a file");
    let output = project.run(GENERATE);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot write generated/contracts/src/lib.rs: "), "{said}");
    assert_eq!(fs::read_to_string(&lib).expect("it is there"), edited);
    fs::remove_dir_all(&beside).expect("it goes");
    project.generate();
    project.assert_current();
}

#[test]
fn what_a_run_that_was_killed_left_behind_goes() {
    let project = Project::current("killed");
    // Half a file, without our header.
    fs::write(project.root.join("generated/order/src/.lib.rs.new"), "").expect("a file");
    project.assert_found_and_mended("orphaned  generated/order/src/.lib.rs.new");
}
