//! What a PostgreSQL URL and the environment say about TLS, where sqlx would
//! follow them silently in another way than libpq does, or fail only later.

use std::fs::File;

use sqlx::postgres::PgSslMode;

/// Whether this build speaks TLS: its cargo feature `tls`.
const BUILT_IN: bool = cfg!(feature = "tls");

/// Each parameter by its names in a URL, and the variable that stands in for it.
const MODE: Parameter = (&["sslmode", "ssl-mode"], "PGSSLMODE");
const AUTHORITY: Parameter = (&["sslrootcert", "ssl-root-cert", "ssl-ca"], "PGSSLROOTCERT");
const CERTIFICATE: Parameter = (&["sslcert", "ssl-cert"], "PGSSLCERT");
const KEY: Parameter = (&["sslkey", "ssl-key"], "PGSSLKEY");

type Parameter = (&'static [&'static str], &'static str);
/// Looks a variable of the environment up.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The value of a parameter, and what it was called.
struct Given {
    name: String,
    value: String,
}

/// What is wrong with what `url` and the environment ask for, one line each. Secrets are not repeated.
pub fn problems(url: &str, environment: Environment<'_>) -> Vec<String> {
    problems_in(url, environment, BUILT_IN)
}

/// The mode that `asked` means, together with what else is given: as in libpq, `require` with an
/// authority means that it is asked. sqlx would trust anybody then.
pub(super) fn mode(asked: PgSslMode, url: &str, environment: Environment<'_>) -> PgSslMode {
    match asked {
        PgSslMode::Require if given(AUTHORITY, url, environment).is_some() => PgSslMode::VerifyCa,
        asked => asked,
    }
}

fn problems_in(url: &str, environment: Environment<'_>, built_in: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if parameter(url, &["sslpassword"]).is_some() {
        problems.push(
            "DATABASE_URL has `sslpassword`, but encrypted keys are not supported; expected: an `sslkey` without a \
             password"
                .to_owned(),
        );
    }
    // sqlx takes a PGSSLMODE that it cannot read for none at all.
    if let Some(Given { name, value }) = given(MODE, url, environment) {
        match value.to_ascii_lowercase().as_str() {
            "" | "disable" | "allow" | "prefer" => {}
            "require" | "verify-ca" | "verify-full" if built_in => {
                problems.extend(of_files(url, environment));
            }
            "require" | "verify-ca" | "verify-full" => problems.push(format!(
                "{name} is {value}, but this build has no TLS; expected: a build with `--features saga-runtime/tls`"
            )),
            _ => problems.push(format!(
                "{name} is `{value}`; expected: disable, prefer, require, verify-ca or verify-full"
            )),
        }
    }
    problems
}

/// What is wrong with the files of a connection that has to be encrypted.
fn of_files(url: &str, environment: Environment<'_>) -> Vec<String> {
    let authority = given(AUTHORITY, url, environment);
    let (certificate, key) = (given(CERTIFICATE, url, environment), given(KEY, url, environment));
    let mut problems = Vec::new();
    match (&certificate, &key) {
        (Some(Given { name, .. }), None) => {
            problems.push(format!("{name} is set without sslkey or PGSSLKEY; expected: both, or neither"));
        }
        (None, Some(Given { name, .. })) => {
            problems.push(format!("{name} is set without sslcert or PGSSLCERT; expected: both, or neither"));
        }
        _ => {}
    }
    for Given { name, value } in [authority, certificate, key].into_iter().flatten() {
        // sqlx takes the PEM itself, too.
        if value.trim_start().starts_with("-----BEGIN") {
            continue;
        }
        if let Err(error) = File::open(&value) {
            let wanted = match value.as_str() {
                "system" => "none at all; the system's CAs are then trusted",
                _ => "a readable PEM file",
            };
            problems.push(format!("{name} ({value}) cannot be read: {error}; expected: {wanted}"));
        }
    }
    problems
}

/// A parameter, out of the URL or else out of the environment.
fn given((names, variable): Parameter, url: &str, environment: Environment<'_>) -> Option<Given> {
    let of_url =
        parameter(url, names).map(|(name, value)| Given { name: format!("`{name}` of DATABASE_URL"), value });
    of_url.or_else(|| environment(variable).map(|value| Given { name: variable.to_owned(), value }))
}

/// The last parameter of a URL with one of these names.
fn parameter(url: &str, names: &[&str]) -> Option<(String, String)> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    pairs.filter(|(name, _)| names.contains(&name.as_str())).last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_variables(_: &str) -> Option<String> {
        None
    }

    fn found(query: &str, variables: &[(&str, &str)], built_in: bool) -> String {
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        problems_in(&format!("postgres://u:s3cret@h/d?{query}"), &environment, built_in).join("\n")
    }

    #[test]
    fn a_build_without_it_refuses_to_be_asked_for_it() {
        for mode in ["require", "verify-ca", "Verify-Full"] {
            for text in
                [found(&format!("sslmode={mode}"), &[], false), found("", &[("PGSSLMODE", mode)], false)]
            {
                assert!(text.contains(mode) && text.contains("--features saga-runtime/tls"), "{text}");
            }
        }
        for mode in ["disable", "allow", "prefer", ""] {
            assert_eq!(found(&format!("sslmode={mode}"), &[("PGSSLMODE", "require")], false), "", "{mode}");
        }
    }

    #[test]
    fn an_unknown_mode_is_refused_wherever_it_stands() {
        assert!(found("ssl-mode=verifyfull", &[], true).contains("`verifyfull`; expected: disable"));
        let text = found("", &[("PGSSLMODE", "verify_full")], true);
        assert!(text.starts_with("PGSSLMODE is `verify_full`"), "{text}");
    }

    #[test]
    fn files_have_to_be_there_and_in_pairs() {
        let text = found(
            "sslmode=prefer&sslmode=verify-full&sslrootcert=%2Fno%2Fca.pem",
            &[("PGSSLCERT", "/dev/null"), ("PGSSLROOTCERT", "/dev/null")],
            true,
        );
        assert!(text.contains("`sslrootcert` of DATABASE_URL (/no/ca.pem) cannot be read"), "{text}");
        assert!(text.contains("PGSSLCERT is set without sslkey"), "{text}");
        assert!(found("sslmode=verify-full&sslrootcert=system", &[], true).contains("none at all"));
        assert_eq!(found("sslmode=verify-ca", &[("PGSSLROOTCERT", "/dev/null")], true), "");
        assert_eq!(found("sslmode=prefer&sslrootcert=/no/ca.pem", &[], true), "");
    }

    #[test]
    fn the_password_of_a_key_is_refused_and_not_repeated() {
        let text = found("sslpassword=s3cret", &[], true);
        assert!(text.contains("sslpassword") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn an_authority_is_asked_whenever_one_is_given() {
        let of = |query: &str| mode(PgSslMode::Require, &format!("postgres://u@h/d?{query}"), &no_variables);
        assert!(matches!(of("sslrootcert=/ca.pem"), PgSslMode::VerifyCa));
        assert!(matches!(of("sslcert=/c.pem"), PgSslMode::Require));
        let variable = |name: &str| (name == "PGSSLROOTCERT").then(|| "/ca.pem".to_owned());
        assert!(matches!(mode(PgSslMode::Require, "postgres://u@h/d", &variable), PgSslMode::VerifyCa));
        assert!(matches!(mode(PgSslMode::VerifyFull, "postgres://u@h/d", &variable), PgSslMode::VerifyFull));
    }
}
