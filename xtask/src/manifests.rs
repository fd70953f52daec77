//! What the manifests of the three workspaces repeat. Cargo has no way to share a table between
//! workspaces, so these tests keep the copies equal.

const ROOT: &str = include_str!("../../Cargo.toml");
const DEV: &str = include_str!("../../dev/Cargo.toml");
const CODEGEN: &str = include_str!("../../codegen/Cargo.toml");

/// Only the generator does without unsafe code altogether, so it needs no rule for what there is.
const CODEGEN_ONLY: &str = "unsafe_code = \"forbid\"";
const NOT_IN_CODEGEN: &str = "unsafe_op_in_unsafe_fn = \"deny\"";

/// The lines of a table, without comments and blank lines.
fn table<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != name).skip(1);
    let table = lines.take_while(|line| !line.starts_with('['));
    table.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// One finding for each line that only one of two tables has.
fn differences(file: &str, theirs: &[&str], ours: &[&str]) -> Vec<String> {
    let missing = ours.iter().filter(|line| !theirs.contains(line));
    let missing = missing.map(|line| format!("{file} lacks `{line}`, which Cargo.toml has"));
    let extra = theirs.iter().filter(|line| !ours.contains(line));
    missing.chain(extra.map(|line| format!("{file} has `{line}`, which Cargo.toml lacks"))).collect()
}

#[test]
fn the_lints_of_all_workspaces_are_equal() {
    for group in ["rust", "clippy"] {
        let root = table(ROOT, &format!("[workspace.lints.{group}]"));
        assert!(!root.is_empty(), "{group}");
        let dev = table(DEV, &format!("[workspace.lints.{group}]"));
        assert_eq!(differences("dev/Cargo.toml", &dev, &root), [""; 0]);

        let mut codegen = table(CODEGEN, &format!("[workspace.lints.{group}]"));
        codegen.retain(|line| *line != CODEGEN_ONLY);
        let shared: Vec<&str> = root.into_iter().filter(|line| *line != NOT_IN_CODEGEN).collect();
        assert_eq!(differences("codegen/Cargo.toml", &codegen, &shared), [""; 0]);
    }
}

/// Otherwise cargo compiles every crate of a registry twice, once for each workspace.
#[test]
fn the_profiles_of_the_product_and_of_its_tests_are_equal() {
    for profile in ["[profile.dev]", "[profile.dev.package.\"*\"]", "[profile.release]"] {
        let root = table(ROOT, profile);
        assert!(!root.is_empty(), "{profile}");
        assert_eq!(differences("dev/Cargo.toml", &table(DEV, profile), &root), [""; 0], "{profile}");
    }
}

#[test]
fn a_line_that_differs_is_named() {
    let manifest = "[a]\nx = 1\n\n# why\ny = 2\n[b]\nx = 1\n";
    assert_eq!(table(manifest, "[a]"), ["x = 1", "y = 2"]);
    let found = differences("dev/Cargo.toml", &table(manifest, "[b]"), &table(manifest, "[a]"));
    assert_eq!(found, ["dev/Cargo.toml lacks `y = 2`, which Cargo.toml has"]);
}
