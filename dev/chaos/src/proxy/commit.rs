//! Finds BEGIN and COMMIT in what a client says to PostgreSQL.

/// The requests that a client may send before its startup message.
const BEFORE_STARTUP: [u32; 2] = [80_877_103, 80_877_104];
/// A simple query: what drivers send transaction control as.
const QUERY: u8 = b'Q';
const COMMIT: &[u8] = b"COMMIT";
const BEGIN: &[u8] = b"BEGIN";

/// What was found in a chunk.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Whether a transaction begins.
    pub begin: bool,
    /// Where a COMMIT begins; 0 for one that began in the chunk before.
    pub commit: Option<usize>,
}

/// Follows one connection from its first byte, message by message.
#[derive(Debug, Default)]
pub(super) struct CommitFinder {
    /// The startup message is behind us: each message begins with its type.
    started: bool,
    /// The beginning of the message at hand, until it is known what it is.
    head: Vec<u8>,
    /// How much of that message is still to come.
    rest: usize,
}

impl CommitFinder {
    /// Looks through what the client sends next.
    pub(super) fn find(&mut self, chunk: &[u8]) -> Found {
        let mut found = Found::default();
        let mut at = 0;
        while at < chunk.len() {
            if self.rest > 0 {
                let skipped = self.rest.min(chunk.len() - at);
                self.rest -= skipped;
                at += skipped;
                continue;
            }
            self.head.push(chunk[at]);
            at += 1;
            if self.is_query(COMMIT) {
                found.commit = found.commit.or(Some(at.saturating_sub(self.head.len())));
            }
            found.begin |= self.is_query(BEGIN);
            self.end_head();
        }
        found
    }

    /// Whether the message at hand is now known to be a query that begins so.
    fn is_query(&self, text: &[u8]) -> bool {
        self.started
            && self.head.len() == 5 + text.len()
            && self.head[0] == QUERY
            && self.head[5..].eq_ignore_ascii_case(text)
    }

    /// Once enough of a message is known, the rest is passed over.
    fn end_head(&mut self) {
        let type_byte = usize::from(self.started);
        let Some(length) = self.head.get(type_byte..type_byte + 4) else { return };
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let total = length.max(4) + type_byte;
        let wanted = if !self.started {
            8
        } else if self.head[0] == QUERY {
            11
        } else {
            5
        };
        if self.head.len() < wanted.min(total) {
            return;
        }
        if !self.started {
            let code =
                self.head.get(4..8).map(|code| u32::from_be_bytes([code[0], code[1], code[2], code[3]]));
            self.started = code.is_none_or(|code| !BEFORE_STARTUP.contains(&code));
        }
        self.rest = total.saturating_sub(self.head.len());
        self.head.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn startup() -> Vec<u8> {
        let mut message = vec![0, 0, 0, 12, 0, 3, 0, 0];
        message.extend(b"u\0a\0");
        message
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend((body.len() as u32 + 4).to_be_bytes());
        message.extend(body);
        message
    }

    fn started() -> CommitFinder {
        let mut finder = CommitFinder::default();
        assert_eq!(finder.find(&[0, 0, 0, 8, 4, 210, 22, 47]), Found::default());
        assert_eq!(finder.find(&startup()), Found::default());
        finder
    }

    #[test]
    fn a_commit_is_found_behind_other_messages() {
        let mut finder = started();
        let before =
            [message(b'Q', b"BEGIN\0"), message(b'P', b"Q\0\0\0\x0bCOMMIT in a statement\0")].concat();
        let chunk = [before.clone(), message(b'Q', b"COMMIT\0")].concat();
        assert_eq!(finder.find(&chunk), Found { begin: true, commit: Some(before.len()) });
        assert_eq!(finder.find(&message(b'Q', b"ROLLBACK\0")), Found::default());
        assert_eq!(finder.find(&message(b'Q', b"commit\0")), Found { begin: false, commit: Some(0) });
    }

    #[test]
    fn a_commit_is_found_in_pieces() {
        let mut finder = started();
        let commit = message(b'Q', b"COMMIT\0");
        let found: Vec<bool> = commit.iter().map(|byte| finder.find(&[*byte]).commit.is_some()).collect();
        assert_eq!(found.iter().filter(|found| **found).count(), 1);
        assert!(finder.find(&commit).commit.is_some(), "it has not lost its place");
    }
}
