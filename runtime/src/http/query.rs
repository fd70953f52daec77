//! The query of a page: `after` and `limit`.

use percent_encoding::percent_decode_str;

/// How many rows a page has unless the request says.
const DEFAULT_LIMIT: i64 = 100;
/// The most it may have.
const MAX_LIMIT: i64 = 1_000;

/// Which page is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The key before its first.
    pub after: Option<String>,
    /// How many rows it may have.
    pub limit: i64,
}

impl Page {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub(super) fn of(query: Option<&str>) -> Result<Self, String> {
        let (mut after, mut limit) = (None, None);
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name).unwrap_or_default();
            let parameter = match name.as_str() {
                "after" => &mut after,
                "limit" => &mut limit,
                _ => return Err("the parameters are `after` and `limit`".into()),
            };
            let value = decoded(value).ok_or_else(|| format!("`{name}` is not in UTF-8"))?;
            if parameter.replace(value).is_some() {
                return Err(format!("`{name}` is there twice"));
            }
        }
        let limit = limit.map_or(Some(DEFAULT_LIMIT), |limit| limit.parse().ok());
        let limit = limit.filter(|limit| (1..=MAX_LIMIT).contains(limit));
        Ok(Self { after, limit: limit.ok_or_else(|| format!("`limit` must be 1 to {MAX_LIMIT}"))? })
    }
}

/// A value as forms encode it, with `+` for a space.
fn decoded(value: &str) -> Option<String> {
    let value = value.replace('+', " ");
    Some(percent_decode_str(&value).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = |after: Option<&str>, limit| Ok(Page { after: after.map(str::to_owned), limit });
        assert_eq!(Page::of(None), page(None, 100));
        assert_eq!(Page::of(Some("")), page(None, 100));
        assert_eq!(Page::of(Some("limit=1000&after=a%2Fb+c%25")), page(Some("a/b c%"), 1000));
        assert_eq!(Page::of(Some("after")), page(Some(""), 100));
        for query in [
            "limit=0",
            "limit=-1",
            "limit=1001",
            "limit=1e3",
            "limit=",
            "limit=99999999999999999999",
            "limit=1&limit=1",
            "after=a&after=b",
            "offset=1",
            "after=%ff",
            "after=%c3%28",
            "Limit=1",
            "%00=1",
        ] {
            assert!(Page::of(Some(query)).is_err(), "{query}");
        }
    }
}
