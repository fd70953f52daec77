//! Where a service listens.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};

use tokio::net::{TcpListener, TcpStream};

use super::descriptors;
use crate::config::AllowedOrigins;

/// Where a service listens, and whom it lets read its answers.
pub struct Endpoint {
    /// One for each address; one of `::` takes both families on most systems.
    listeners: Vec<TcpListener>,
    /// The listener that is asked first next time.
    turn: usize,
    /// The most connections it keeps.
    pub(super) connections: usize,
    /// The pages whose scripts may read its answers.
    pub(super) origins: AllowedOrigins,
}

impl Endpoint {
    /// Listens on `host`; on every address of the machine if there is none.
    ///
    /// # Errors
    /// When the address cannot be had, or the port is in use.
    pub(crate) async fn bind(host: Option<IpAddr>, port: u16) -> io::Result<Self> {
        if let Some(host) = host {
            return Ok(TcpListener::bind((host, port)).await?.into());
        }
        let six = match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
            Ok(listener) => listener,
            Err(error) if has_no_ipv6(&error) => {
                return Ok(TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await?.into());
            }
            Err(error) => return Err(error),
        };
        let port = six.local_addr()?.port();
        // Where `::` takes IPv4 as well, as it does by default, the address is in use now.
        match TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await {
            Ok(four) => Ok(Self::of(vec![six, four])),
            Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(six.into()),
            Err(error) => Err(error),
        }
    }

    /// Listens on both loopback addresses, as far as the machine has them.
    ///
    /// # Errors
    /// When the port is in use.
    pub(crate) async fn loopback(port: u16) -> io::Result<Self> {
        let four = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, four.local_addr()?.port())).await {
            Ok(six) => Ok(Self::of(vec![four, six])),
            // Another process would get a part of the requests to `localhost`.
            Err(error) if error.kind() == ErrorKind::AddrInUse && port != 0 => Err(error),
            Err(_) => Ok(four.into()),
        }
    }

    fn of(listeners: Vec<TcpListener>) -> Self {
        let (connections, origins) = (descriptors::limit(1), AllowedOrigins::default());
        Self { listeners, turn: 0, connections, origins }
    }

    /// The same endpoint in a process that `services` share.
    pub(crate) fn shared_by(self, services: usize) -> Self {
        Self { connections: descriptors::limit(services), ..self }
    }

    /// The same endpoint, whose answers scripts of `origins` may read.
    pub(crate) fn allowing(self, origins: AllowedOrigins) -> Self {
        Self { origins, ..self }
    }

    /// Its first address.
    ///
    /// # Errors
    /// When the system does not know it.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listeners.first().ok_or(ErrorKind::AddrNotAvailable)?.local_addr()
    }

    /// The next connection of any listener; each gets its turn.
    pub(super) fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        for _ in 0..self.listeners.len() {
            let listener = &self.listeners[self.turn % self.listeners.len()];
            self.turn = self.turn.wrapping_add(1);
            if let Poll::Ready(accepted) = listener.poll_accept(cx) {
                return Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        Poll::Pending
    }
}

impl From<TcpListener> for Endpoint {
    fn from(listener: TcpListener) -> Self {
        Self::of(vec![listener])
    }
}

/// Whether the machine has no IPv6, or none that is switched on.
fn has_no_ipv6(error: &io::Error) -> bool {
    !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn reached(endpoint: &mut Endpoint, host: impl Into<IpAddr>) -> bool {
        let address = (host.into(), endpoint.address().expect("an address").port());
        let (connected, accepted) =
            tokio::join!(TcpStream::connect(address), std::future::poll_fn(|cx| endpoint.poll_accept(cx)));
        connected.is_ok() && accepted.is_ok()
    }

    #[tokio::test]
    async fn both_families_reach_a_service() {
        let six = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.is_ok();
        for mut endpoint in
            [Endpoint::bind(None, 0).await.expect("a port"), Endpoint::loopback(0).await.expect("a port")]
        {
            assert!(reached(&mut endpoint, Ipv4Addr::LOCALHOST).await);
            assert!(!six || reached(&mut endpoint, Ipv6Addr::LOCALHOST).await);
            let port = endpoint.address().expect("an address").port();
            for taken in [Endpoint::bind(None, port).await, Endpoint::loopback(port).await] {
                assert!(taken.is_err_and(|error| error.kind() == ErrorKind::AddrInUse));
            }
        }
        let mut four = Endpoint::bind(Some(Ipv4Addr::LOCALHOST.into()), 0).await.expect("a port");
        assert!(reached(&mut four, Ipv4Addr::LOCALHOST).await);
    }
}
