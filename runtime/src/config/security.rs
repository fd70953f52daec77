//! TLS and SASL to Kafka, and the TLS of a PostgreSQL URL, out of environment variables.

use std::path::Path;

use super::Reader;
use crate::kafka::security::{Identity, Mechanism, Sasl, Secret, Security, Tls};
use crate::store::postgres_tls_problems;

const PROTOCOL: &str = "KAFKA_SECURITY_PROTOCOL";
const PROTOCOLS: [(&str, bool, bool); 4] = [
    ("PLAINTEXT", false, false),
    ("SSL", true, false),
    ("SASL_PLAINTEXT", false, true),
    ("SASL_SSL", true, true),
];

/// What means nothing without TLS.
const TLS_VARIABLES: [&str; 6] = [
    "KAFKA_SSL_CA_LOCATION",
    "KAFKA_SSL_CERTIFICATE_LOCATION",
    "KAFKA_SSL_KEY_LOCATION",
    "KAFKA_SSL_KEY_PASSWORD",
    "KAFKA_SSL_KEY_PASSWORD_FILE",
    "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM",
];
/// What means nothing without SASL.
const SASL_VARIABLES: [&str; 5] = [
    "KAFKA_SASL_MECHANISM",
    "KAFKA_SASL_USERNAME",
    "KAFKA_SASL_USERNAME_FILE",
    "KAFKA_SASL_PASSWORD",
    "KAFKA_SASL_PASSWORD_FILE",
];

/// The variables of this module, for `--help`.
pub(crate) const VARIABLES: &str = "\
TLS and SASL, in a build with the cargo feature saga-runtime/tls:
  KAFKA_SECURITY_PROTOCOL         PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL (default: PLAINTEXT)
  KAFKA_SASL_MECHANISM            PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
  KAFKA_SASL_USERNAME             the user, or KAFKA_SASL_USERNAME_FILE: a file that contains it
  KAFKA_SASL_PASSWORD             the user's password, or KAFKA_SASL_PASSWORD_FILE: a file that contains it
  KAFKA_SSL_CA_LOCATION           PEM file or folder of the trusted CAs (default: the system's)
  KAFKA_SSL_CERTIFICATE_LOCATION  PEM file of the client certificate
  KAFKA_SSL_KEY_LOCATION          PEM file of its key
  KAFKA_SSL_KEY_PASSWORD          the password of that key, or KAFKA_SSL_KEY_PASSWORD_FILE
  KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM
                                  https verifies the broker's name against its certificate, none does not
                                  (default: https)
  DATABASE_URL                    …?sslmode=verify-full&sslrootcert=/path, and sslcert, sslkey
  PGSSLMODE, PGSSLROOTCERT, PGSSLCERT, PGSSLKEY
                                  the same, where the URL does not set it";

impl Reader<'_> {
    /// How clients and brokers prove to each other who they are; `built_in` tells whether this build
    /// can do more than trust.
    pub(crate) fn security(&mut self, built_in: bool) -> Security {
        let protocol = self.value(PROTOCOL).unwrap_or_else(|| "PLAINTEXT".to_owned());
        let known = PROTOCOLS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(protocol.trim()));
        let Some((protocol, tls, sasl)) = known.copied() else {
            let wanted = "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL";
            self.problem(PROTOCOL, &format!("is `{protocol}`"), wanted);
            return Security::default();
        };
        if (tls || sasl) && !built_in {
            let what = format!("is {protocol}, but this build has neither TLS nor SASL");
            self.problem(PROTOCOL, &what, "a build with `--features saga-runtime/tls`");
        }
        let unused = TLS_VARIABLES.iter().filter(|_| !tls).chain(SASL_VARIABLES.iter().filter(|_| !sasl));
        for name in unused {
            if self.value(name).is_some() {
                let what = format!("is set but would be ignored, because {PROTOCOL} is {protocol}");
                self.problem(name, &what, "another protocol, or the variable unset");
            }
        }
        Security {
            tls: if tls { Some(self.tls()) } else { None },
            sasl: if sasl { self.sasl() } else { None },
        }
    }

    /// Reports the problems of the TLS settings of a PostgreSQL URL.
    pub(crate) fn database_tls(&mut self, url: &str) {
        for problem in postgres_tls_problems(url, self.get) {
            self.problems.push_str(&problem);
            self.problems.push('\n');
        }
    }

    fn tls(&mut self) -> Tls {
        const ALGORITHM: &str = "KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM";
        let authorities = self.path("KAFKA_SSL_CA_LOCATION");
        let certificate = self.path("KAFKA_SSL_CERTIFICATE_LOCATION");
        let key = self.path("KAFKA_SSL_KEY_LOCATION");
        let key_password = self.secret("KAFKA_SSL_KEY_PASSWORD", "KAFKA_SSL_KEY_PASSWORD_FILE");
        match (&certificate, &key) {
            (Some(_), None) => {
                self.problem("KAFKA_SSL_KEY_LOCATION", "is not set", "the key of the certificate");
            }
            (None, Some(_)) => {
                self.problem("KAFKA_SSL_CERTIFICATE_LOCATION", "is not set", "the certificate of the key");
            }
            (None, None) if key_password.is_some() => {
                self.problem("KAFKA_SSL_KEY_LOCATION", "is not set", "the key that the password is for");
            }
            _ => {}
        }
        let identity =
            certificate.zip(key).map(|(certificate, key)| Identity { certificate, key, key_password });
        let check_name = match self.value(ALGORITHM).as_deref() {
            None | Some("https") => true,
            Some("none") => false,
            Some(other) => {
                self.problem(ALGORITHM, &format!("is `{other}`"), "https or none");
                true
            }
        };
        Tls { authorities, identity, check_name }
    }

    fn sasl(&mut self) -> Option<Sasl> {
        let wanted = "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512";
        let mechanism = match self.value("KAFKA_SASL_MECHANISM") {
            None => {
                self.problem("KAFKA_SASL_MECHANISM", "is not set", wanted);
                None
            }
            Some(name) => {
                let known = Mechanism::ALL.into_iter().find(|known| known.name() == name);
                if known.is_none() {
                    self.problem("KAFKA_SASL_MECHANISM", &format!("is `{name}`"), wanted);
                }
                known
            }
        };
        let username = self.username();
        let given = ["KAFKA_SASL_PASSWORD", "KAFKA_SASL_PASSWORD_FILE"];
        if given.iter().all(|name| self.value(name).is_none()) {
            self.problem(
                given[0],
                "is not set, and neither is KAFKA_SASL_PASSWORD_FILE",
                "the user's password",
            );
        }
        let password = self.secret(given[0], given[1]);
        Some(Sasl { mechanism: mechanism?, username: username?, password: password? })
    }

    /// The user: in clusters it is in the same Secret as the password.
    fn username(&mut self) -> Option<String> {
        const FILE: &str = "KAFKA_SASL_USERNAME_FILE";
        if let Some(name) = self.value("KAFKA_SASL_USERNAME") {
            return Some(name);
        }
        let Some(file) = self.value(FILE) else {
            let what = "is not set, and neither is KAFKA_SASL_USERNAME_FILE";
            self.problem("KAFKA_SASL_USERNAME", what, "the Kafka user");
            return None;
        };
        let what = match std::fs::read_to_string(&file) {
            Ok(name) if !name.trim().is_empty() => return Some(name.trim().to_owned()),
            Ok(_) => format!("({file}) is empty"),
            Err(error) => format!("({file}) cannot be read: {error}"),
        };
        self.problem(FILE, &what, "a file that contains the Kafka user");
        None
    }

    /// A secret, out of a variable or else out of a file that another variable names.
    fn secret(&mut self, name: &str, file_name: &str) -> Option<Secret> {
        if let Some(secret) = self.value(name) {
            return Some(Secret::new(secret));
        }
        let file = self.value(file_name)?;
        match Secret::in_file(Path::new(&file)) {
            Ok(secret) if !secret.is_blank() => Some(secret),
            Ok(_) => {
                self.problem(file_name, &format!("({file}) is empty"), "a file that contains a password");
                None
            }
            Err(error) => {
                let what = format!("({file}) cannot be read: {error}");
                self.problem(file_name, &what, "a file that contains a password");
                None
            }
        }
    }

    /// A path at which there is something that can be read.
    fn path(&mut self, name: &str) -> Option<String> {
        let path = self.value(name)?;
        if let Err(error) = std::fs::File::open(&path) {
            self.problem(name, &format!("({path}) cannot be read: {error}"), "a readable PEM file");
        }
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// The security that these variables ask for, and what is wrong with them.
    fn read(variables: &[(&str, &str)], built_in: bool) -> (Security, String) {
        let get = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut reader = Reader { get: &get, problems: String::new() };
        let security = reader.security(built_in);
        (security, reader.problems)
    }

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("saga-security-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("the temporary folder takes a file");
        path
    }

    #[test]
    fn without_a_word_about_it_there_is_none() {
        assert_eq!(read(&[], false), (Security::default(), String::new()));
        assert_eq!(read(&[(PROTOCOL, "plaintext")], false), (Security::default(), String::new()));
    }

    #[test]
    fn a_user_and_an_authority_are_read() {
        let (authority, password) = (file("ca.pem", "PEM"), file("password", "open sesame \n"));
        let (security, problems) = read(
            &[
                (PROTOCOL, "SASL_SSL"),
                ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"),
                ("KAFKA_SASL_USERNAME", "order"),
                ("KAFKA_SASL_PASSWORD_FILE", &password.to_string_lossy()),
                ("KAFKA_SSL_CA_LOCATION", &authority.to_string_lossy()),
            ],
            true,
        );
        for path in [&authority, &password] {
            std::fs::remove_file(path).expect("it goes again");
        }
        assert_eq!(problems, "");
        let authorities = Some(authority.to_string_lossy().into_owned());
        assert_eq!(security.tls, Some(Tls { authorities, identity: None, check_name: true }));
        let password = Secret::new("open sesame ");
        let sasl = Sasl { mechanism: Mechanism::ScramSha512, username: "order".into(), password };
        assert_eq!(security.sasl, Some(sasl));
    }

    #[test]
    fn a_user_may_be_in_a_file() {
        let user = file("username", "order\n");
        let read_from = |path: &str| {
            let asked = [
                (PROTOCOL, "SASL_PLAINTEXT"),
                ("KAFKA_SASL_MECHANISM", "PLAIN"),
                ("KAFKA_SASL_USERNAME_FILE", path),
                ("KAFKA_SASL_PASSWORD", "s3cret"),
            ];
            read(&asked, true)
        };
        let (security, problems) = read_from(&user.to_string_lossy());
        assert_eq!(
            (security.sasl.map(|sasl| sasl.username).as_deref(), problems.as_str()),
            (Some("order"), "")
        );
        std::fs::write(&user, " \n").expect("the temporary folder takes a file");
        assert!(read_from(&user.to_string_lossy()).1.contains(") is empty"));
        std::fs::remove_file(&user).expect("it goes again");
        assert!(read_from("/nowhere").1.contains("USERNAME_FILE (/nowhere) cannot be read"));
    }

    #[test]
    fn a_build_without_it_says_how_to_get_one() {
        for protocol in ["SSL", "SASL_PLAINTEXT", "SASL_SSL"] {
            let (_, problems) = read(&[(PROTOCOL, protocol)], false);
            assert!(problems.contains("--features saga-runtime/tls"), "{problems}");
        }
    }

    #[test]
    fn everything_that_cannot_work_is_said_at_once() {
        for (variables, expected) in [
            (&[(PROTOCOL, "TLS")][..], &["is `TLS`; expected: PLAINTEXT, SSL"][..]),
            (
                &[
                    (PROTOCOL, "SASL_SSL"),
                    ("KAFKA_SASL_MECHANISM", "GSSAPI"),
                    ("KAFKA_SSL_KEY_PASSWORD", "s3cret"),
                ],
                &[
                    "MECHANISM is `GSSAPI`",
                    "USERNAME is not set",
                    "SASL_PASSWORD is not set",
                    "KEY_LOCATION is not set",
                ],
            ),
            (
                &[("KAFKA_SASL_PASSWORD", "s3cret")],
                &["would be ignored, because KAFKA_SECURITY_PROTOCOL is PLAINTEXT"],
            ),
            (
                &[(PROTOCOL, "SASL_PLAINTEXT"), ("KAFKA_SSL_CA_LOCATION", "/ca")],
                &["KAFKA_SSL_CA_LOCATION is set but would be ignored", "KAFKA_SASL_MECHANISM is not set"],
            ),
            (
                &[
                    (PROTOCOL, "SSL"),
                    ("KAFKA_SSL_CA_LOCATION", "/does/not/exist"),
                    ("KAFKA_SSL_CERTIFICATE_LOCATION", "/dev/null"),
                    ("KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM", "HTTP"),
                ],
                &[
                    "(/does/not/exist) cannot be read",
                    "KEY_LOCATION is not set",
                    "is `HTTP`; expected: https or none",
                ],
            ),
            (
                &[(PROTOCOL, "SSL"), ("KAFKA_SSL_KEY_LOCATION", "/dev/null")],
                &["CERTIFICATE_LOCATION is not set"],
            ),
            (
                &[(PROTOCOL, "SASL_PLAINTEXT"), ("KAFKA_SASL_PASSWORD_FILE", "/dev/null")],
                &["(/dev/null) is empty"],
            ),
        ] {
            let (_, problems) = read(variables, true);
            for text in expected {
                assert!(problems.contains(text), "{text} is not in:\n{problems}");
            }
            assert!(!problems.contains("s3cret"), "{problems}");
        }
    }
}
