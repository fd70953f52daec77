//! Listeners of a broker that let in whom they know, over TLS.

use std::fs;
use std::path::{Path, PathBuf};

use saga_testbed::failure::{Doing, Result};
use saga_testbed::{free_port, random};

use super::certificates::Certificates;

/// The one user there is.
const USER: &str = "saga";

/// Two listeners: one asks for user and password, by `PLAIN` or `SCRAM`, the other for a certificate.
#[derive(Clone)]
pub struct Guarded {
    by_password: u16,
    by_certificate: u16,
    password: String,
    keystore: PathBuf,
    authority: PathBuf,
}

impl Guarded {
    /// On free ports; what the broker shows goes into `folder`.
    pub(super) fn create(certificates: &Certificates, folder: &Path) -> Result<Self> {
        let keystore = folder.join("server.pem");
        let (certificate, key) = certificates.server_files();
        let mut pem = Vec::new();
        for file in [&key, &certificate] {
            pem.extend(fs::read(file).doing(|| format!("read {}", file.display()))?);
        }
        fs::write(&keystore, pem).doing(|| format!("write {}", keystore.display()))?;
        Ok(Self {
            by_password: free_port()?,
            by_certificate: free_port()?,
            password: random::hex(12)?,
            keystore,
            authority: certificates.authority_file(),
        })
    }

    /// The port of the listener that asks for user and password.
    pub fn by_password(&self) -> u16 {
        self.by_password
    }

    /// The port of the listener that asks for a certificate.
    pub fn by_certificate(&self) -> u16 {
        self.by_certificate
    }

    /// The user and its password.
    pub fn user(&self) -> (&'static str, &str) {
        (USER, &self.password)
    }

    /// What the data folder is formatted with, so that the user is there from the start.
    pub(super) fn format_arguments(&self) -> Vec<String> {
        let user = |mechanism: &str| format!("{mechanism}=[name={USER},password={}]", self.password);
        let flag = || "--add-scram".to_owned();
        vec![flag(), user("SCRAM-SHA-256"), flag(), user("SCRAM-SHA-512")]
    }

    /// Where they listen, and what clients are told to connect to.
    pub(super) fn listeners(&self) -> Vec<String> {
        let (by_password, by_certificate) = (self.by_password, self.by_certificate);
        vec![
            format!("PASSWORD://127.0.0.1:{by_password}"),
            format!("CERTIFICATE://127.0.0.1:{by_certificate}"),
        ]
    }

    /// More of the configuration.
    pub(super) fn properties(&self) -> String {
        let login = "org.apache.kafka.common.security";
        format!(
            "
listener.name.password.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.password.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_{USER}=\"{password}\";
listener.name.password.scram-sha-256.sasl.jaas.config={login}.scram.ScramLoginModule required;
listener.name.password.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
listener.name.certificate.ssl.client.auth=required
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
",
            password = self.password,
            keystore = self.keystore.display(),
            authority = self.authority.display(),
        )
    }
}
