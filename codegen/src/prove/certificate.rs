//! The proof as a file, so that generating again need not prove the same file
//! again.

use super::{Exploration, report::summary};
use crate::diagnostic::Code;
use crate::files::HEADER;
use crate::resolved::Resolved;
use crate::source::{Source, unix_lines};

/// Where the certificate is written.
pub const PATH: &str = "generated/proof.txt";

/// Raised whenever a change to the checker invalidates earlier proofs.
const VERSION: u32 = 1;

/// The certificate of a proof. It guards against forgetting, not against
/// forgery: `cargo saga check` proves the file regardless of it.
pub fn write(
    spec: &Resolved,
    exploration: Option<&Exploration>,
    source: &Source,
    allowed: &[Code],
) -> String {
    let body = match (exploration, allowed) {
        (Some(exploration), []) => format!("Every run ends well:\n{}", summary(spec, exploration)),
        (_, codes) => {
            let codes: Vec<&str> = codes.iter().map(|code| code.number()).collect();
            format!("Not proved. Allowed by hand: {}\n", codes.join(", "))
        }
    };
    format!("# {HEADER}\n{body}\nproof {}\n", mark(source, &body))
}

/// Whether a certificate, as read from disk, proves exactly this file.
pub fn holds(certificate: &str, source: &Source) -> bool {
    let header = format!("# {HEADER}\n");
    let certificate = unix_lines(certificate);
    let body = certificate.strip_prefix(&header).and_then(|rest| rest.rsplit_once("\nproof "));
    body.is_some_and(|(body, found)| body.starts_with("Every run") && found.trim_end() == mark(source, body))
}

/// A hash of the file, whatever its line ends, of the certificate's text, and of the checker's version.
fn mark(source: &Source, body: &str) -> String {
    let text = unix_lines(source.text());
    let parts = [VERSION.to_string().as_bytes(), text.as_bytes(), body.as_bytes()].concat();
    format!("{:032x}", fnv(&parts))
}

/// FNV-1a of 128 bits: <https://datatracker.ietf.org/doc/rfc9923/>.
fn fnv(bytes: &[u8]) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn any_change_invalidates_the_certificate() {
        let source = Source::new("saga.yaml", "saga: order\n");
        let body = "Every run ends well:\n  explored 1 state\n";
        let certificate = format!("# {HEADER}\n{body}\nproof {}\n", mark(&source, body));
        assert!(holds(&certificate, &source));
        assert!(!holds(&certificate, &Source::new("saga.yaml", "saga: orders\n")));
        assert!(!holds(&certificate.replace("1 state", "2 states"), &source));
        assert!(!holds("", &source));
        let windows = Source::new("saga.yaml", "saga: order\r\n");
        assert!(holds(&certificate.replace('\n', "\r\n"), &windows));
    }
}
