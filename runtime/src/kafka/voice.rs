//! What librdkafka's clients say, in our log: each cause at once, then at most once a minute.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use tracing::{debug, error, info, warn};

use crate::repeats::Repeats;

/// Logs for one client.
#[derive(Debug)]
pub(super) struct Voice {
    client: &'static str,
    repeats: Repeats,
}

impl Voice {
    /// The voice of a client, such as `producer`.
    pub(super) const fn of(client: &'static str) -> Self {
        Self { client, repeats: Repeats::new() }
    }

    /// An error that librdkafka reports to the application.
    pub(super) fn error(&self, cause: &KafkaError, reason: &str) {
        let client = self.client;
        if let Some(repeated) = self.repeats.due(&cause.to_string()) {
            warn!(client, %cause, reason, repeated, "Kafka client error");
        }
    }

    /// An error line of our own about `cause`.
    pub(super) fn report(&self, cause: &str, line: &str) {
        if let Some(repeated) = self.repeats.due(cause) {
            error!(client = self.client, repeated, "{line}");
        }
    }

    /// A line of librdkafka's own log.
    pub(super) fn log(&self, level: RDKafkaLogLevel, kind: &str, line: &str) {
        if matches!(level, RDKafkaLogLevel::Debug) {
            debug!(target: "librdkafka", "{kind} {line}");
            return;
        }
        let Some(repeated) = self.repeats.due(kind) else { return };
        match level {
            RDKafkaLogLevel::Warning => warn!(target: "librdkafka", repeated, "{kind} {line}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info => {
                info!(target: "librdkafka", repeated, "{kind} {line}")
            }
            _ => error!(target: "librdkafka", repeated, "{kind} {line}"),
        }
    }
}

impl ClientContext for Voice {
    fn error(&self, cause: KafkaError, reason: &str) {
        self.error(&cause, reason);
    }

    fn log(&self, level: RDKafkaLogLevel, kind: &str, line: &str) {
        self.log(level, kind, line);
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::RDKafkaErrorCode;

    use super::*;
    use crate::config::LogFormat;
    use crate::logging::tests::logged;

    #[test]
    fn a_client_repeats_no_cause_within_a_minute() {
        let voice = Voice::of("producer");
        let down = KafkaError::Global(RDKafkaErrorCode::AllBrokersDown);
        let denied = KafkaError::Global(RDKafkaErrorCode::TopicAuthorizationFailed);
        let text = logged(LogFormat::Text, "info", || {
            for attempt in 0..1_000 {
                voice.error(&down, &format!("attempt {attempt}"));
                voice.error(&denied, "no right");
                voice.report("fatal", &format!("attempt {attempt}"));
                voice.log(RDKafkaLogLevel::Error, "FAIL", &format!("attempt {attempt}"));
            }
        });
        assert_eq!(text.lines().count(), 4, "one line a cause:\n{text}");
        assert!(
            text.contains("AllBrokersDown") && text.contains("no right") && text.contains("FAIL attempt 0")
        );
    }
}
