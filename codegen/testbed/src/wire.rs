//! One question in Kafka's protocol: which brokers are there?
//!
//! An open port proves little: a broker listens before it serves, and another
//! program may have the port. This asks the way a client does, without one.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Metadata, in a version that every Kafka since 1.0 speaks.
const METADATA: [u8; 4] = [0, 3, 0, 4];
/// Any number: the answer begins with it.
const CORRELATION: [u8; 4] = *b"ping";
/// Far more than a list of brokers needs, and no harm to allocate.
const LONGEST_ANSWER: usize = 1 << 20;

/// How many brokers the one at `address` knows of, itself included. A broker
/// that is starting, or fenced off by its controller, counts none.
pub(crate) fn brokers(address: &str, limit: Duration) -> io::Result<u32> {
    let mut connection = connect(address, limit)?;
    connection.set_read_timeout(Some(limit))?;
    connection.set_write_timeout(Some(limit))?;
    connection.write_all(&request())?;

    let mut length = [0; 4];
    connection.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST_ANSWER {
        return Err(not_kafka());
    }
    let mut answer = vec![0; length];
    connection.read_exact(&mut answer)?;
    parse(&answer).ok_or_else(not_kafka)
}

fn connect(address: &str, limit: Duration) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, limit) {
            Ok(connection) => return Ok(connection),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Length, then header (question, correlation, no client name) and body (no
/// topics, and none to be created).
fn request() -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(METADATA);
    body.extend(CORRELATION);
    body.extend((-1_i16).to_be_bytes());
    body.extend(0_i32.to_be_bytes());
    body.push(0);
    let mut request = (body.len() as u32).to_be_bytes().to_vec();
    request.extend(body);
    request
}

/// Correlation, throttle time, then the number of brokers.
fn parse(answer: &[u8]) -> Option<u32> {
    let rest = answer.strip_prefix(&CORRELATION)?;
    let count = rest.get(4..8)?;
    Some(u32::from_be_bytes(count.try_into().ok()?))
}

fn not_kafka() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "what listens there does not speak Kafka's protocol in plain text",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_brokers_of_an_answer() {
        let mut answer = CORRELATION.to_vec();
        answer.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(parse(&answer), Some(1));
    }

    #[test]
    fn another_protocol_is_not_an_answer() {
        assert_eq!(parse(b"HTTP/1.1 400 Bad Request"), None);
        assert_eq!(parse(&CORRELATION), None);
    }

    #[test]
    fn the_request_carries_its_own_length() {
        let request = request();
        let (length, body) = request.split_at(4);
        assert_eq!(length, (body.len() as u32).to_be_bytes());
    }
}
