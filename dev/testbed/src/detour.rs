//! A listener of a broker whose clients are sent elsewhere.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use saga_testbed::failure::Result;
use saga_testbed::{BrokerDoors, Doors, free_port};

/// A test that breaks connections withdraws rights as well. Without a rule everything is allowed.
const RIGHTS: &str = "\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
";

/// A second listener, whose clients are redirected to an address where a proxy passes them on to
/// [`Detour::behind`]. The broker checks the rights of its clients.
pub struct Detour {
    to: SocketAddr,
    behind: Mutex<Option<SocketAddr>>,
}

impl Detour {
    /// By that address.
    pub fn by(to: SocketAddr) -> Self {
        Self { to, behind: Mutex::new(None) }
    }

    /// Where the proxy leads to; none before the broker is started.
    pub fn behind(&self) -> Option<SocketAddr> {
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doors for Detour {
    fn broker(&self, _folder: &Path) -> Result<BrokerDoors> {
        let behind = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        *self.behind.lock().unwrap_or_else(PoisonError::into_inner) = Some(behind);
        Ok(BrokerDoors {
            listeners: vec![format!("DETOUR://{behind}")],
            advertised: vec![format!("DETOUR://{}", self.to)],
            protocols: vec!["DETOUR:PLAINTEXT".to_owned()],
            properties: RIGHTS.to_owned(),
            format_arguments: Vec::new(),
        })
    }
}
