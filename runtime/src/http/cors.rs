//! What browsers let the scripts of other pages do: see <https://fetch.spec.whatwg.org/#http-cors-protocol>.

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::config::AllowedOrigins;

/// What a script may send beside what every page may.
const HEADERS: &str = "content-type, idempotency-key, traceparent, tracestate";
/// What it may read of an answer beside what every script may.
const EXPOSED: &str = "location, retry-after";
/// For how many seconds a browser need not ask again.
const REMEMBERED: &str = "600";

/// What a browser asked on behalf of a script.
pub(super) struct Asked {
    origin: Option<HeaderValue>,
    /// Whether it asks before it sends the request.
    preflight: bool,
}

impl Asked {
    /// `None` where no scripts of other pages are allowed.
    pub(super) fn of(origins: &AllowedOrigins, parts: &Parts) -> Option<Self> {
        if origins.is_none() {
            return None;
        }
        let origin = parts.headers.get(header::ORIGIN).cloned();
        let preflight = parts.method == Method::OPTIONS
            && parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        Some(Self { origin, preflight })
    }
}

/// Permits what was asked, if it is permitted.
pub(super) fn permit(origins: &AllowedOrigins, asked: &Asked, response: &mut Response) {
    let allow = response.headers().get(header::ALLOW).cloned();
    let preflight = asked.preflight && response.status() == StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    if !origins.is_any() {
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
    }
    let Some(origin) = asked.origin.as_ref().filter(|origin| origins.allow(origin.as_bytes())) else {
        return;
    };
    let origin = if origins.is_any() { HeaderValue::from_static("*") } else { origin.clone() };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if !preflight {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        return;
    }
    if let Some(methods) = allow {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(REMEMBERED));
}
