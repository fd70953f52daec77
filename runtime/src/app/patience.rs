//! Waiting for a database that is not there yet.

use std::time::Duration;

use tokio::time::sleep;
use tracing::warn;

use crate::repeats::Repeats;
use crate::store::StoreError;

/// Retries until the database is available. Permanent errors are returned.
pub(super) async fn patiently<T, F>(what: &str, mut attempt: impl FnMut() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let repeats = Repeats::new();
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error @ (StoreError::Incompatible(_) | StoreError::Refused(_))) => return Err(error),
            Err(error) => {
                if let Some(repeated) = repeats.due(&error.to_string()) {
                    warn!(%error, repeated, "waiting for {what}");
                }
            }
        }
        sleep(Duration::from_secs(1)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;
    use crate::logging::tests::logged;

    #[test]
    fn an_outage_at_the_start_is_logged_once_a_minute() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let mut attempts = 0;
        let text = logged(LogFormat::Text, "info", || {
            let waits = patiently("the database", || {
                attempts += 1;
                let away = attempts < 3;
                async move { if away { Err(StoreError::Unavailable("away".to_owned())) } else { Ok(()) } }
            });
            runtime.block_on(waits).expect("it comes back");
        });
        assert_eq!((attempts, text.lines().count()), (3, 1), "{text}");
    }
}
