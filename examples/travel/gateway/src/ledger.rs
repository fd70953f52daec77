//! What was charged, by idempotency key.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Charge;

/// One idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// What the caller calls the charge. Empty if only a void came.
    pub reference: String,
    /// The card.
    pub card: String,
    /// The amount.
    pub amount: String,
    /// What became of it.
    pub status: Status,
    /// How often the charge was asked for.
    pub attempts: u32,
    /// How often money was taken.
    pub charges: u32,
}

/// What became of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The money is taken.
    Charged,
    /// The card was declined.
    Refused,
    /// The money was given back, or will never be taken.
    Voided,
}

/// All keys, in memory and, if wanted, in a file: one line of JSON for each change.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: BTreeMap<String, Entry>,
    file: Option<File>,
}

impl Ledger {
    /// The ledger in a file, which is created if it is missing.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let mut entries = BTreeMap::new();
        for line in BufReader::new(&file).lines() {
            // A process that was killed may leave half a line, whose change was never answered.
            if let Ok(entry) = serde_json::from_str::<Entry>(&line?) {
                entries.insert(entry.key.clone(), entry);
            }
        }
        Ok(Self { entries, file: Some(file) })
    }

    /// All keys.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Charges, unless the key was seen before.
    pub(crate) fn charge(&mut self, key: &str, charge: &Charge) -> io::Result<Entry> {
        let mut entry = self.entries.get(key).cloned().unwrap_or_else(|| new(key));
        entry.attempts += 1;
        if entry.attempts == 1 {
            entry.reference.clone_from(&charge.reference);
            entry.card.clone_from(&charge.card);
            entry.amount.clone_from(&charge.amount);
            match (entry.status, charge.card.as_str()) {
                (Status::Voided, _) => {}
                (_, "declined") => entry.status = Status::Refused,
                _ => entry.charges += 1,
            }
        }
        self.keep(entry)
    }

    /// Gives the money back. A charge with this key that comes later takes none.
    pub(crate) fn void(&mut self, key: &str) -> io::Result<Entry> {
        let mut entry = self.entries.get(key).cloned().unwrap_or_else(|| new(key));
        entry.status = Status::Voided;
        self.keep(entry)
    }

    /// Writes a change, and then counts it.
    fn keep(&mut self, entry: Entry) -> io::Result<Entry> {
        if let Some(file) = &mut self.file {
            let line = serde_json::to_string(&entry)?;
            // The line break before it ends what a killed process left.
            file.write_all(format!("\n{line}").as_bytes())?;
        }
        self.entries.insert(entry.key.clone(), entry.clone());
        Ok(entry)
    }
}

fn new(key: &str) -> Entry {
    Entry {
        key: key.to_owned(),
        reference: String::new(),
        card: String::new(),
        amount: String::new(),
        status: Status::Charged,
        attempts: 0,
        charges: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(card: &str) -> Charge {
        Charge { reference: "a trip".into(), card: card.into(), amount: "420.00".into() }
    }

    fn status(card: &str) -> Status {
        Ledger::default().charge("k", &charge(card)).expect("an entry").status
    }

    #[test]
    fn a_key_is_charged_once() {
        let mut ledger = Ledger::default();
        for attempts in 1..=2 {
            let entry = ledger.charge("k", &charge("visa")).expect("an entry");
            assert_eq!((entry.status, entry.attempts, entry.charges), (Status::Charged, attempts, 1));
        }
        assert_eq!(ledger.entries().count(), 1);
    }

    #[test]
    fn the_card_says_what_happens() {
        assert_eq!(status("declined"), Status::Refused);
        assert_eq!(status("silent"), Status::Charged);
    }

    #[test]
    fn a_voided_key_is_never_charged() {
        let mut ledger = Ledger::default();
        assert_eq!(ledger.void("k").expect("an entry").charges, 0);
        let late = ledger.charge("k", &charge("visa")).expect("an entry");
        assert_eq!((late.status, late.charges), (Status::Voided, 0));
    }

    #[test]
    fn a_file_brings_back_what_was_charged_and_half_a_line_is_passed_over() {
        let path = std::env::temp_dir().join(format!("gateway-{}.jsonl", std::process::id()));
        let mut ledger = Ledger::open(&path).expect("a file");
        ledger.charge("k", &charge("visa")).expect("an entry");
        ledger.file.as_mut().expect("a file").write_all(b"\n{\"key\":\"l").expect("half a line");
        let mut again = Ledger::open(&path).expect("the file");
        let entry = again.charge("k", &charge("visa")).expect("an entry");
        assert_eq!((entry.attempts, entry.charges), (2, 1));
        assert_eq!(Ledger::open(&path).expect("the file").entries().next(), Some(&entry));
        std::fs::remove_file(path).expect("the file");
    }
}
