//! A PostgreSQL URL, as far as its role and its database have to be replaced.

use std::fmt;

use crate::failure::{Failure, Result};

/// `postgres://role:password@host:port/database?options`, in its parts. The
/// parts stay encoded as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    role: String,
    password: Option<String>,
    host: String,
    database: String,
    /// With its question mark, or empty.
    options: String,
}

impl DatabaseUrl {
    /// The URL of a database on this machine.
    pub fn local(role: &str, password: &str, port: u16, database: &str) -> Self {
        Self {
            role: role.to_owned(),
            password: Some(password.to_owned()),
            host: format!("127.0.0.1:{port}"),
            database: database.to_owned(),
            options: String::new(),
        }
    }

    /// Reads what a person put into `DATABASE_URL`.
    pub fn parse(url: &str) -> Result<Self> {
        let wrong = || {
            // Not the URL itself: it may hold a password.
            Failure::new("DATABASE_URL is set, but is not the URL of a PostgreSQL database").advise(
                "it must look like postgres://role:password@host:5432/database; \
                     unset it to have a server started",
            )
        };
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or_else(wrong)?;
        let (rest, options) = match rest.find('?') {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, host) = authority.rsplit_once('@').ok_or_else(wrong)?;
        let (role, password) = match credentials.split_once(':') {
            Some((role, password)) => (role, Some(password.to_owned())),
            None => (credentials, None),
        };
        if role.is_empty() || host.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            role: role.to_owned(),
            password,
            host: host.to_owned(),
            // As libpq does when none is named.
            database: if database.is_empty() { role } else { database }.to_owned(),
            options: options.to_owned(),
        })
    }

    /// The same server, as another role.
    pub fn with_role(&self, role: &str, password: &str) -> Self {
        Self { role: role.to_owned(), password: Some(password.to_owned()), ..self.clone() }
    }

    /// The same server and role, another database.
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: database.to_owned(), ..self.clone() }
    }

    /// The same database, reached at another `host:port`.
    pub fn with_address(&self, address: impl fmt::Display) -> Self {
        Self { host: address.to_string(), ..self.clone() }
    }

    /// `host:port`, or a host alone.
    pub fn address(&self) -> &str {
        &self.host
    }

    /// The password, decoded, or an empty text.
    pub fn password(&self) -> String {
        self.password.as_deref().map(decode).unwrap_or_default()
    }

    /// The URL, fit to be shown.
    pub fn without_password(&self) -> String {
        Self { password: None, ..self.clone() }.to_string()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}", self.role)?;
        if let Some(password) = &self.password {
            write!(f, ":{password}")?;
        }
        write!(f, "@{}/{}{}", self.host, self.database, self.options)
    }
}

/// Undoes percent encoding; what is not valid stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = tail
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_printed_as_it_was_read() {
        for url in
            ["postgres://app:s%40cret@db.example:5433/main?sslmode=require", "postgres://app@127.0.0.1/main"]
        {
            assert_eq!(DatabaseUrl::parse(url).expect(url).to_string(), url);
        }
    }

    #[test]
    fn role_and_database_are_replaced_and_options_kept() {
        let url = DatabaseUrl::parse("postgresql://app:pw@h:1?sslmode=require").expect("valid");
        assert_eq!(
            url.with_role("order", "x").with_database("order").to_string(),
            "postgres://order:x@h:1/order?sslmode=require"
        );
        assert_eq!(url.to_string(), "postgres://app:pw@h:1/app?sslmode=require");
    }

    #[test]
    fn a_password_is_decoded_and_never_shown() {
        let url = DatabaseUrl::parse("postgres://app:s%40c%zzret@h/d").expect("valid");
        assert_eq!(url.password(), "s@c%zzret");
        assert_eq!(url.without_password(), "postgres://app@h/d");
    }

    #[test]
    fn another_database_is_refused_without_showing_it() {
        for url in ["sqlite://secret.db", "postgres:///secret", "secret"] {
            let text = DatabaseUrl::parse(url).expect_err(url).to_string();
            assert!(!text.contains("secret"), "{text}");
        }
    }
}
