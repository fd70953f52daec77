//! Whether generated code fits this runtime.

/// Stops the build if generated code was made for another version of this crate. Before 1.0, a change of
/// the second number breaks; after it, one of the first does, as in Cargo.
///
/// # Panics
/// While the code is compiled, if `tool`, the version of the tool that made it, does not fit.
pub const fn made_by(tool: &str) {
    assert!(
        fits(tool, env!("CARGO_PKG_VERSION")),
        "the generated code was made for another version of saga-runtime: install the `saga` tool of the runtime's \
         version and run `cargo saga generate`, or let Cargo.toml name the runtime of the tool's version"
    );
}

/// Whether the numbers that a breaking change raises are the same.
const fn fits(tool: &str, runtime: &str) -> bool {
    let (tool, runtime) = (tool.as_bytes(), runtime.as_bytes());
    let numbers = if runtime[0] == b'0' && runtime[1] == b'.' { 2 } else { 1 };
    let (mut at, mut seen) = (0, 0);
    while seen < numbers {
        let (left, right) = (byte(tool, at), byte(runtime, at));
        if left != right {
            return false;
        }
        if left == b'.' {
            seen += 1;
        }
        at += 1;
    }
    true
}

/// The byte there; behind the end, the dot that would follow.
const fn byte(text: &[u8], at: usize) -> u8 {
    if at < text.len() { text[at] } else { b'.' }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn versions_fit_as_cargo_says() {
        for (tool, runtime) in
            [("0.1.0", "0.1.7"), ("0.1", "0.1.0"), ("1.2.3", "1.9.0"), ("10.0.0", "10.1.0")]
        {
            assert!(fits(tool, runtime), "{tool} and {runtime}");
        }
        for (tool, runtime) in
            [("0.1.0", "0.2.0"), ("0.1.0", "0.10.0"), ("0.9.0", "1.0.0"), ("1.0.0", "11.0.0")]
        {
            assert!(!fits(tool, runtime), "{tool} and {runtime}");
        }
    }
}
