//! Keys, times and bodies as an operator reads them.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::de::IgnoredAny;

use crate::logging::is_unprintable;
use crate::wire::hex;

/// How many characters of an error stand in a list.
const LINE: usize = 60;
/// How many bytes of a body are shown.
const BODY: usize = 16 * 1024;
/// How many bytes of a body that is no text are shown.
const DUMP: usize = 1024;

/// `text` without what would make a terminal do things.
pub(super) fn printable(text: &str) -> String {
    let mut printed = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unprintable(char) && char != '\n' && char != '\t' {
            printed.extend(char.escape_default());
        } else {
            printed.push(char);
        }
    }
    printed
}

/// A key as text; in hexadecimal if it is none.
pub(super) fn key(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok("") => "-".to_owned(),
        Ok(text) => text.to_owned(),
        Err(_) => format!("0x{}", hex(key)),
    }
}

/// The beginning of `text`, in one line.
pub(super) fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// How long a time of so many milliseconds is.
pub(super) fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// When something happens, seen from `now_ms`.
pub(super) fn until(at_ms: i64, now_ms: i64) -> String {
    if at_ms <= now_ms { "now".to_owned() } else { format!("in {}", span(at_ms - now_ms + 999)) }
}

/// A time in UTC.
pub(super) fn moment(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}

/// `count` things: `one` if there is one.
pub(super) fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A body: indented if it is JSON, as it is if it is text, as a dump otherwise.
pub(super) fn body(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return dump(bytes) };
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    let text = if is_json { indented(text) } else { text.to_owned() };
    match text.char_indices().find(|(at, _)| *at >= BODY) {
        Some((end, _)) => format!("{}\n… {} bytes in all", &text[..end], bytes.len()),
        None => text,
    }
}

/// JSON with a line for each member, and otherwise as it was written: the
/// members in their order, and numbers with all their digits.
fn indented(json: &str) -> String {
    let (mut out, mut depth, mut in_text, mut escaped) = (String::new(), 0_usize, false, false);
    // Right behind an opening bracket: if the closing one follows, both stay on one line.
    let mut opened = false;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    for char in json.chars() {
        if in_text {
            out.push(char);
            in_text = char != '"' || escaped;
            escaped = char == '\\' && !escaped;
            continue;
        }
        if char.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(char, '}' | ']');
        depth -= usize::from(closes);
        if opened != closes {
            line(&mut out, depth);
        }
        opened = matches!(char, '{' | '[');
        depth += usize::from(opened);
        in_text = char == '"';
        out.push(char);
        match char {
            ',' => line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

fn dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, chunk) in bytes[..bytes.len().min(DUMP)].chunks(16).enumerate() {
        let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
        let readable =
            |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' };
        let readable: String = chunk.iter().map(readable).collect();
        let _ = writeln!(text, "{:06x}  {:<47}  {readable}", at * 16, hex.join(" "));
    }
    if bytes.len() > DUMP {
        let _ = writeln!(text, "… {} bytes in all", bytes.len());
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_and_nothing_else() {
        let json = r#"{"b":12345678901234567890.10, "a" : [1,{"q":"a \"{, \\"}],"e":{},"f":[ ]}"#;
        let wanted = "{\n  \"b\": 12345678901234567890.10,\n  \"a\": [\n    1,\n    {\n      \"q\": \"a \\\"{, \\\\\"\n    }\n  ],\n  \"e\": {},\n  \"f\": []\n}";
        assert_eq!(body(json.as_bytes()), wanted);
    }

    #[test]
    fn what_is_no_json_is_shown_all_the_same() {
        assert_eq!(body(b"{broken"), "{broken");
        assert_eq!(body(&[0xff, b'a']), format!("000000  ff 61{}.a", " ".repeat(44)));
        let long = body("x".repeat(100_000).as_bytes());
        assert!(long.len() < 17_000 && long.ends_with("100000 bytes in all"), "{}", long.len());
        assert!(body(&[0xff; 5_000]).ends_with("… 5000 bytes in all"));
    }

    #[test]
    fn keys_times_and_errors_fit_into_a_line() {
        assert_eq!((key(b"42").as_str(), key(b"").as_str(), key(&[0xff, 1]).as_str()), ("42", "-", "0xff01"));
        assert_eq!(one_line("a\n  b"), "a b");
        assert_eq!(one_line(&"ä".repeat(61)), format!("{}…", "ä".repeat(60)));
        assert_eq!(
            [0, 59_999, 60_000, 3_660_000, 90_000_000].map(span),
            ["0s", "59s", "1m", "1h01m", "1d01h"]
        );
        assert_eq!((until(5, 5).as_str(), until(1_001, 1).as_str()), ("now", "in 1s"));
        assert_eq!(moment(0), "1970-01-01T00:00:00Z");
    }
}
