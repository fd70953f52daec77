//! What tests of texts share.

use std::ops::Range;
use std::path::Path;

/// A fenced block of a Markdown page.
pub struct Block<'t> {
    /// The word after the fence.
    pub kind: &'t str,
    /// What is between the fences.
    pub text: &'t str,
    /// Where that is.
    pub range: Range<usize>,
}

impl Block<'_> {
    /// The page with another text in this block.
    pub fn replaced(&self, page: &str, text: &str) -> String {
        [&page[..self.range.start], text, &page[self.range.end..]].concat()
    }
}

/// The fenced blocks of a page, in order.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        let fence = line.trim_end().strip_prefix("```");
        match (open, fence) {
            (None, Some(kind)) => open = Some((kind, at + line.len())),
            (Some((kind, start)), Some("")) => {
                blocks.push(Block { kind, text: &page[start..at], range: start..at });
                open = None;
            }
            _ => {}
        }
        at += line.len();
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// Files that must be as a test expects them, or are made so with
/// `UPDATE_EXPECT=1`.
#[derive(Default)]
pub struct Expected {
    wrong: Vec<String>,
}

impl Expected {
    /// Compares a file, or writes it.
    pub fn file(&mut self, path: &Path, text: &str) {
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, text).expect("the text can be written");
        } else if std::fs::read_to_string(path).unwrap_or_default() != text {
            self.wrong.push(format!("{}:\n{text}", path.display()));
        }
    }

    /// Complains about the files that differ.
    pub fn done(self) {
        let wrong = self.wrong;
        assert!(wrong.is_empty(), "run with UPDATE_EXPECT=1 if this is right:\n{}", wrong.join("\n"));
    }
}
