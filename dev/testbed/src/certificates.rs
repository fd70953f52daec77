//! An authority and what it certifies, for servers that speak TLS, in a folder
//! that goes with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use saga_testbed::failure::{Doing, Failure, Result};
use saga_testbed::{create_folder, random};

use super::programs;

/// Enough for a test, and nothing that could be left valid.
const DAYS: &str = "2";
/// The name that the server's certificate carries. It is reached as `localhost`, too, which the
/// certificate does not carry.
const SERVER: &str = "subjectAltName=IP:127.0.0.1\n";
const CLIENT: &str = "extendedKeyUsage=clientAuth\n";

/// The files of two authorities, a server and a client, all PEM.
#[derive(Clone)]
pub struct Certificates {
    folder: PathBuf,
    key_password: String,
}

impl Certificates {
    /// Makes all of them in a new folder below `parent`.
    pub fn create(parent: &Path) -> Result<Self> {
        let made = Self { folder: parent.join("certificates"), key_password: random::hex(12)? };
        // PostgreSQL's user has to pass through; the keys themselves are shut.
        create_folder(&made.folder, 0o755)?;
        made.authority("authority")?;
        made.authority("other-authority")?;
        made.certified("server", SERVER)?;
        made.certified("client", CLIENT)?;
        made.openssl(&["pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key"], true)?;
        Ok(made)
    }

    /// The authority that server and client are certified by.
    pub fn authority_file(&self) -> PathBuf {
        self.folder.join("authority.pem")
    }

    /// An authority that has certified neither.
    pub fn other_authority_file(&self) -> PathBuf {
        self.folder.join("other-authority.pem")
    }

    /// The server's certificate and its key.
    pub fn server_files(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("server.pem"), self.folder.join("server.key"))
    }

    /// The client's certificate and its key.
    pub fn client_files(&self) -> (PathBuf, PathBuf) {
        (self.folder.join("client.pem"), self.folder.join("client.key"))
    }

    /// The client's key once more, encrypted, and its password.
    pub fn locked_key(&self) -> (PathBuf, &str) {
        (self.folder.join("locked.key"), &self.key_password)
    }

    fn authority(&self, name: &str) -> Result<()> {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let subject = format!("/CN={name}");
        let made = ["req", "-x509", "-days", DAYS, "-subj", &subject, "-keyout", &key, "-out", &certificate];
        self.openssl(&[&made[..], &NEW_KEY].concat(), false)
    }

    fn certified(&self, name: &str, extensions: &str) -> Result<()> {
        let [key, certificate, request, file] =
            ["key", "pem", "csr", "ext"].map(|extension| format!("{name}.{extension}"));
        let subject = format!("/CN={name}");
        let path = self.folder.join(&file);
        fs::write(&path, extensions).doing(|| format!("write {}", path.display()))?;
        let asked = ["req", "-subj", &subject, "-keyout", &key, "-out", &request];
        self.openssl(&[&asked[..], &NEW_KEY].concat(), false)?;
        let signed =
            ["x509", "-req", "-days", DAYS, "-in", &request, "-out", &certificate, "-extfile", &file];
        let signer = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial"];
        self.openssl(&[&signed[..], &signer].concat(), false)
    }

    fn openssl(&self, arguments: &[&str], locked: bool) -> Result<()> {
        let mut command = Command::new(programs::openssl()?);
        command.current_dir(&self.folder).args(arguments).stdin(Stdio::null());
        if locked {
            // Not in the arguments, which every user of the machine can read.
            command.args(["-passout", "env:KEY_PASSWORD"]).env("KEY_PASSWORD", &self.key_password);
        }
        let output = command.output().doing(|| "run openssl".to_owned())?;
        if output.status.success() {
            Ok(())
        } else {
            let output = [output.stdout, output.stderr].concat();
            Err(Failure::new("openssl cannot create a certificate").with_output(&output))
        }
    }
}

/// A new key, not encrypted, of a kind that is made at once.
const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
