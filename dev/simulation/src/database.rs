//! The databases, as their administrators see them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use saga_runtime::Column;
use saga_runtime::store::{MemorySnapshot, MemoryStore};
use serde_json::Value;
use tokio::time::Instant;

/// A service's database, and its clock.
#[derive(Clone)]
pub(crate) struct Database {
    /// What it holds.
    pub inner: MemoryStore,
    /// Whose it is.
    pub service: &'static str,
    read: Arc<Mutex<Instant>>,
    /// How often it was replaced: connections do not outlive that.
    life: Arc<AtomicU64>,
}

impl Database {
    /// The empty database of a service.
    pub(crate) fn new(service: &'static str) -> Self {
        Self {
            inner: MemoryStore::new(),
            service,
            read: Arc::new(Mutex::new(Instant::now())),
            life: Arc::default(),
        }
    }

    /// Puts a copy back, as another database.
    pub(crate) fn restore(&self, backup: &MemorySnapshot, identity: String) {
        self.inner.restore(backup);
        self.inner.set_identity(identity);
        self.life.fetch_add(1, Ordering::Relaxed);
    }

    /// Lets its clock follow the world's.
    pub(crate) fn follow_time(&self) {
        let mut read = self.read.lock().unwrap();
        let now = Instant::now();
        self.inner.advance(now - *read);
        *read = now;
    }

    /// How often it was replaced.
    pub(crate) fn life(&self) -> u64 {
        self.life.load(Ordering::Relaxed)
    }
}

/// What stands in one row of a column.
pub(crate) fn cell(column: &Column<'_>, row: usize) -> Value {
    match column {
        Column::Bool(values) => values[row].into(),
        Column::Int(values) => values[row].into(),
        Column::BigInt(values) => values[row].into(),
        Column::Double(values) => values[row].into(),
        Column::Text(values) => values[row].as_deref().into(),
        Column::Bytes(values) => values[row].as_deref().into(),
    }
}
