//! The line that marks a generated file.

/// The first line of every generated file, inside a comment.
pub const HEADER: &str = "Made by `cargo saga generate` from saga.yaml; edit that file instead.";

/// Whether a file with this content was generated. Only such files are
/// overwritten, or deleted once nothing generates them any more.
pub fn is_ours(content: &[u8]) -> bool {
    let first = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    [("# ", ""), ("// ", ""), ("<!-- ", " -->")].iter().any(|(open, close)| {
        let inner = first.strip_prefix(open.as_bytes()).and_then(|rest| rest.strip_suffix(close.as_bytes()));
        inner == Some(HEADER.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_line_marks_a_generated_file() {
        assert!(is_ours(format!("# {HEADER}\na: b\n").as_bytes()));
        assert!(is_ours(format!("// {HEADER}\r\nmod a;\n").as_bytes()));
        assert!(is_ours(format!("<!-- {HEADER} -->\n<svg/>\n").as_bytes()));
        assert!(!is_ours(format!("<!-- {HEADER}\n<svg/>\n").as_bytes()));
        assert!(!is_ours(format!("\n# {HEADER}\n").as_bytes()));
        assert!(!is_ours(b""));
    }
}
