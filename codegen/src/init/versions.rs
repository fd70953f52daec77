//! Which versions of the tool, of the generated code and of the runtime a project has, and what makes them one.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, Value};

use super::{Runtime, VERSION};

/// Where generated code says which tool made it.
const MADE_BY: &str = "generated/contracts/src/lib.rs";

/// The packages of the repository that a project may depend on: they come from one source.
const OURS: [&str; 3] = ["saga-runtime", "saga-simulation", "saga-semantics"];

/// The versions that a project has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Of the tool that made the generated code; none if nothing is generated.
    pub generated: Option<String>,
    /// Where `Cargo.toml` says that the runtime comes from; none if it does not.
    pub source: Option<Runtime>,
    /// Of the runtime, as far as it can be known without a build: in the folder, or in `Cargo.lock`.
    pub runtime: Option<String>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// Another tool is needed: the command that installs it.
    Install(String),
    /// The runtime has to come from here.
    Source(Runtime),
    /// A checkout that the runtime comes from has another version.
    Checkout(PathBuf),
    /// `Cargo.lock` has another version than `Cargo.toml` allows.
    Update,
    /// The code has to be generated again.
    Generate,
}

impl Versions {
    /// Looks at a project.
    ///
    /// # Errors
    /// A text for the user: its manifest cannot be read.
    pub fn of(root: &Path) -> Result<Self, String> {
        let path = root.join("Cargo.toml");
        let manifest =
            fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let manifest: DocumentMut =
            manifest.parse().map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let source = dependency(&manifest, OURS[0]).and_then(source);
        let runtime = match &source {
            Some(Runtime::Path(folder)) => of_checkout(&root.join(folder)),
            _ => locked(root),
        };
        Ok(Self { generated: generated(root), source, runtime })
    }

    /// What makes the project one for this tool; nothing if it is. `tool` says where the tool came from.
    pub fn advice(&self, tool: &Runtime) -> Vec<Advice> {
        let newer = |version: &String| number(version) > number(VERSION);
        let install = || self.source.as_ref().unwrap_or(tool).install();
        if self.generated.as_ref().is_some_and(newer) {
            return vec![Advice::Install(install())];
        }
        let mut advice = Vec::new();
        if self.runtime.as_ref().is_some_and(|runtime| !fits(runtime)) {
            advice.push(match (&self.source, tool) {
                (Some(Runtime::Path(folder)), _) => Advice::Checkout(folder.clone()),
                // The tool's own commit has the runtime that fits it.
                (Some(Runtime::Git { url, rev: Some(_) }), Runtime::Git { url: of, rev: Some(rev) })
                    if url == of =>
                {
                    Advice::Source(Runtime::Git { url: url.clone(), rev: Some(rev.clone()) })
                }
                (Some(Runtime::Git { rev: None, .. }), _) => Advice::Update,
                (Some(Runtime::Version(version)), _) if !fits(version) => {
                    Advice::Source(Runtime::Version(line()))
                }
                (Some(Runtime::Version(_)), _) => Advice::Update,
                _ => Advice::Install(install()),
            });
        }
        if self.generated.as_deref() != Some(VERSION) {
            advice.push(Advice::Generate);
        }
        advice
    }
}

/// The version of the tool that made what is generated.
fn generated(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join(MADE_BY)).ok()?;
    let (_, version) = text.split_once("saga_runtime::made_by(\"")?;
    Some(version.split_once('"')?.0.to_owned())
}

/// That what is there was made by a newer tool than this; nothing if it was not.
pub fn newer(root: &Path) -> Option<String> {
    generated(root).filter(|version| number(version) > number(VERSION))
}

/// Writes into a manifest where the packages of the repository come from.
///
/// # Errors
/// A text for the user: the manifest cannot be read or written.
pub fn write_source(root: &Path, to: &Runtime) -> Result<(), String> {
    let path = root.join("Cargo.toml");
    let failed = |doing: &str, error: String| format!("cannot {doing} {}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| failed("read", error.to_string()))?;
    let written = with_source(&text, to).map_err(|error| failed("read", error))?;
    super::write_one(&path, &written)
}

fn with_source(manifest: &str, to: &Runtime) -> Result<String, String> {
    let mut manifest: DocumentMut = manifest.parse().map_err(|error| format!("{error}"))?;
    for package in OURS {
        let item = manifest.get_mut("workspace").and_then(|it| it.get_mut("dependencies")?.get_mut(package));
        match (item, to) {
            (Some(Item::Value(Value::String(version))), Runtime::Version(to)) => {
                *version = toml_edit::Formatted::new(to.clone());
            }
            (Some(item), Runtime::Git { rev: Some(rev), .. }) => {
                if let Some(there) = item.as_table_like_mut().and_then(|table| table.get_mut("rev")) {
                    *there = Item::Value(rev.clone().into());
                }
            }
            (Some(item), Runtime::Version(to)) => {
                if let Some(there) = item.as_table_like_mut().and_then(|table| table.get_mut("version")) {
                    *there = Item::Value(to.clone().into());
                }
            }
            _ => {}
        }
    }
    Ok(manifest.to_string())
}

fn dependency<'m>(manifest: &'m DocumentMut, package: &str) -> Option<&'m Item> {
    manifest.get("workspace")?.get("dependencies")?.get(package)
}

fn source(item: &Item) -> Option<Runtime> {
    let text = |key: &str| item.get(key).and_then(Item::as_str).map(str::to_owned);
    match (item.as_str(), text("path"), text("git"), text("version")) {
        (Some(version), ..) => Some(Runtime::Version(version.to_owned())),
        // The folder of the package; the checkout is above it.
        (None, Some(path), ..) => Some(Runtime::Path(Path::new(&path).parent()?.to_owned())),
        (None, None, Some(url), _) => {
            Some(Runtime::Git { url, rev: text("rev").or_else(|| text("tag")).or_else(|| text("branch")) })
        }
        (None, None, None, Some(version)) => Some(Runtime::Version(version)),
        (None, None, None, None) => None,
    }
}

/// The version of the packages in a checkout.
fn of_checkout(checkout: &Path) -> Option<String> {
    let manifest = fs::read_to_string(checkout.join("Cargo.toml")).ok()?;
    let manifest: DocumentMut = manifest.parse().ok()?;
    manifest.get("workspace")?.get("package")?.get("version")?.as_str().map(str::to_owned)
}

/// The version of the runtime in `Cargo.lock`.
fn locked(root: &Path) -> Option<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).ok()?;
    let (_, of) = lock.split_once("\nname = \"saga-runtime\"\nversion = \"")?;
    Some(of.split_once('"')?.0.to_owned())
}

/// The numbers of a version; those that it does not have are 0.
fn number(version: &str) -> [u64; 3] {
    let mut numbers =
        version.split(['.', '-', '+']).map(|number| number.trim_start_matches(['^', '=', '~']).parse());
    [(); 3].map(|()| numbers.next().and_then(Result::ok).unwrap_or_default())
}

/// Whether code that this tool makes compiles with that runtime: as `saga_runtime::made_by` decides.
fn fits(runtime: &str) -> bool {
    match (number(runtime), number(VERSION)) {
        ([0, minor, _], [0, ours, _]) => minor == ours,
        ([major, ..], [ours, ..]) => major == ours,
    }
}

/// The requirement in `Cargo.toml` that this tool's runtime meets.
fn line() -> String {
    let [major, minor, _] = number(VERSION);
    if major == 0 { format!("{major}.{minor}") } else { major.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(generated: &str, source: Runtime, runtime: Option<&str>) -> Versions {
        Versions {
            generated: Some(generated.to_owned()),
            source: Some(source),
            runtime: runtime.map(str::to_owned),
        }
    }

    fn git(rev: Option<&str>) -> Runtime {
        Runtime::Git { url: "https://git.example/saga.git".to_owned(), rev: rev.map(str::to_owned) }
    }

    #[test]
    fn a_project_of_this_version_needs_nothing() {
        let tool = git(Some("abc"));
        for source in [git(None), git(Some("v1")), Runtime::Version("0.1".to_owned())] {
            assert_eq!(versions(VERSION, source.clone(), Some(VERSION)).advice(&tool), []);
            assert_eq!(versions(VERSION, source, None).advice(&tool), [], "not built yet");
        }
    }

    #[test]
    fn code_of_a_newer_tool_asks_for_that_tool() {
        let advice = versions("0.2.0", git(Some("v2")), Some("0.2.0")).advice(&git(Some("abc")));
        let install = "cargo install --locked --git https://git.example/saga.git --rev v2 saga-cli";
        assert_eq!(advice, [Advice::Install(install.to_owned())]);
    }

    #[test]
    fn an_older_runtime_is_raised_to_the_tools() {
        let version = |text: &str| Runtime::Version(text.to_owned());
        let tool = git(Some("abc"));
        let cases = [
            (version("0.0.9"), Advice::Source(version("0.1"))),
            (version("0.1"), Advice::Update),
            (git(None), Advice::Update),
            (git(Some("v0")), Advice::Source(git(Some("abc")))),
            (Runtime::Path("../saga".into()), Advice::Checkout("../saga".into())),
        ];
        for (source, expected) in cases {
            let advice = versions("0.0.9", source.clone(), Some("0.0.9")).advice(&tool);
            assert_eq!(advice, [expected, Advice::Generate], "{source}");
        }
    }

    #[test]
    fn one_edit_changes_the_source_of_all_packages_and_nothing_else() {
        let before = "# Ours.\n[workspace.dependencies]\nsaga-runtime = { git = \"u\", rev = \"a\" } # here\nserde = \"1\"\n\
                      saga-simulation = { git = \"u\", rev = \"a\" }\n";
        let after = before.replace("rev = \"a\"", "rev = \"b\"");
        assert_eq!(with_source(before, &git(Some("b"))), Ok(after));
        let before = "[workspace.dependencies]\nsaga-runtime = \"0.1\"\n";
        assert_eq!(with_source(before, &Runtime::Version("0.2".into())), Ok(before.replace("0.1", "0.2")));
    }
}
