//! Files in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The first line of every generated file, behind the mark of a comment.
pub const HEADER: &str = "Made by `cargo saga generate` from saga.yaml; edit that file instead.";

/// What stands around it, by the kind of the file. JSON has no comments, so it is a member that says nothing.
const OPEN_AND_CLOSE: [(&str, &str); 5] = [
    ("# ", ""),
    ("// ", ""),
    ("<!-- ", " -->"),
    ("{ \"$comment\": \"", "\","),
    ("{ \"x-comment\": \"", "\","),
];

/// A JSON object, on lines of its own, with the header as the first of its members.
pub(crate) fn commented(member: &str, object: &str) -> String {
    let rest = object.strip_prefix("{\n").unwrap_or(object);
    format!("{{ \"{member}\": \"{HEADER}\",\n{rest}")
}

/// Whether a file with that content is one of ours: made here, and deleted
/// here when nothing makes it any more.
pub fn is_ours(content: &[u8]) -> bool {
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    OPEN_AND_CLOSE.iter().any(|(open, close)| {
        let inner = first.strip_prefix(open.as_bytes()).and_then(|rest| rest.strip_suffix(close.as_bytes()));
        inner == Some(HEADER.as_bytes())
    })
}

/// Generated files by their path from the root of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileSet {
    current: BTreeMap<PathBuf, String>,
    once: BTreeMap<PathBuf, String>,
}

impl FileSet {
    /// Adds a file that is always kept as it is made.
    pub(crate) fn add(&mut self, path: impl Into<PathBuf>, content: String) {
        self.current.insert(path.into(), content);
    }

    /// Adds a file that is made once, with all others of its crate, and then
    /// belongs to the team.
    pub(crate) fn add_once(&mut self, path: impl Into<PathBuf>, content: String) {
        self.once.insert(path.into(), content);
    }

    /// Leaves only the crates, without what deploys them.
    pub(crate) fn keep_code(&mut self) {
        let is_code = |path: &Path| path.starts_with("generated") || path.starts_with("handlers");
        self.current.retain(|path, _| is_code(path));
        self.once.retain(|path, _| is_code(path));
    }

    /// Adds all files of another set.
    pub(crate) fn extend(&mut self, other: Self) {
        self.current.extend(other.current);
        self.once.extend(other.once);
    }

    /// The files that are kept as they are made.
    pub fn current(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.current.iter().map(|(path, content)| (path.as_path(), content.as_str()))
    }

    /// The files that are made once, if the manifest of their crate is missing.
    pub fn once(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.once.iter().map(|(path, content)| (path.as_path(), content.as_str()))
    }

    /// The content of a file that is kept as it is made.
    pub fn get(&self, path: &Path) -> Option<&str> {
        self.current.get(path).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_tells_whose_a_file_is() {
        assert!(is_ours(format!("# {HEADER}\na: b\n").as_bytes()));
        assert!(is_ours(format!("// {HEADER}\r\nmod a;\n").as_bytes()));
        assert!(is_ours(format!("<!-- {HEADER} -->\n<svg/>\n").as_bytes()));
        assert!(!is_ours(format!("<!-- {HEADER}\n<svg/>\n").as_bytes()));
        for member in ["$comment", "x-comment"] {
            assert!(is_ours(commented(member, "{\n  \"type\": \"object\"\n}\n").as_bytes()));
        }
        assert!(!is_ours(format!("{{ \"title\": \"{HEADER}\",\n}}\n").as_bytes()));
        assert!(!is_ours(format!("\n# {HEADER}\n").as_bytes()));
        assert!(!is_ours(b""));
    }
}
