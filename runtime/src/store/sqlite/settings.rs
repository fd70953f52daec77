//! Whether an SQLite file keeps what it confirms.

use std::path::Path;

use sqlx::sqlite::SqliteConnection;

use crate::store::{Result, StoreError};

use super::rows::{cell, failed};

/// `PRAGMA synchronous` as a number: FULL. NORMAL may lose the last commits when the power fails.
const FULL: i64 = 2;

/// Refuses a file that cannot be created, which SQLite would not tell from one that cannot be opened for now.
///
/// # Errors
/// [`StoreError::Incompatible`] names the folder that is missing.
pub(super) fn has_a_place(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if file.is_dir() || !folder.is_dir() {
        return Err(StoreError::Incompatible(format!(
            "there is no place for the SQLite file {}: it has to be a file in an existing folder",
            file.display()
        )));
    }
    Ok(())
}

/// Reads back what the connection was opened with; nothing of it is on the way of a message.
///
/// # Errors
/// [`StoreError::Incompatible`] says which promise this file cannot keep, and what helps.
pub(super) async fn verify(connection: &mut SqliteConnection) -> Result<()> {
    const ASKED: &str = "PRAGMA journal_mode; PRAGMA synchronous; PRAGMA encoding";
    let rows = sqlx::raw_sql(ASKED).fetch_all(connection).await.map_err(failed)?;
    let [journal, synchronous, encoding] = rows.as_slice() else {
        return Err(StoreError::Incompatible("SQLite does not report its settings".into()));
    };
    let journal: &str = cell(journal, 0)?;
    if !journal.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Incompatible(format!(
            "the SQLite file has no write-ahead log (journal_mode is `{journal}`); it has to be writable, and on a \
             local file system, not on a network share"
        )));
    }
    let synchronous: i64 = cell(synchronous, 0)?;
    if synchronous < FULL {
        return Err(StoreError::Incompatible(format!(
            "SQLite runs with synchronous = {synchronous} instead of FULL: a power failure would lose committed messages"
        )));
    }
    let encoding: &str = cell(encoding, 0)?;
    if encoding != "UTF-8" {
        return Err(StoreError::Incompatible(format!(
            "the SQLite file is encoded in {encoding} instead of UTF-8; name a new file, or convert this one \
             (sqlite3 old.db .dump | sqlite3 new.db)"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::ConnectOptions as _;
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

    use super::*;

    #[tokio::test]
    async fn a_connection_that_may_lose_a_commit_is_refused() {
        let folder = std::env::temp_dir().join(format!("saga-settings-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        let file = SqliteConnectOptions::new().filename(folder.join("t.db")).create_if_missing(true);
        let file = file.journal_mode(SqliteJournalMode::Wal);
        for (synchronous, keeps) in [
            (SqliteSynchronous::Off, false),
            (SqliteSynchronous::Normal, false),
            (SqliteSynchronous::Full, true),
            (SqliteSynchronous::Extra, true),
        ] {
            let options = file.clone().synchronous(synchronous);
            let verified = verify(&mut options.connect().await.expect("a file")).await;
            assert_eq!(verified.is_ok(), keeps, "{verified:?}");
        }
        std::fs::remove_dir_all(&folder).expect("it goes again");
    }
}
