//! `Idempotency-Key`, as draft-ietf-httpapi-idempotency-key-header has it.

use axum::http::{HeaderMap, StatusCode};

use crate::lane::requests::Problem;

/// The longest key, in bytes.
const MAX_KEY: usize = 255;

/// The key of a request, if it has one.
///
/// By the draft a key is a quoted string; most clients send it without quotes. Both are the same key.
///
/// # Errors
/// 400 if there are two, or one that is not valid.
pub(super) fn of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|_| values.next().is_none()).and_then(|value| {
        let value = value.trim_ascii();
        if value.starts_with('"') { quoted(value) } else { bare(value) }
    });
    match key {
        Some(key) if (1..=MAX_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            format!(
                "`Idempotency-Key` must be there once, with 1 to {MAX_KEY} characters of ASCII: in double quotes, \
                 or without spaces, quotes and commas"
            ),
        )),
    }
}

/// A string of RFC 9651, section 3.3.3.
fn quoted(value: &str) -> Option<String> {
    let mut characters = value.strip_prefix('"')?.chars();
    let mut key = String::new();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(key),
            '\\' => key.push(characters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            character @ ' '..='~' => key.push(character),
            _ => return None,
        }
    }
}

/// Commas are refused: a proxy may have joined two headers by one.
fn bare(value: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b',');
    value.bytes().all(allowed).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn key(values: &[&'static str]) -> Result<Option<String>, u16> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("idempotency-key", HeaderValue::from_bytes(value.as_bytes()).expect("a header"));
        }
        of(&headers).map_err(|problem| problem.status())
    }

    #[test]
    fn a_key_is_quoted_or_not() {
        assert_eq!(key(&[]), Ok(None));
        for (value, expected) in [
            ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("\"8e03978e\"", "8e03978e"),
            ("\"a, \\\"b\\\" \\\\ c\"", "a, \"b\" \\ c"),
            ("a;b=c", "a;b=c"),
        ] {
            assert_eq!(key(&[value]), Ok(Some(expected.to_owned())), "{value}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for values in [
            &["a", "b"][..],
            &["a", "a"],
            &["a, b"],
            &["a,b"],
            &["a b"],
            &[""],
            &["\"\""],
            &["\""],
            &["\"a"],
            &["\"a\"b"],
            &["\"a\\b\""],
            &["a\"b"],
            &["\u{e4}"],
            &["\"\u{e4}\""],
        ] {
            assert_eq!(key(values), Err(400), "{values:?}");
        }
        let long: &'static str = "x".repeat(256).leak();
        assert_eq!(key(&[long]), Err(400));
        assert!(key(&[&long[1..]]).is_ok());
    }
}
