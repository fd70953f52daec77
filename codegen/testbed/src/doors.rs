//! What servers have beside a plain listener on loopback.

use std::path::Path;

use crate::failure::Result;

/// Further ways into the servers. The servers of a project have none; tests have some.
pub trait Doors: Sync {
    /// Is called once, before any server is started, with the folder that they live in.
    ///
    /// # Errors
    /// What it cannot prepare.
    fn prepare(&self, _folder: &Path) -> Result<()> {
        Ok(())
    }

    /// Those of a broker, whose own folder this is. It is asked again before each start on new ports.
    ///
    /// # Errors
    /// What it cannot prepare.
    fn broker(&self, _folder: &Path) -> Result<BrokerDoors> {
        Ok(BrokerDoors::default())
    }

    /// Those of a database server.
    ///
    /// # Errors
    /// What it cannot prepare.
    fn database(&self) -> Result<DatabaseDoors> {
        Ok(DatabaseDoors::default())
    }
}

/// Further listeners of a broker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrokerDoors {
    /// Where each listens, such as `PASSWORD://127.0.0.1:20001`.
    pub listeners: Vec<String>,
    /// What its clients are told to connect to, in the same order.
    pub advertised: Vec<String>,
    /// The security protocol of each name, such as `PASSWORD:SASL_SSL`.
    pub protocols: Vec<String>,
    /// Further lines of `server.properties`.
    pub properties: String,
    /// Further arguments for the formatting of its data folder.
    pub format_arguments: Vec<String>,
}

/// Another way into a database server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DatabaseDoors {
    /// Files beside its data, by their names.
    pub files: Vec<(&'static str, String)>,
    /// Further settings.
    pub settings: String,
}

/// No further doors.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

impl Doors for Plain {}
