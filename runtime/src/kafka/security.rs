//! How clients know whom they talk to, and how they prove who they are.

use std::fmt;

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
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A text that is not to be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
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
                .set("sasl.password", &sasl.password.0);
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
                config.set("ssl.key.password", &password.0);
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
    fn a_secret_is_not_shown() {
        let text = format!("{:?} {:#?}", everything(), everything());
        assert!(text.contains("client.pem") && !text.contains("opensesame"), "{text}");
    }
}
