//! The Dockerfile and the compose file: checked without an engine.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use saga_cli::files::FileSet;
use serde_yaml::Value;

use crate::support::{generated_here, repository};

fn shipped() -> FileSet {
    generated_here()
}

fn dockerfile() -> String {
    shipped().get(Path::new("Dockerfile")).expect("a Dockerfile").to_owned()
}

/// What is copied from the repository, and not from another stage.
fn copied(dockerfile: &str) -> Vec<String> {
    let lines = dockerfile.lines().filter_map(|line| line.strip_prefix("COPY "));
    let own = lines.filter(|line| !line.starts_with("--from"));
    let sources = own.flat_map(|line| {
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        words.pop();
        words
    });
    sources.collect()
}

#[test]
fn everything_that_is_copied_is_there_and_not_ignored() {
    let ignored = fs::read_to_string(repository().join(".dockerignore")).expect("a .dockerignore");
    // All is ignored but what is named.
    assert!(ignored.lines().any(|line| line == "*"));
    let named: BTreeSet<&str> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let copied = copied(&dockerfile());
    for path in &copied {
        assert!(repository().join(path).exists(), "there is no {path}");
        assert!(named.contains(path.as_str()), "{path} is ignored");
    }
    assert_eq!(named, copied.iter().map(String::as_str).collect(), "nothing else goes to the engine");
}

#[test]
fn nothing_that_is_generated_names_what_only_this_repository_has() {
    let files = shipped();
    for (path, content) in files.current().chain(files.once()) {
        for name in ["chaos", "codegen", "e2e", "xtask"] {
            let found = content.lines().find(|line| line.contains(name));
            assert_eq!(found, None, "{} names {name}", path.display());
        }
        for on in content.lines().filter_map(|line| line.split_once("path = \"")).map(|(_, rest)| rest) {
            let inside = on.trim_start_matches("../");
            let levels = (on.len() - inside.len()) / 3;
            let folder =
                path.parent().and_then(|folder| folder.ancestors().nth(levels)).expect("in the project");
            let named = folder.join(inside.split('"').next().unwrap_or(inside));
            assert!(named.starts_with("generated") || named.starts_with("handlers"), "{}", named.display());
        }
    }
    for path in copied(&dockerfile()) {
        assert!(!["codegen", "dev", "xtask"].contains(&path.as_str()), "a project has no {path}");
    }
}

#[test]
fn every_member_of_the_workspace_is_copied() {
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("the manifest");
    let members = manifest.lines().find_map(|line| line.strip_prefix("members = [")).expect("members");
    let copied = copied(&dockerfile());
    for member in members.trim_end_matches(']').split(", ").map(|it| it.trim_matches('"')) {
        let folder = member.split('/').next().unwrap_or(member);
        assert!(copied.iter().any(|path| path == folder), "cargo would miss {member}");
    }
}

#[test]
fn each_service_has_a_target_with_its_binary() {
    let dockerfile = dockerfile();
    for service in ["order", "product", "delivery"] {
        assert!(dockerfile.contains(&format!("\nFROM base AS {service}\n")));
        assert!(dockerfile.contains(&format!(" --package {service}")));
        assert!(dockerfile.contains(&format!("ENTRYPOINT [\"/usr/local/bin/{service}\"]\n")));
    }
}

#[test]
fn the_toolchain_is_new_enough_and_every_foreign_image_has_a_digest() {
    let dockerfile = dockerfile();
    let manifest = fs::read_to_string(repository().join("Cargo.toml")).expect("the manifest");
    let wanted = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).expect("a version");
    let number =
        |version: &str| -> Vec<u32> { version.split('.').filter_map(|part| part.parse().ok()).collect() };
    let image =
        dockerfile.split_once("FROM rust:").and_then(|(_, rest)| rest.split_once('-')).expect("an image").0;
    assert!(number(image) >= number(wanted.trim_end_matches('"')), "{image} cannot build {wanted}");
    assert!(dockerfile.contains(&format!("RUSTUP_TOOLCHAIN={image} ")), "another toolchain would be fetched");
    for line in dockerfile.lines().filter(|line| line.starts_with("FROM ") && !line.starts_with("FROM base "))
    {
        assert!(line.contains("@sha256:"), "{line}");
    }
}

#[test]
fn compose_starts_every_service_with_what_it_reads() {
    let files = shipped();
    let compose: Value =
        serde_yaml::from_str(files.get(Path::new("compose.yaml")).expect("a file")).expect("YAML");
    let databases = compose["configs"]["databases"]["content"].as_str().expect("SQL");
    for (service, port) in [("order", 8081), ("product", 8082), ("delivery", 8084)] {
        let it = &compose["services"][service];
        assert_eq!(it["build"]["target"], service);
        assert_eq!(it["ports"][0], format!("127.0.0.1:{port}:{port}"));
        assert_eq!(it["environment"]["PORT"], port.to_string());
        assert_eq!(it["environment"]["DATABASE_URL"], format!("postgres://{service}@postgres/{service}"));
        assert!(databases.contains(&format!("CREATE DATABASE \"{service}\" OWNER \"{service}\";")));
    }
}
