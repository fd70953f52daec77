//! Errors as problem documents (RFC 9457).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::event::BadJson;
use crate::outcome::Refusal;

/// How much of a key that does not exist an answer repeats, in bytes.
const MAX_REPEATED: usize = 100;

/// An error response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    title: String,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Problem {
    /// A problem with this status, and what it is in this case.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        Self { title, status: status.as_u16(), detail: detail.into(), field: None }
    }

    /// The service cannot take the request now; the caller may try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// There is no such row.
    pub(crate) fn absent(entity: &str, key: &str) -> Self {
        let key = &key[..key.floor_char_boundary(MAX_REPEATED)];
        Self::new(StatusCode::NOT_FOUND, format!("there is no {entity} {key}"))
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The document.
    pub fn json(&self) -> String {
        // Three strings and a number can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl From<&BadJson> for Problem {
    fn from(error: &BadJson) -> Self {
        let field = error.field().map(str::to_owned);
        Self { field, ..Self::new(StatusCode::BAD_REQUEST, error.to_string()) }
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid { field, reason } => {
                let problem = Self::new(StatusCode::BAD_REQUEST, format!("`{field}` {reason}"));
                Self { field: Some(field.clone()), ..problem }
            }
            Refusal::NotFound { entity, key } => Self::absent(entity, key),
            Refusal::Conflict { reason } => Self::new(StatusCode::CONFLICT, reason.clone()),
            Refusal::Rejected(rejection) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, rejection.reason.clone())
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
