//! Apache Kafka as jars from Maven Central, kept under `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::time::Instant;

use crate::failure::{Doing, Failure, Result};

use super::{run, tools};

/// What is fetched. A copy lies beside the jars: when it differs, the jars are
/// those of another version.
const POM: &str = include_str!("../templates/pom.xml");

/// The folder with the broker's jars, fetched when they are not there yet.
pub(crate) fn fetch(root: &Path) -> Result<PathBuf> {
    let home = root.join("target/kafka");
    let jars = home.join(version());
    if is_current(&jars) {
        return Ok(jars);
    }
    let begun = Instant::now();
    eprintln!("kafka     fetching Apache Kafka {} with mvn (44 MB, once)", version());
    // Fetched beside its place and moved into it whole: an interrupted or a
    // concurrent fetch never leaves half a folder there.
    let draft = home.join(format!("{}.draft-{}", version(), process::id()));
    fs::create_dir_all(&draft).doing(|| format!("create the folder {}", draft.display()))?;
    let fetched = copy_jars(&draft).and_then(|()| settle(&draft, &jars));
    let _ = fs::remove_dir_all(&draft);
    fetched?;
    eprintln!("kafka     fetched in {:.1} s", begun.elapsed().as_secs_f32());
    Ok(jars)
}

/// The version of Apache Kafka that the pom asks for.
pub(crate) fn version() -> &'static str {
    POM.split_once("<kafka.version>")
        .and_then(|(_, rest)| rest.split_once('<'))
        .map_or("unknown", |(version, _)| version)
}

fn is_current(jars: &Path) -> bool {
    fs::read_to_string(jars.join("pom.xml")).is_ok_and(|pom| pom == POM)
}

fn copy_jars(folder: &Path) -> Result<()> {
    let pom = folder.join("pom.xml");
    fs::write(&pom, POM).doing(|| format!("write {}", pom.display()))?;
    let mut maven = Command::new(tools::maven()?);
    maven
        .args(["--batch-mode", "--quiet", "-Dstyle.color=never", "--file"])
        .arg(&pom)
        .arg("dependency:copy-dependencies")
        .arg(format!("-DoutputDirectory={}", folder.display()));
    let output = run::to_the_end(&mut maven, "mvn")?;
    if !output.status.success() {
        return Err(Failure::new("mvn cannot download Apache Kafka")
            .with_output(&[output.stdout, output.stderr].concat())
            .advise(
                "mvn needs Maven Central or a mirror of it (~/.m2/settings.xml); \
                 to use a broker that runs already, set KAFKA_BROKERS",
            ));
    }
    Ok(())
}

fn settle(draft: &Path, jars: &Path) -> Result<()> {
    // Another start may have fetched the same meanwhile: then ours is not
    // needed, and a broker may be running from theirs.
    if is_current(jars) {
        return Ok(());
    }
    if jars.exists() {
        fs::remove_dir_all(jars).doing(|| format!("remove {}", jars.display()))?;
    }
    match fs::rename(draft, jars) {
        Err(_) if is_current(jars) => Ok(()),
        moved => moved.doing(|| format!("create {}", jars.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_the_pom() {
        assert!(version().starts_with("4."), "{}", version());
    }
}
