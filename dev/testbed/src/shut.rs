//! Servers that let in whom they know.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use saga_testbed::failure::{Doing, Failure, Result};
use saga_testbed::{BrokerDoors, DatabaseDoors, Doors};

use super::certificates::Certificates;
use super::guarded::Guarded;

/// Who is let in to PostgreSQL: to the database `product` only who shows a certificate as well.
const TLS_ALONE: &str = "\
hostssl product all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
hostssl all     all 127.0.0.1/32 scram-sha-256
";

/// A broker with the listeners of [`Guarded`], and a PostgreSQL that takes TLS alone.
#[derive(Default)]
pub struct Shut {
    made: Mutex<(Option<Certificates>, Option<Guarded>)>,
}

impl Shut {
    /// The certificates of both servers, once they are started.
    ///
    /// # Errors
    /// Before that.
    pub fn certificates(&self) -> Result<Certificates> {
        self.made().0.clone().ok_or_else(|| Failure::new("no server was started with these doors"))
    }

    /// The listeners of the broker, once it is started.
    ///
    /// # Errors
    /// Before that.
    pub fn guarded(&self) -> Result<Guarded> {
        self.made().1.clone().ok_or_else(|| Failure::new("no broker was started with these doors"))
    }

    fn made(&self) -> MutexGuard<'_, (Option<Certificates>, Option<Guarded>)> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors for Shut {
    fn prepare(&self, folder: &Path) -> Result<()> {
        self.made().0 = Some(Certificates::create(folder)?);
        Ok(())
    }

    fn broker(&self, folder: &Path) -> Result<BrokerDoors> {
        let guarded = Guarded::create(&self.certificates()?, folder)?;
        self.made().1 = Some(guarded.clone());
        Ok(BrokerDoors {
            listeners: guarded.listeners(),
            advertised: guarded.listeners(),
            protocols: vec!["PASSWORD:SASL_SSL".to_owned(), "CERTIFICATE:SSL".to_owned()],
            properties: guarded.properties(),
            format_arguments: guarded.format_arguments(),
        })
    }

    fn database(&self) -> Result<DatabaseDoors> {
        let certificates = self.certificates()?;
        let (certificate, key) = certificates.server_files();
        Ok(DatabaseDoors {
            files: vec![
                ("server.key", read(&key)?),
                ("server.crt", read(&certificate)?),
                ("root.crt", read(&certificates.authority_file())?),
                ("pg_hba.conf", TLS_ALONE.to_owned()),
            ],
            settings: "ssl = on\nssl_ca_file = 'root.crt'\n".to_owned(),
        })
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).doing(|| format!("read {}", file.display()))
}
