//! Clients that are slow, silent or many.

use std::io::ErrorKind::WouldBlock;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::{Patience, Reply, Running, Setting, cart, rest};

const HALF_A_HEAD: &str = "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-";
const HALF_A_BODY: &str = "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":";

fn impatient() -> Patience {
    let short = Duration::from_millis(300);
    Patience { idle: short, head: short, body: short, answer: short }
}

async fn sending(shop: &Running, text: &str) -> TcpStream {
    let mut stream = shop.connect().await;
    stream.write_all(text.as_bytes()).await.expect("it is open");
    stream
}

/// Asks again and again, and reads nothing.
async fn never_reading(shop: &Running) -> TcpStream {
    let stream = shop.connect().await;
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(500) {
        if stream.try_write(b"GET /metrics HTTP/1.1\r\nHost: shop\r\n\r\n").is_err() {
            sleep(Duration::from_millis(10)).await;
        }
    }
    stream
}

#[tokio::test]
async fn a_client_has_its_time_and_no_more() {
    let shop = Running::start(Setting { patience: impatient(), ..Setting::default() }).await;
    let began = Instant::now();
    let (mut silent, mut head, mut body) =
        (shop.connect().await, sending(&shop, HALF_A_HEAD).await, sending(&shop, HALF_A_BODY).await);
    let mut kept = sending(&shop, "GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    let mut unread = never_reading(&shop).await;
    assert_eq!(rest(&mut silent).await, "");
    assert_eq!(rest(&mut head).await, "");
    assert_eq!(Reply::of(&rest(&mut body).await).status, 408);
    assert_eq!(Reply::of(&rest(&mut kept).await).status, 200);
    sleep(Duration::from_secs(3).saturating_sub(began.elapsed())).await;
    // Nothing takes what it sends any more, so the connection is closed.
    let closed = async {
        while unread.try_write(&[b'x'; 10_000]).is_ok_and(|sent| sent > 0) {}
        let _ = unread.readable().await;
        let mut buffer = vec![0; 1 << 20];
        while unread.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    };
    tokio::time::timeout(super::HANG, closed).await.expect("it is closed");
    assert_eq!(shop.get("/livez").await.status, 200);
    shop.stop().await;
}

#[tokio::test]
async fn a_stop_waits_for_requests_and_for_no_client() {
    let shop = Running::start(Setting::default()).await;
    let _silent =
        (shop.connect().await, sending(&shop, HALF_A_HEAD).await, sending(&shop, HALF_A_BODY).await);
    let _unread = never_reading(&shop).await;
    let kept = sending(&shop, "GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    kept.readable().await.expect("an answer");
    let took = shop.stop().await;
    assert!(took < Duration::from_secs(9), "{took:?}");
}

#[tokio::test]
async fn a_stop_without_clients_is_at_once() {
    let shop = Running::start(Setting::default()).await;
    let kept = sending(&shop, "GET /livez HTTP/1.1\r\nHost: shop\r\n\r\n").await;
    kept.readable().await.expect("an answer");
    let took = shop.stop().await;
    assert!(took < Duration::from_millis(900), "{took:?}");
}

#[tokio::test]
async fn idle_connections_make_room() {
    let shop = Running::start(Setting { connections: 20, ..Setting::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(shop.connect().await);
    }
    assert_eq!(shop.get("/livez").await.status, 200);
    assert_eq!(shop.post(&[], &cart("a")).await.status, 201);
    // The first have given way, without an answer.
    assert_eq!(rest(&mut idle[0]).await, "");
    shop.stop().await;
}

#[tokio::test]
async fn half_sent_requests_make_room() {
    let shop = Running::start(Setting { connections: 20, ..Setting::default() }).await;
    let mut half = Vec::new();
    for at in 0..100 {
        half.push(sending(&shop, if at % 2 == 0 { HALF_A_HEAD } else { HALF_A_BODY }).await);
    }
    assert_eq!(shop.get("/livez").await.status, 200);
    assert_eq!(shop.post(&[], &cart("a")).await.status, 201);
    shop.stop().await;
}

#[tokio::test]
async fn health_is_answered_when_every_connection_waits_for_the_service() {
    let shop = Running::start(Setting { connections: 2, answers: false, ..Setting::default() }).await;
    let body = cart("a");
    let head = "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length:";
    let request = format!("{head} {}\r\n\r\n{body}", body.len());
    let waiting = [sending(&shop, &request).await, sending(&shop, &request).await];
    sleep(Duration::from_millis(300)).await;
    for (path, status) in [("/livez", 200), ("/carts/a", 503), ("/metrics", 200), ("/livez", 200)] {
        assert_eq!(shop.get(path).await.status, status, "{path}");
    }
    // Those that wait are not closed for it.
    assert!(
        waiting.iter().all(|stream| stream.try_read(&mut [0]).is_err_and(|error| error.kind() == WouldBlock))
    );
}
