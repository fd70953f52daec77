//! A TCP proxy that does to connections what networks do.

mod commit;
mod link;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use commit::CommitFinder;
pub(crate) use link::{ConnectionFault, Way};
use link::{Link, Verdict};

/// How long what was passed on gets to arrive before the connection is reset.
const ANSWERED: Duration = Duration::from_millis(100);
/// How many bytes a pump takes at a time.
const CHUNK: usize = 16 * 1024;

/// What the bytes mean, as far as the proxy looks into them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// PostgreSQL: it finds BEGIN and COMMIT.
    Postgres,
    /// Anything else.
    Opaque,
}

/// which connections a fault is injected into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One; which one, counted around the open ones.
    One(u64),
    /// All that are open.
    All,
    /// All that came through one door.
    Door(usize),
}

/// Passes connections on to one server.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Where it listens: one address a door.
    pub doors: Vec<SocketAddr>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    protocol: Protocol,
    server: Mutex<Option<SocketAddr>>,
    links: Mutex<BTreeMap<u64, Open>>,
    /// Doors that let no connection through.
    shut: Mutex<BTreeSet<usize>>,
    next: AtomicU64,
}

/// An open connection.
#[derive(Debug)]
struct Open {
    door: usize,
    link: Arc<Link>,
}

impl Proxy {
    /// Listens on free loopback ports, one a door. Needs a tokio runtime, and lives as long as it.
    ///
    /// # Errors
    /// [`io::Error`] when there is no port.
    pub(crate) async fn start(protocol: Protocol, doors: usize) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            protocol,
            server: Mutex::default(),
            links: Mutex::default(),
            shut: Mutex::default(),
            next: AtomicU64::new(0),
        });
        let mut addresses = Vec::with_capacity(doors);
        for door in 0..doors {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.push(listener.local_addr()?);
            tokio::spawn(accept(listener, door, Arc::clone(&shared)));
        }
        Ok(Self { doors: addresses, shared })
    }

    /// Says which server connections go to. Until then they are refused.
    pub(crate) fn lead_to(&self, server: SocketAddr) {
        *lock(&self.shared.server) = Some(server);
    }

    /// Injects a fault into open connections; returns into how many.
    pub(crate) fn inject(&self, scope: Scope, fault: ConnectionFault) -> usize {
        let links = lock(&self.shared.links);
        let within = |open: &&Open| !matches!(scope, Scope::Door(door) if door != open.door);
        let links = links.values().filter(within).map(|open| &open.link);
        let links: Vec<&Arc<Link>> = links.filter(|link| link.accepts(fault)).collect();
        let victims = match scope {
            Scope::All | Scope::Door(_) => links,
            Scope::One(_) if links.is_empty() => Vec::new(),
            Scope::One(which) => vec![links[(which % links.len() as u64) as usize]],
        };
        for link in &victims {
            link.inject(fault);
        }
        victims.len()
    }

    /// Breaks the connections of a door, and refuses new ones until it is opened again.
    pub(crate) fn shut(&self, door: usize) {
        lock(&self.shared.shut).insert(door);
        self.inject(Scope::Door(door), ConnectionFault::Reset);
    }

    /// Lets connections through a door again.
    pub(crate) fn open(&self, door: usize) {
        lock(&self.shared.shut).remove(&door);
    }

    /// Ends all faults that last. What is closed stays closed.
    pub(crate) fn relieve(&self) {
        for open in lock(&self.shared.links).values() {
            open.link.relieve();
        }
    }
}

async fn accept(listener: TcpListener, door: usize, shared: Arc<Shared>) {
    loop {
        // An error is one of the connection that was to be accepted.
        let Ok((client, _)) = listener.accept().await else { continue };
        let server = *lock(&shared.server);
        let Some(server) = server.filter(|_| !lock(&shared.shut).contains(&door)) else { continue };
        tokio::spawn(serve(client, door, server, Arc::clone(&shared)));
    }
}

/// Passes one connection on until both ways have ended, or it is reset.
async fn serve(mut client: TcpStream, door: usize, server: SocketAddr, shared: Arc<Shared>) {
    let Ok(mut server) = TcpStream::connect(server).await else {
        // As the server itself would: refused, not closed in order.
        let _ = client.set_zero_linger();
        return;
    };
    // Small messages must not wait for each other.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let id = shared.next.fetch_add(1, Ordering::Relaxed);
    let link = Arc::new(Link::default());
    lock(&shared.links).insert(id, Open { door, link: Arc::clone(&link) });
    let reset = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let finder = (shared.protocol == Protocol::Postgres).then(CommitFinder::default);
        let up = pump(&link, Way::Up, from_client, to_server, finder);
        let down = pump(&link, Way::Down, from_server, to_client, None);
        tokio::select! {
            _ = async { tokio::join!(up, down) } => false,
            () = link.until_reset() => true,
        }
    };
    lock(&shared.links).remove(&id);
    if reset {
        // Without waiting for what is unsent: both sides see it broken, not closed.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

/// Passes one way on until its sender has closed it.
async fn pump(
    link: &Link,
    way: Way,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut finder: Option<CommitFinder>,
) {
    let mut buffer = vec![0; CHUNK];
    let mut closed = false;
    loop {
        let read = tokio::select! {
            () = link.until_closed(way), if !closed => {
                closed = true;
                let _ = to.shutdown().await;
                continue;
            }
            read = from.read(&mut buffer) => read,
        };
        let bytes = match read {
            // A connection that breaks on one side breaks on the other.
            Err(_) => return link.inject(ConnectionFault::Reset),
            Ok(0) => return drop(to.shutdown().await),
            Ok(read) => &buffer[..read],
        };
        let found = finder.as_mut().map(|finder| finder.find(bytes)).unwrap_or_default();
        if found.begin {
            link.begins();
        }
        sleep(link.wait()).await;
        let (pass, end) = match link.judge(way, bytes.len(), found.commit) {
            Verdict::Pass => (bytes.len(), false),
            Verdict::Discard => (0, false),
            Verdict::Cut(at) => (at, true),
            Verdict::LoseAnswer => (bytes.len(), true),
        };
        let passed = to.write_all(&bytes[..pass]).await;
        if end {
            sleep(ANSWERED).await;
        }
        if end || passed.is_err() {
            link.inject(ConnectionFault::Reset);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics while it holds one.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service's side and a server's side of one connection through a proxy.
    async fn connected(protocol: Protocol) -> (Proxy, TcpStream, TcpStream) {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let proxy = Proxy::start(protocol, 2).await.expect("a port");
        proxy.lead_to(server.local_addr().expect("it is bound"));
        let client = TcpStream::connect(proxy.doors[1]).await.expect("the proxy listens");
        let (accepted, _) = server.accept().await.expect("it is passed on");
        while lock(&proxy.shared.links).is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        (proxy, client, accepted)
    }

    async fn expect(stream: &mut TcpStream, text: &[u8]) {
        let mut buffer = vec![0; text.len()];
        stream.read_exact(&mut buffer).await.expect("it arrives");
        assert_eq!(buffer, text);
    }

    #[tokio::test]
    async fn bytes_pass_both_ways_and_the_end_too() {
        let (_proxy, mut client, mut server) = connected(Protocol::Opaque).await;
        client.write_all(b"question").await.expect("it is open");
        expect(&mut server, b"question").await;
        server.write_all(b"answer").await.expect("it is open");
        expect(&mut client, b"answer").await;
        drop(client);
        assert_eq!(server.read(&mut [0; 8]).await.expect("closed in order"), 0);
    }

    #[tokio::test]
    async fn a_cut_lets_half_of_the_next_bytes_through() {
        let (proxy, mut client, mut server) = connected(Protocol::Opaque).await;
        assert_eq!(proxy.inject(Scope::One(7), ConnectionFault::CutIn(Way::Up)), 1);
        client.write_all(b"12345678").await.expect("it is open");
        expect(&mut server, b"1234").await;
        assert!(server.read(&mut [0; 8]).await.is_err(), "reset, not closed in order");
        assert!(client.read(&mut [0; 8]).await.is_err(), "reset, not closed in order");
    }

    #[tokio::test]
    async fn a_half_close_ends_one_way_only() {
        let (proxy, mut client, mut server) = connected(Protocol::Opaque).await;
        client.write_all(b"before").await.expect("it is open");
        expect(&mut server, b"before").await;
        proxy.inject(Scope::All, ConnectionFault::HalfClose(Way::Up));
        assert_eq!(server.read(&mut [0; 8]).await.expect("closed in order"), 0);
        client.write_all(b"discarded").await.expect("it is open");
        server.write_all(b"still").await.expect("it is open");
        expect(&mut client, b"still").await;
    }

    #[tokio::test]
    async fn a_stall_keeps_everything_for_a_while() {
        let (proxy, mut client, mut server) = connected(Protocol::Opaque).await;
        assert_eq!(proxy.inject(Scope::Door(0), ConnectionFault::Reset), 0, "it came through the other");
        assert_eq!(proxy.inject(Scope::Door(1), ConnectionFault::Stall(Duration::from_millis(150))), 1);
        let begun = std::time::Instant::now();
        client.write_all(b"late").await.expect("it is open");
        expect(&mut server, b"late").await;
        assert!(begun.elapsed() >= Duration::from_millis(140));
    }

    #[tokio::test]
    async fn a_shut_door_lets_no_connection_through_until_it_opens() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let proxy = Proxy::start(Protocol::Opaque, 1).await.expect("a port");
        proxy.lead_to(server.local_addr().expect("it is bound"));
        let mut before = TcpStream::connect(proxy.doors[0]).await.expect("the proxy listens");
        let _accepted = server.accept().await.expect("it is passed on");
        while lock(&proxy.shared.links).is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        proxy.shut(0);
        assert!(matches!(before.read(&mut [0; 8]).await, Err(_) | Ok(0)), "it is broken");
        let mut during = TcpStream::connect(proxy.doors[0]).await.expect("the proxy listens");
        assert!(matches!(during.read(&mut [0; 8]).await, Err(_) | Ok(0)), "a new one too");
        proxy.open(0);
        let _after = TcpStream::connect(proxy.doors[0]).await.expect("the proxy listens");
        server.accept().await.expect("it is passed on again");
    }

    /// What a server hears whose COMMIT is cut, and whether the client hears of it.
    async fn commit_cut(fault: ConnectionFault) -> (Vec<u8>, bool) {
        let (proxy, mut client, mut server) = connected(Protocol::Postgres).await;
        let startup = [0, 0, 0, 8, 0, 3, 0, 0];
        let commit = b"Q\0\0\0\x0bCOMMIT\0";
        assert_eq!(proxy.inject(Scope::All, fault), 0, "it has not committed yet");
        for sent in [&startup[..], commit] {
            client.write_all(sent).await.expect("it is open");
            server.read_exact(&mut vec![0; sent.len()]).await.expect("it arrives");
        }
        assert_eq!(proxy.inject(Scope::All, fault), 1);
        client.write_all(commit).await.expect("it is open");
        let mut rest = vec![0; commit.len()];
        let arrived = server.read_exact(&mut rest).await.is_ok();
        if arrived {
            server.write_all(b"done").await.expect("it is open");
        }
        let answered = matches!(client.read(&mut [0; 8]).await, Ok(read) if read > 0);
        (if arrived { rest } else { Vec::new() }, answered)
    }

    #[tokio::test]
    async fn a_commit_is_lost_before_or_after_it_arrived() {
        assert_eq!(commit_cut(ConnectionFault::CutBeforeCommit).await, (Vec::new(), false));
        assert_eq!(
            commit_cut(ConnectionFault::CutAfterCommit).await,
            (b"Q\0\0\0\x0bCOMMIT\0".to_vec(), false)
        );
    }
}
