//! Which pages' scripts may read a service's answers.

use super::Reader;

/// The variable.
const NAME: &str = "CORS_ALLOWED_ORIGINS";

/// The origins whose scripts may read what a service answers. By default there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AllowedOrigins(Origins);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Origins {
    #[default]
    None,
    Any,
    These(Vec<String>),
}

impl AllowedOrigins {
    /// Whether no page of another site is allowed.
    pub(crate) fn is_none(&self) -> bool {
        self.0 == Origins::None
    }

    /// Whether every page is.
    pub(crate) fn is_any(&self) -> bool {
        self.0 == Origins::Any
    }

    /// Whether scripts of pages of `origin` are allowed.
    pub(crate) fn allow(&self, origin: &[u8]) -> bool {
        match &self.0 {
            Origins::None => false,
            Origins::Any => true,
            Origins::These(known) => known.iter().any(|known| known.as_bytes() == origin),
        }
    }
}

impl Reader<'_> {
    pub(crate) fn origins(&mut self) -> AllowedOrigins {
        let Some(value) = self.value(NAME) else { return AllowedOrigins::default() };
        if value.trim() == "*" {
            return AllowedOrigins(Origins::Any);
        }
        // Browsers write origins in lower case.
        let origins: Vec<_> = value.split(',').map(|origin| origin.trim().to_ascii_lowercase()).collect();
        if !origins.iter().all(|origin| is_origin(origin)) {
            let wanted = "origins, comma-separated, such as https://shop.example,http://localhost:5173, or *";
            self.problem(NAME, &format!("is `{value}`"), wanted);
        }
        AllowedOrigins(Origins::These(origins))
    }
}

/// Whether this is a scheme, a host and maybe a port, as a browser writes them.
fn is_origin(origin: &str) -> bool {
    origin.split_once("://").is_some_and(|(scheme, host)| {
        let of = |text: &str, more: &[u8]| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        of(scheme, b"+-.") && of(host, b"-._:[]")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<AllowedOrigins, String> {
        let get = |name: &str| (name == NAME).then(|| value.to_owned());
        let mut reader = Reader { get: &get, problems: String::new() };
        let origins = reader.origins();
        if reader.problems.is_empty() { Ok(origins) } else { Err(reader.problems) }
    }

    #[test]
    fn origins_are_read_exactly() {
        let origins = read("https://Shop.example, http://[::1]:5173").expect("two origins");
        assert!(origins.allow(b"https://shop.example") && origins.allow(b"http://[::1]:5173"));
        for other in
            ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null", ""]
        {
            assert!(!origins.allow(other.as_bytes()), "{other}");
        }
        assert!(read("*").expect("any origin").is_any());
        assert!(read(" ").expect("nothing").is_none());
    }

    #[test]
    fn what_no_browser_sends_is_refused() {
        for value in [
            "https://shop.example/",
            "shop.example",
            "https://*.example",
            "*,https://a",
            "https://a,,",
            "null",
            "://a",
        ] {
            assert!(read(value).is_err(), "{value}");
        }
    }
}
