//! The connections that are open, and for how long each may keep the service waiting.
//!
//! A connection is always in one of five turns. In four of them the client has something to do, and has a
//! bounded time for it. What the service has to do is bounded by the service itself.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tracing::warn;

/// How many more are taken while all others wait for the service; they get health, and nothing else.
pub(super) const RESERVE: usize = 8;
/// How many bytes of bodies a service holds at once: of requests that it reads, and that it has not answered.
const MAX_HELD: usize = 32 * 1024 * 1024;
/// How often the log mentions that connections are closed for want of room.
const MENTIONED: Duration = Duration::from_secs(60);

/// Who has to do something, and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The client: send a request, if it likes.
    Idle,
    /// The client: send the rest of a request's head.
    Head,
    /// The client: send the rest of a request's body.
    Body,
    /// The service: answer.
    Service,
    /// The client: read the answer.
    Answer,
}

/// How long clients may take. Proxies keep idle connections for up to 60 seconds, and a request on one that
/// was just closed fails; so the service keeps them longer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub idle: Duration,
    pub head: Duration,
    pub body: Duration,
    /// To read 64 KiB of an answer, or its rest.
    pub answer: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        let [idle, head, body, answer] = [75, 10, 30, 20].map(Duration::from_secs);
        Self { idle, head, body, answer }
    }
}

/// All connections of a service.
pub(super) struct Connections {
    limit: usize,
    patience: Patience,
    began: Instant,
    /// Those that are not to be closed.
    open: Mutex<Open>,
    /// All of which the descriptor is not closed yet.
    alive: AtomicUsize,
    /// The bytes of bodies that are held.
    held: AtomicUsize,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_id: HashMap<u64, Arc<Connection>>,
    mentioned: Option<Instant>,
    refusals_mentioned: Option<Instant>,
}

/// One connection.
pub(super) struct Connection {
    began: Instant,
    /// Its turn, and the milliseconds since `began` at which the turn began.
    turn: AtomicU64,
    closing: Notify,
    /// Whether it has a place of the reserve.
    reserved: bool,
}

/// A connection's place among the others, until it is dropped.
pub(super) struct Place {
    connections: Arc<Connections>,
    id: u64,
    pub connection: Arc<Connection>,
}

impl Connections {
    pub(super) fn new(limit: usize, patience: Patience) -> Self {
        let (open, alive, held) = (Mutex::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        Self { limit, patience, began: Instant::now(), open, alive, held }
    }

    /// A place for a new connection. If there is none, the connection gives way that has kept the service
    /// waiting for longest. `None` if even the reserve is used up.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Place> {
        if self.alive.load(Ordering::Relaxed) >= self.limit + RESERVE {
            return None;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = open.by_id.len() >= self.limit;
        let reserved = full && !self.make_room(&mut open);
        let connection = Arc::new(Connection {
            began: self.began,
            turn: AtomicU64::new(packed(Turn::Idle, self.began)),
            closing: Notify::new(),
            reserved,
        });
        let id = open.next;
        open.next += 1;
        open.by_id.insert(id, connection.clone());
        self.alive.fetch_add(1, Ordering::Relaxed);
        Some(Place { connections: self.clone(), id, connection })
    }

    /// Makes room after the system refused a connection: it has no descriptors or no memory left.
    pub(super) fn refused(&self, error: &io::Error) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if is_due(&mut open.refusals_mentioned) {
            warn!(%error, "cannot accept connections");
        }
        self.make_room(&mut open);
    }

    fn make_room(&self, open: &mut Open) -> bool {
        if is_due(&mut open.mentioned) {
            warn!(
                open = open.by_id.len(),
                limit = self.limit,
                "no room for more connections: those that wait for their clients longest are closed"
            );
        }
        close_longest(open, |_, turn| turn != Turn::Service)
    }

    /// Closes the connections whose clients have had their time.
    pub(super) fn sweep(&self) {
        let now = self.began.elapsed();
        self.close(|turn, since| {
            let patience = match turn {
                Turn::Idle => self.patience.idle,
                Turn::Head => self.patience.head,
                // The body has a timer of its own, so that the client gets an answer.
                Turn::Body | Turn::Service => return false,
                Turn::Answer => self.patience.answer,
            };
            now.saturating_sub(since) > patience
        });
    }

    /// Closes the connections that have no whole request yet.
    pub(super) fn hurry(&self) {
        self.close(|turn, _| matches!(turn, Turn::Idle | Turn::Head | Turn::Body));
    }

    fn close(&self, which: impl Fn(Turn, Duration) -> bool) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.by_id.retain(|_, connection| {
            let (turn, since) = connection.turn();
            let closing = which(turn, since);
            if closing {
                connection.close();
            }
            !closing
        });
    }

    /// Holds more bytes of a body; says whether there is room for them. The client gives way that has taken
    /// longest to send its body.
    fn hold(&self, own: u64, bytes: usize) -> bool {
        let held = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        held <= MAX_HELD
            || held <= 2 * MAX_HELD && {
                let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
                close_longest(&mut open, |id, turn| id != own && turn == Turn::Body)
            }
    }
}

/// Closes the connection among these that has kept the service waiting for longest; says whether there is one.
fn close_longest(open: &mut Open, among: impl Fn(u64, Turn) -> bool) -> bool {
    let waiting = open.by_id.iter().filter_map(|(id, connection)| {
        let (turn, since) = connection.turn();
        among(*id, turn).then_some((since, *id))
    });
    let longest = waiting.min().and_then(|(_, id)| open.by_id.remove(&id));
    longest.inspect(|connection| connection.close()).is_some()
}

impl Place {
    /// Whether only health is answered on it.
    pub(super) fn is_reserved(&self) -> bool {
        self.connection.reserved
    }

    /// How long the client may take to send a body.
    pub(super) fn body_patience(&self) -> Duration {
        self.connections.patience.body
    }

    /// Room for a body, which it gives back when it is dropped.
    pub(super) fn room(&self) -> Room<'_> {
        Room { place: self, bytes: 0 }
    }
}

/// The room that a body takes.
pub(super) struct Room<'p> {
    place: &'p Place,
    bytes: usize,
}

impl Room<'_> {
    /// Takes more of it; says whether there is any.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        self.place.connections.hold(self.place.id, bytes)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.place.connections.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.alive.fetch_sub(1, Ordering::Relaxed);
        self.connections.open.lock().unwrap_or_else(PoisonError::into_inner).by_id.remove(&self.id);
    }
}

impl Connection {
    /// Done when the connection is to be closed.
    pub(super) async fn closing(&self) {
        self.closing.notified().await;
    }

    fn close(&self) {
        self.closing.notify_one();
    }

    /// Bytes came.
    pub(super) fn received(&self) {
        if self.turn().0 == Turn::Idle {
            self.set(Turn::Head);
        }
    }

    /// The head of a request is there.
    pub(super) fn reads_body(&self) {
        self.set(Turn::Body);
    }

    /// A request is there.
    pub(super) fn has_request(&self) {
        self.set(Turn::Service);
    }

    /// The client has an answer to read.
    pub(super) fn has_answer(&self) {
        self.set(Turn::Answer);
    }

    /// The client has read a part of its answer, and gets time for more.
    pub(super) fn progressed(&self) {
        if self.turn().0 == Turn::Answer {
            self.set(Turn::Answer);
        }
    }

    /// Everything is sent.
    pub(super) fn flushed(&self) {
        if self.turn().0 == Turn::Answer {
            self.set(Turn::Idle);
        }
    }

    fn set(&self, turn: Turn) {
        self.turn.store(packed(turn, self.began), Ordering::Relaxed);
    }

    /// Its turn, and when that began.
    fn turn(&self) -> (Turn, Duration) {
        let packed = self.turn.load(Ordering::Relaxed);
        let turn = match packed % 8 {
            0 => Turn::Idle,
            1 => Turn::Head,
            2 => Turn::Body,
            3 => Turn::Service,
            _ => Turn::Answer,
        };
        (turn, Duration::from_millis(packed / 8))
    }
}

/// Whether the log may mention again what it mentioned then.
fn is_due(mentioned: &mut Option<Instant>) -> bool {
    let due = mentioned.is_none_or(|at| at.elapsed() > MENTIONED);
    if due {
        *mentioned = Some(Instant::now());
    }
    due
}

fn packed(turn: Turn, began: Instant) -> u64 {
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    millis.saturating_mul(8) | turn as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_longest_gives_way_and_who_is_answered_does_not() {
        let connections = Arc::new(Connections::new(2, Patience::default()));
        let first = connections.admit().expect("there is room");
        let second = connections.admit().expect("there is room");
        first.connection.has_request();
        let third = connections.admit().expect("the second gives way");
        let ids: Vec<_> = connections.open.lock().expect("no panic").by_id.keys().copied().collect();
        assert!(ids.contains(&first.id) && ids.contains(&third.id) && !ids.contains(&second.id), "{ids:?}");
        assert!(!third.is_reserved());
        third.connection.has_request();
        let places: Vec<_> = (0..100)
            .map_while(|_| {
                let place = connections.admit()?;
                place.connection.has_request();
                Some(place)
            })
            .collect();
        assert!(places.iter().all(Place::is_reserved));
        // The second is still alive, for its task has not dropped it yet.
        assert_eq!(places.len(), 2 + RESERVE - 3);
    }

    #[test]
    fn bodies_have_room_and_the_slowest_gives_way() {
        let connections = Arc::new(Connections::new(10, Patience::default()));
        let places = [0, 1].map(|_| connections.admit().expect("there is room"));
        let mut rooms = places.each_ref().map(Place::room);
        assert!(rooms[0].take(MAX_HELD));
        places[0].connection.has_request();
        assert!(!rooms[1].take(1), "the service has what it holds");
        places[0].connection.reads_body();
        assert!(rooms[1].take(1), "the first gives way");
        assert!(!connections.open.lock().expect("no panic").by_id.contains_key(&places[0].id));
        drop(rooms);
        assert_eq!(connections.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn each_turn_has_its_time() {
        let patience = Patience { head: Duration::ZERO, answer: Duration::ZERO, ..Patience::default() };
        let connections = Arc::new(Connections::new(10, patience));
        let turns: [fn(&Connection); 5] = [
            |_| {},
            Connection::received,
            Connection::reads_body,
            Connection::has_request,
            Connection::has_answer,
        ];
        let places: Vec<_> = turns
            .iter()
            .map(|turn| {
                let place = connections.admit().expect("there is room");
                turn(&place.connection);
                place
            })
            .collect();
        std::thread::sleep(Duration::from_millis(3));
        connections.sweep();
        let left = |at: usize| connections.open.lock().expect("no panic").by_id.contains_key(&places[at].id);
        assert_eq!([0, 1, 2, 3, 4].map(left), [true, false, true, true, false]);
        connections.hurry();
        assert_eq!([0, 1, 2, 3, 4].map(left), [false, false, false, true, false]);
    }
}
