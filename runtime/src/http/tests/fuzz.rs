//! Random bytes, and requests with random damage: nothing makes the server fail, hang or end.
//!
//! `HTTP_FUZZ_CASES` sets how many; `HTTP_FUZZ_SEED` repeats a run.

use super::{Running, Setting};

const CASES: u64 = 1_500;

/// What the damage begins with.
const REQUESTS: [&str; 12] = [
    "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 41\r\nConnection: close\r\n\r\n{\"id\":\"a\",\"pieces\":1,\"weight\":1.5,\"x\":[1]}",
    "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n1c\r\n{\"id\":\"a\\u00e4\",\"pieces\":123,\r\nc\r\n\"weight\":-1}\r\n0\r\n\r\n",
    "POST /carts HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nIdempotency-Key: \"abc\"\r\nContent-Length: 32\r\n\r\n{\"id\":\"b\",\"pieces\":1,\"weight\":0}",
    "GET /carts/a%2Fb%20 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n",
    "GET /stock/carts?after=a&limit=100 HTTP/1.1\r\nHost: shop\r\n\r\nGET /livez HTTP/1.0\r\n\r\n",
    "OPTIONS /carts HTTP/1.1\r\nHost: shop\r\nOrigin: https://shop.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
    "HEAD /metrics HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n",
    "PUT http://shop/carts/a?x=1#y HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n",
    "PUT /carts/a%20b/pieces HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nIdempotency-Key: \"abc\"\r\nContent-Length: 12\r\n\r\n{\"pieces\":7}",
    "DELETE /carts/a HTTP/1.1\r\nHost: shop\r\nOrigin: null\r\n\r\n",
    "POST /bells/-12 HTTP/1.1\r\nHost: shop\r\nIdempotency-Key: abc\r\nContent-Length: 0\r\n\r\n",
    "GET /stock/-1/carts?weight=1.5&id=a%2Fb+&after=a&limit=3 HTTP/1.1\r\nHost: shop\r\n\r\nGET /stock/1/carts/a HTTP/1.1\r\nHost: shop\r\n\r\n",
];

/// What is put in: what parsers stumble over.
const PIECES: [&str; 28] = [
    "\r\n",
    "\n",
    "\0",
    "\\u0000",
    "\\",
    "\"",
    "{",
    "[",
    "}",
    "]",
    ":",
    "%00",
    "%ff",
    "%",
    "\u{c4}",
    "\u{feff}",
    "1e400",
    "-0",
    "99999999999999999999",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "\\ud800",
    "Expect: 100-continue\r\n",
    "//",
    "&",
    "=",
    "?id=",
    "&pieces=2147483648",
];

/// Numbers that look random, the same for the same seed: Marsaglia's xorshift.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % below.max(1)
    }

    fn case(&mut self) -> Vec<u8> {
        if self.next(20) == 0 {
            return (0..self.next(2_000)).map(|_| self.next(256).to_le_bytes()[0]).collect();
        }
        let mut bytes = REQUESTS[self.next(REQUESTS.len())].as_bytes().to_vec();
        for _ in 0..=self.next(4) {
            let at = self.next(bytes.len() + 1);
            match self.next(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, *b"\\\\\\\\")),
                2 => {
                    let end = (at + self.next(20)).min(bytes.len());
                    bytes.drain(at..end);
                }
                3 => {
                    let piece = PIECES[self.next(PIECES.len())].repeat(1 + self.next(3) * self.next(400));
                    bytes.splice(at..at, piece.into_bytes());
                }
                4 => bytes.extend_from_slice(REQUESTS[self.next(REQUESTS.len())].as_bytes()),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = self.next(256).to_le_bytes()[0];
                    }
                }
            }
        }
        bytes
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_bytes_make_the_server_fail_or_hang() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let cases: u64 = number("HTTP_FUZZ_CASES").unwrap_or(CASES);
    let seed = number("HTTP_FUZZ_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
    let shop = Running::start(Setting::default()).await;
    for case in 0..cases {
        let bytes = Chance(seed.wrapping_add(case).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).case();
        let text = shop.send(&bytes).await;
        for reply in text.split("HTTP/1.").skip(1) {
            let status = super::Reply::of(reply).status;
            assert!(
                !(500..600).contains(&status),
                "case {case} of HTTP_FUZZ_SEED={seed} gets {status}: {:?}",
                String::from_utf8_lossy(&bytes)
            );
        }
        if case % 100 == 0 {
            assert_eq!(shop.get("/livez").await.status, 200, "after case {case} of HTTP_FUZZ_SEED={seed}");
        }
    }
    shop.stop().await;
}
