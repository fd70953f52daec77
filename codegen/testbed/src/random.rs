//! Randomness from the operating system, for passwords, names and ports.

use std::fs::File;
use std::io::Read;

use crate::failure::{Doing, Result};

/// A random number.
pub fn number() -> Result<u64> {
    let mut bytes = [0; 8];
    fill(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

/// `2 * bytes` random hexadecimal digits: nothing that a URL, a shell or SQL
/// would want quoted.
pub fn hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0; bytes];
    fill(&mut buffer)?;
    Ok(buffer.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn fill(buffer: &mut [u8]) -> Result<()> {
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(buffer))
        .doing(|| "read /dev/urandom".to_owned())
}
