//! Accepts connections, and serves each until its end, its client's time, or the stop.

use std::convert::Infallible;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tracing::debug;

use super::connections::{Connections, Patience, Place};
use super::edge::Edge;
use super::endpoint::Endpoint;
use super::server::{Server, router};
use super::stream::Stream;
use crate::service::Service;
use crate::store::Store;

/// How often connections are looked at whose clients may have had their time.
const SWEEP: Duration = Duration::from_secs(1);
/// How long clients may finish their requests when the service stops.
const LAST_CALL: Duration = Duration::from_secs(1);
/// How long requests that came in before the stop are answered: longer than any of them takes.
const DRAIN: Duration = Duration::from_secs(7);
/// The pause after a connection that the system cannot accept.
const PAUSE: Duration = Duration::from_millis(200);
/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The buffer of a connection, at most.
const MAX_BUFFER: usize = 64 * 1024;

/// Serves at `endpoint` until `stop` is done, then answers what is there within a bound.
///
/// # Errors
/// None today: a listener that fails is tried again.
pub async fn serve<S: Service, D: Store>(
    server: Server<S, D>,
    endpoint: Endpoint,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_patiently(server, endpoint, stop, Patience::default()).await
}

/// The same, with clients that have other times.
pub(super) async fn serve_patiently<S: Service, D: Store>(
    server: Server<S, D>,
    mut endpoint: Endpoint,
    stop: impl Future<Output = ()> + Send + 'static,
    patience: Patience,
) -> io::Result<()> {
    let other = server.metrics.http.route("other", "other");
    let edge = Edge::new(router(server), std::mem::take(&mut endpoint.origins), other);
    let connections = Arc::new(Connections::new(endpoint.connections, patience));
    let (leave, leaving) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut sweeps = interval(SWEEP);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            biased;
            () = &mut stop => break,
            _ = sweeps.tick() => connections.sweep(),
            Some(_) = tasks.join_next() => {}
            accepted = std::future::poll_fn(|cx| endpoint.poll_accept(cx)) => match accepted {
                Ok(tcp) => {
                    if let Some(place) = connections.admit() {
                        tasks.spawn(attend(tcp, place, edge.clone(), leaving.clone()));
                    }
                }
                Err(error) => refused(&connections, &error).await,
            },
        }
    }
    drop(endpoint);
    drop(edge);
    // Without receivers no connection is open.
    let _ = leave.send(true);
    drain(&connections, tasks).await;
    Ok(())
}

/// One connection, from its first byte to its end.
async fn attend(tcp: TcpStream, place: Place, edge: Edge, mut leaving: watch::Receiver<bool>) {
    // Answers are written whole, so there is nothing to wait for.
    let _ = tcp.set_nodelay(true);
    let connection = place.connection.clone();
    let place = Arc::new(place);
    let io = TokioIo::new(Stream::new(tcp, connection.clone()));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (edge, place) = (edge.clone(), place.clone());
        async move { Ok::<_, Infallible>(edge.answer(request, &place).await) }
    });
    let mut serving = pin!(
        http1::Builder::new()
            .half_close(true)
            .max_header_size(MAX_HEAD)
            .max_buf_size(MAX_BUFFER)
            .serve_connection(io, service)
    );
    let mut told = false;
    loop {
        tokio::select! {
            ended = serving.as_mut() => {
                if let Err(error) = ended {
                    debug!(%error, "a connection broke");
                }
                return;
            }
            () = connection.closing() => return debug!("a connection is closed: its client took too long"),
            _ = leaving.changed(), if !told => {
                told = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}

/// A connection that was not accepted: its client is gone, or there are no descriptors.
async fn refused(connections: &Connections, error: &io::Error) {
    if matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::ConnectionRefused
    ) {
        return;
    }
    connections.refused(error);
    sleep(PAUSE).await;
}

/// Lets requests end that came in before the stop.
async fn drain(connections: &Connections, mut tasks: JoinSet<()>) {
    let drained = timeout(DRAIN, async {
        let mut last_call = pin!(sleep(LAST_CALL));
        let mut called = false;
        loop {
            tokio::select! {
                ended = tasks.join_next() => if ended.is_none() { break },
                () = &mut last_call, if !called => {
                    called = true;
                    connections.hurry();
                }
            }
        }
    });
    if drained.await.is_err() {
        debug!("the service stops; the connections still open are closed");
    }
    tasks.shutdown().await;
}
