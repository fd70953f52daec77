//! The parameters in the path of a request.

use axum::extract::RawPathParams;
use axum::extract::rejection::RawPathParamsRejection;
use axum::http::StatusCode;

use crate::lane::requests::Problem;

/// The parameters that the router found, or why it did not.
pub(super) type FoundParams = Result<RawPathParams, RawPathParamsRejection>;

/// A path as the router matches it: with the places of parameters for their names. So two routes share a
/// path even if they name its parameters differently.
pub(super) fn matched(path: &str) -> String {
    let mut params = 0;
    let segments = path.split('/').map(|segment| {
        if !segment.starts_with('{') {
            return segment.to_owned();
        }
        params += 1;
        format!("{{{params}}}")
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The values of the parameters, in their order.
///
/// # Errors
/// 400 if one is not in UTF-8.
pub(super) fn values(params: FoundParams) -> Result<Vec<String>, Problem> {
    match params {
        Ok(params) => Ok(params.iter().map(|(_, value)| value.to_owned()).collect()),
        Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "the path is not in UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use super::matched;

    #[test]
    fn a_path_is_matched_by_the_places_of_its_parameters() {
        for (path, expected) in [
            ("/", "/"),
            ("/carts", "/carts"),
            ("/carts/", "/carts/"),
            ("/carts/{id}", "/carts/{1}"),
            ("/users/{userId}/carts/{id}", "/users/{1}/carts/{2}"),
            ("/users/{userId}/carts/", "/users/{1}/carts/"),
        ] {
            assert_eq!(matched(path), expected);
        }
    }
}
