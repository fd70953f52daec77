//! Which bodies are JSON, by what their request says of them.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::lane::requests::Problem;

/// Checks that a request says that its body is JSON in UTF-8. Without a body only browsers have to say it.
///
/// A page of another site can make a browser send a form, plain text or nothing at all, with the cookies and
/// from the network of its user. It cannot make it send what is called JSON unless the service allows that page.
///
/// # Errors
/// 415 says what is expected.
pub(super) fn expect_json(headers: &HeaderMap, is_empty: bool) -> Result<(), Problem> {
    if is_empty && !is_from_browser(headers) {
        return Ok(());
    }
    let refuse = |detail: &str| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    if !(kinds.next().is_some_and(is_json) && kinds.next().is_none()) {
        return refuse("the body must be JSON in UTF-8, and `Content-Type` must say so: application/json");
    }
    let encoded = |value: &HeaderValue| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
    };
    if headers.get_all(header::CONTENT_ENCODING).iter().any(encoded) {
        return refuse("the body must not be compressed");
    }
    Ok(())
}

/// Browsers say from where a script or a form writes.
fn is_from_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")
}

fn is_json(kind: &HeaderValue) -> bool {
    let Ok(kind) = kind.to_str() else { return false };
    let mut parts = kind.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    is_json
        && parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
            let value = value.trim_matches('"');
            !name.eq_ignore_ascii_case("charset")
                || ["utf-8", "utf8", "us-ascii"].iter().any(|known| value.eq_ignore_ascii_case(known))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_in_utf_8_is_taken() {
        for (kind, json) in [
            ("application/json", true),
            ("Application/JSON", true),
            ("application/json; charset=utf-8", true),
            ("application/json;charset=\"UTF-8\"", true),
            ("application/json;", true),
            ("application/json; charset=utf-16", false),
            ("application/json; charset=iso-8859-1", false),
            ("application/jsonp", false),
            ("application/merge-patch+json", false),
            ("application/x-www-form-urlencoded", false),
            ("text/plain; application/json", false),
            ("text/plain", false),
            ("", false),
        ] {
            assert_eq!(is_json(&HeaderValue::from_static(kind)), json, "{kind}");
        }
    }

    #[test]
    fn a_body_without_a_kind_or_compressed_is_not() {
        let mut headers = HeaderMap::new();
        assert!(expect_json(&headers, false).is_err());
        headers.append("content-type", HeaderValue::from_static("application/json"));
        assert!(expect_json(&headers, false).is_ok());
        headers.append("content-encoding", HeaderValue::from_static("identity"));
        assert!(expect_json(&headers, false).is_ok());
        headers.append("content-encoding", HeaderValue::from_static("identity, gzip"));
        assert!(expect_json(&headers, false).is_err());
        headers.remove("content-encoding");
        headers.append("content-type", HeaderValue::from_static("application/json"));
        assert!(expect_json(&headers, false).is_err());
    }

    #[test]
    fn only_a_browser_has_to_say_what_an_empty_body_is() {
        let mut headers = HeaderMap::new();
        headers.append("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        assert!(expect_json(&headers, true).is_ok());
        for (name, value) in [("origin", "null"), ("sec-fetch-site", "cross-site")] {
            let mut headers = headers.clone();
            headers.append(name, HeaderValue::from_static(value));
            assert!(expect_json(&headers, true).is_err(), "{name}");
            headers.insert("content-type", HeaderValue::from_static("application/json"));
            assert!(expect_json(&headers, true).is_ok(), "{name}");
        }
    }
}
