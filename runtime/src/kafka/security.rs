//! How clients know whom they talk to, and how they prove who they are.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;

/// Whether this build speaks TLS and SASL: its cargo feature `tls`.
pub const BUILT_IN: bool = cfg!(feature = "tls");

/// TLS and SASL of all clients; by default neither.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security {
    /// Encryption, with a broker that has to show a certificate.
    pub tls: Option<Tls>,
    /// User and password.
    pub sasl: Option<Sasl>,
}

/// TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// A PEM file or a folder of the authorities that are trusted; without one, those of the system.
    pub authorities: Option<String>,
    /// What the broker is shown, if it asks.
    pub identity: Option<Identity>,
    /// Whether the broker's certificate must match the name it was reached by.
    pub check_name: bool,
}

/// The certificate of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A PEM file.
    pub certificate: String,
    /// A PEM file.
    pub key: String,
    /// What the key is encrypted with.
    pub key_password: Option<Secret>,
}

/// A user and how it proves that it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sasl {
    /// The mechanism.
    pub mechanism: Mechanism,
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: Secret,
}

/// A mechanism of SASL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// The password itself is sent.
    Plain,
    /// Both sides prove that they know the password.
    ScramSha256,
    /// The same, with a longer hash.
    ScramSha512,
}

/// A text that is never shown.
#[derive(Clone)]
pub struct Secret {
    text: String,
    /// Where it was read. It may be another one there by now.
    file: Option<PathBuf>,
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Secret {}

impl Secret {
    /// A text that is not to be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), file: None }
    }

    /// The text in a file; each client is made with what the file contains then.
    ///
    /// # Errors
    /// [`std::io::Error`] when the file cannot be read.
    pub fn in_file(file: &Path) -> std::io::Result<Self> {
        let text = std::fs::read_to_string(file)?;
        // Editors end the last line.
        Ok(Self { text: text.trim_end_matches(['\r', '\n']).to_owned(), file: Some(file.to_owned()) })
    }

    /// Whether there is nothing to be kept secret.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// As it is now. A file that cannot be read, or is being written, leaves what was read before.
    fn current(&self) -> String {
        let again = self.file.as_deref().and_then(|file| Self::in_file(file).ok());
        again.filter(|again| !again.is_blank()).unwrap_or_else(|| self.clone()).text
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Mechanism {
    /// All mechanisms.
    pub const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// As Kafka calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl Security {
    /// The security protocol, as Kafka calls it.
    pub const fn protocol(&self) -> &'static str {
        match (&self.tls, &self.sasl) {
            (None, None) => "PLAINTEXT",
            (Some(_), None) => "SSL",
            (None, Some(_)) => "SASL_PLAINTEXT",
            (Some(_), Some(_)) => "SASL_SSL",
        }
    }

    /// What the files of passwords and certificates contain now: another number when one of them changed.
    /// A client reads them once, when it is made.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        if let Some(sasl) = &self.sasl {
            sasl.password.current().hash(&mut hasher);
        }
        if let Some(Tls { authorities, identity, .. }) = &self.tls {
            let identity = identity.as_ref();
            let files = [
                authorities.as_deref(),
                identity.map(|it| it.certificate.as_str()),
                identity.map(|it| it.key.as_str()),
            ];
            for file in files.into_iter().flatten() {
                std::fs::read(file).ok().hash(&mut hasher);
            }
            identity.and_then(|it| it.key_password.as_ref()).map(Secret::current).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Sets what differs from librdkafka's defaults. Without TLS and SASL that is nothing: a build
    /// without them does not know their settings.
    pub(super) fn apply(&self, config: &mut ClientConfig) {
        if *self == Self::default() {
            return;
        }
        config.set("security.protocol", self.protocol().to_ascii_lowercase());
        if let Some(tls) = &self.tls {
            tls.apply(config);
        }
        if let Some(sasl) = &self.sasl {
            config
                .set("sasl.mechanism", sasl.mechanism.name())
                .set("sasl.username", &sasl.username)
                .set("sasl.password", sasl.password.current());
        }
    }
}

impl Tls {
    fn apply(&self, config: &mut ClientConfig) {
        let algorithm = if self.check_name { "https" } else { "none" };
        config.set("ssl.endpoint.identification.algorithm", algorithm);
        if let Some(authorities) = &self.authorities {
            config.set("ssl.ca.location", authorities);
        }
        if let Some(identity) = &self.identity {
            config
                .set("ssl.certificate.location", &identity.certificate)
                .set("ssl.key.location", &identity.key);
            if let Some(password) = &identity.key_password {
                config.set("ssl.key.password", password.current());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything() -> Security {
        let identity = Identity {
            certificate: "client.pem".into(),
            key: "client.key".into(),
            key_password: Some(Secret::new("opensesame")),
        };
        let tls = Tls { authorities: Some("ca.pem".into()), identity: Some(identity), check_name: true };
        let password = Secret::new("opensesame");
        let sasl = Sasl { mechanism: Mechanism::ScramSha512, username: "order".into(), password };
        Security { tls: Some(tls), sasl: Some(sasl) }
    }

    #[test]
    fn every_setting_reaches_the_client() {
        let mut config = ClientConfig::new();
        everything().apply(&mut config);
        for (name, value) in [
            ("security.protocol", "sasl_ssl"),
            ("ssl.endpoint.identification.algorithm", "https"),
            ("ssl.ca.location", "ca.pem"),
            ("ssl.certificate.location", "client.pem"),
            ("ssl.key.location", "client.key"),
            ("ssl.key.password", "opensesame"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "order"),
            ("sasl.password", "opensesame"),
        ] {
            assert_eq!(config.get(name), Some(value), "{name}");
        }
        let mut plain = ClientConfig::new();
        Security::default().apply(&mut plain);
        assert!(plain.config_map().is_empty());
    }

    #[test]
    fn a_password_that_was_changed_reaches_the_next_client() {
        let file = std::env::temp_dir().join(format!("saga-rotated-{}", std::process::id()));
        std::fs::write(&file, "old\n").expect("a temporary file");
        let password = Secret::in_file(&file).expect("it was written");
        let sasl = Sasl { mechanism: Mechanism::Plain, username: "order".into(), password };
        let security = Security { tls: None, sasl: Some(sasl) };
        let password = || {
            let mut config = ClientConfig::new();
            security.apply(&mut config);
            config.get("sasl.password").map(str::to_owned)
        };
        let before = security.fingerprint();
        assert_eq!(password().as_deref(), Some("old"));
        std::fs::write(&file, "new\n").expect("it is writable");
        assert_eq!(password().as_deref(), Some("new"));
        assert_ne!(security.fingerprint(), before);
        std::fs::write(&file, "").expect("it is writable");
        assert_eq!(password().as_deref(), Some("old"), "a file that is being written says nothing");
        std::fs::remove_file(&file).expect("it goes again");
        assert_eq!((password().as_deref(), security.fingerprint()), (Some("old"), before));
    }

    #[test]
    fn a_secret_is_not_shown() {
        let text = format!("{:?} {:#?}", everything(), everything());
        assert!(text.contains("client.pem") && !text.contains("opensesame"), "{text}");
    }
}
