//! Ports for servers that must come back on the same one.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

use crate::failure::{Failure, Result};

use super::random;

/// Where picking starts: below are the well-known ports of everything else.
const LOWEST: u16 = 20_000;
/// Used where the system does not say where its own range begins.
const EPHEMERAL: u16 = 32_768;

/// A loopback port that no process listens on.
///
/// Binding port 0 would be shorter, but hands out a port of the range from
/// which the system takes the local ends of outgoing connections. While a
/// killed server is down, a client that keeps dialling it would sooner or
/// later be given that very port, connect to itself, and keep the server from
/// coming back.
///
/// # Errors
/// When 200 picks were all taken.
pub fn free_port() -> Result<u16> {
    let range = LOWEST..ephemeral_start().max(LOWEST + 1_000);
    for _ in 0..200 {
        let port = range.start + (random::number()? % range.len() as u64) as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Failure::new(format!("found no free loopback port between {} and {}", range.start, range.end)))
}

fn ephemeral_start() -> u16 {
    fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|text| parse_range_start(&text))
        .unwrap_or(EPHEMERAL)
}

fn parse_range_start(text: &str) -> Option<u16> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picked_port_can_be_bound_and_is_not_an_ephemeral_one() {
        let port = free_port().expect("a free port");
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("no other process has it");
        assert!(port >= LOWEST);
        assert!(port < ephemeral_start().max(LOWEST + 1_000));
    }

    #[test]
    fn reads_where_the_ephemeral_range_begins() {
        assert_eq!(parse_range_start("32768\t60999\n"), Some(32_768));
        assert_eq!(parse_range_start("nonsense"), None);
    }
}
