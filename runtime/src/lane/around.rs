//! What both lanes do around a batch: load its rows, write them, and tell the log.

use tracing::{error, info};

use crate::context::{Note, Severity};
use crate::mutation::{self, CrashPoint, Mutation};
use crate::rows::Rows;
use crate::service::Service;
use crate::store::{Session, StoreError, Writes};

/// Loads the wanted entity rows, and the keys of rows that may be created.
pub(crate) async fn load<R: Rows, C: Session>(session: &mut C, rows: &mut R) -> Result<(), StoreError> {
    let mut tables = rows.tables();
    for table in &mut tables {
        session.load_table(*table).await?;
    }
    if tables.iter().any(|table| table.wants_ids()) {
        session.load_ids(&mut tables).await?;
    }
    Ok(())
}

/// Writes the rows that changed.
pub(crate) async fn store<R: Rows, C: Session>(session: &mut C, rows: &mut R) -> Result<(), StoreError> {
    let remember =
        !mutation::active(Mutation::AddressInMemory) && !mutation::active(Mutation::RestartBetweenMessages);
    for steps in rows.steps().into_iter().filter(|_| remember) {
        session.write_steps(steps).await?;
    }
    for table in rows.tables() {
        session.write_table(table).await?;
    }
    Ok(())
}

/// Tells the log what a committed batch did.
pub(crate) fn write_notes<S: Service>(notes: &[Note]) {
    for note in notes {
        write_note(S::SAGA, S::NAME, note);
    }
}

/// As text, the message says it all; the fields are for logs that are read by programs.
pub(crate) fn write_note(saga: &str, service: &str, note: &Note) {
    let Note { cause: _, step, correlation, what, severity } = note;
    match severity {
        Severity::Progress => info!(target: "saga", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step}: {what}"),
        Severity::Ignored => info!(target: "saga", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step} ignored: {what}"),
        Severity::Alarm => error!(target: "saga", saga, service, correlation, step,
            "{saga} {correlation}: {service} {step}: {what}"),
    }
}

/// Writes `writes` and commits; a known bug takes the best for granted.
pub(crate) async fn commit<C: Session>(session: &mut C, writes: &Writes) -> Result<(), StoreError> {
    mutation::crash_at(CrashPoint::BeforeCommit);
    match session.commit(writes).await {
        Err(StoreError::CommitUnknown(_)) if mutation::active(Mutation::UnknownTakenAsCommitted) => {}
        committed => committed?,
    }
    mutation::crash_at(CrashPoint::AfterCommit);
    Ok(())
}

pub(crate) fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
