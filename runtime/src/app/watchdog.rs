//! The watchdog: says what stands still and why, and ends a process that will not move again.
//!
//! It has a thread of its own, so it works while every thread of the executor is busy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tracing::{error, info};

use super::running::StartError;
use crate::http::Health;
use crate::kafka::consumer::Pulse;
use crate::lane::{Activity, Look, Phase};
use crate::metrics::Metrics;

/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
/// How often it repeats an alarm.
const REPEAT: Duration = Duration::from_secs(60);
/// For how long a handler may run before that is an alarm.
const SLOW_HANDLER: Duration = Duration::from_secs(10);
/// For how long anything else may take. A statement ends after 35 s, whatever happens.
const SLOW: Duration = Duration::from_secs(60);
/// For how long messages may wait without a commit.
const STANDS: Duration = Duration::from_secs(60);
/// For how long Kafka may take no message.
const UNPUBLISHED: Duration = Duration::from_secs(60);
/// After so long nothing will move by itself any more: other instances shall have the partitions.
const HOPELESS: Duration = Duration::from_secs(300);
/// How long the service may take to end once it is to.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What it looks at.
pub(super) struct Watchdog {
    pub service: &'static str,
    pub messages: Arc<Activity>,
    pub requests: Arc<Activity>,
    pub timers: Arc<Activity>,
    /// The consumer thread; none if the service reads nothing.
    pub consumer: Option<Pulse>,
    pub health: Arc<Health>,
    pub metrics: Arc<Metrics>,
}

/// What was seen at one look.
#[derive(Debug)]
struct Seen {
    messages: Look,
    requests: Look,
    timers: Look,
    /// Since when the consumer thread has not polled.
    silent: Option<Duration>,
    /// For how long the oldest message has waited for Kafka.
    unpublished: Option<Duration>,
}

/// What stands still.
#[derive(Debug, PartialEq, Eq)]
struct Stall {
    lasts: Duration,
    reason: String,
    /// Whether it may be waited for: something else than this process is the cause.
    outage: bool,
}

impl Watchdog {
    /// Starts the thread. The returned future ends when the service must.
    pub(super) fn start(
        self,
        stop: watch::Receiver<bool>,
    ) -> std::io::Result<impl Future<Output = Result<(), StartError>> + Send + 'static> {
        let (sender, hopeless) = oneshot::channel();
        let stopping = stop.clone();
        Builder::new().name(format!("{}-watchdog", self.service)).spawn(move || self.run(sender, &stop))?;
        Ok(async move {
            let reason = match hopeless.await {
                Ok(reason) => reason,
                Err(_) if *stopping.borrow() => std::future::pending().await,
                Err(_) => "its thread has ended".to_owned(),
            };
            Err(StartError::Broken(reason))
        })
    }

    fn run(self, hopeless: oneshot::Sender<String>, stop: &watch::Receiver<bool>) {
        let mut alarms: BTreeMap<&'static str, Instant> = BTreeMap::new();
        // A process that stops has bounds of its own.
        while !*stop.borrow() && !hopeless.is_closed() {
            sleep(LOOK);
            let stalls = self.seen().stalls();
            self.tell(&stalls, &mut alarms);
            let lost = stalls.iter().find(|(_, stall)| !stall.outage && stall.lasts >= HOPELESS);
            if let Some((part, Stall { lasts, reason, .. })) = lost {
                let last = format!("the {part} stood still for {} s: {reason}", lasts.as_secs());
                // The service ends by itself, and leaves the group, if any of its threads can.
                let _ = hopeless.send(last.clone());
                sleep(LAST_WORDS);
                error!(service = self.service, "stopped: {last}");
                std::process::exit(1);
            }
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            messages: self.messages.look(),
            requests: self.requests.look(),
            timers: self.timers.look(),
            silent: self.consumer.as_ref().map(Pulse::age),
            unpublished: self.metrics.outbox.oldest_age(),
        }
    }

    /// Raises alarms, and ends them.
    fn tell(&self, stalls: &BTreeMap<&'static str, Stall>, alarms: &mut BTreeMap<&'static str, Instant>) {
        for (part, Stall { lasts, reason, .. }) in stalls {
            if alarms.get(part).is_none_or(|last| last.elapsed() >= REPEAT) {
                alarms.insert(part, Instant::now());
                error!(service = self.service, part, seconds = lasts.as_secs(), "STALLED: {reason}");
            }
        }
        alarms.retain(|part, _| {
            let lasts = stalls.contains_key(part);
            if !lasts {
                info!(service = self.service, part, "goes on again");
            }
            lasts
        });
        self.metrics.stalls.last(stalls.iter().map(|(part, stall)| (*part, stall.lasts)));
        self.health.stalled(stalls.iter().map(|(part, stall)| ((*part).to_owned(), stall.reason.clone())));
    }
}

impl Seen {
    /// What stands still, by the part of the service.
    fn stalls(&self) -> BTreeMap<&'static str, Stall> {
        let mut stalls = BTreeMap::new();
        stalls.extend(busy(&self.requests).map(|stall| ("request lane", stall)));
        stalls.extend(busy(&self.timers).map(|stall| ("timer lane", stall)));
        stalls.extend(busy(&self.messages).or_else(|| self.standing()).map(|stall| ("message lane", stall)));
        if let Some(lasts) = self.silent.filter(|silent| *silent >= SLOW) {
            let reason = "the thread that reads from Kafka does not answer".to_owned();
            stalls.insert("consumer", Stall { lasts, reason, outage: false });
        }
        if let Some(lasts) = self.unpublished.filter(|age| *age >= UNPUBLISHED) {
            let reason = "Kafka has not taken the oldest message of the outbox".to_owned();
            stalls.insert("outbox", Stall { lasts, reason, outage: true });
        }
        stalls
    }

    /// Messages wait, and none is handled.
    fn standing(&self) -> Option<Stall> {
        let lasts = self.messages.stands.filter(|stands| *stands >= STANDS)?;
        let known = self.messages.failure.as_ref();
        let reason = match known {
            Some(failure) => {
                format!("messages wait, and nothing was committed, because of this error: {failure}")
            }
            None if self.unpublished.is_some_and(|age| age >= UNPUBLISHED) => {
                "messages wait until Kafka has taken those in the outbox".to_owned()
            }
            None => format!("messages wait, and nothing was committed ({})", self.messages.phase),
        };
        let outage = known.is_some() || self.unpublished.is_some_and(|age| age >= UNPUBLISHED);
        Some(Stall { lasts, reason, outage })
    }
}

/// A lane that does one thing for too long.
fn busy(look: &Look) -> Option<Stall> {
    let patience = match look.phase {
        Phase::Idle => return None,
        Phase::Deciding => SLOW_HANDLER,
        _ => SLOW,
    };
    let reason = match (look.phase, look.message) {
        (Phase::Deciding, Some((origin, offset))) => {
            format!("the handlers of message {origin}@{offset} have not returned, and hold up their lane")
        }
        (Phase::Deciding, None) => "a handler has not returned, and holds up its lane".to_owned(),
        (phase, _) => format!("the database does not answer: {phase}"),
    };
    let outage = look.phase != Phase::Deciding;
    (look.lasts >= patience).then_some(Stall { lasts: look.lasts, reason, outage })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    use crate::config::LogFormat;
    use crate::logging;
    use crate::record::TopicPartition;

    /// Set in a process that the watchdog has to end.
    const STANDS_STILL: &str = "SAGA_TEST_STANDS_STILL";

    const MINUTE: Duration = Duration::from_secs(60);

    fn look(phase: Phase, lasts: Duration) -> Look {
        Look { phase, lasts, message: None, stands: None, failure: None }
    }

    fn quiet() -> Seen {
        let idle = || look(Phase::Idle, MINUTE * 60);
        let silent = Some(Duration::from_millis(10));
        Seen { messages: idle(), requests: idle(), timers: idle(), silent, unpublished: None }
    }

    /// The part that stands still, and why.
    fn only(seen: &Seen) -> (&'static str, Stall) {
        let mut stalls = seen.stalls();
        assert_eq!(stalls.len(), 1, "{stalls:?}");
        stalls.pop_first().expect("one")
    }

    #[test]
    fn a_service_without_work_does_not_stand_still() {
        assert_eq!(quiet().stalls(), BTreeMap::new());
        let working = Seen { messages: look(Phase::Deciding, Duration::from_secs(2)), ..quiet() };
        assert_eq!(working.stalls(), BTreeMap::new());
    }

    #[test]
    fn a_handler_that_does_not_return_is_no_outage() {
        let message = Some((TopicPartition { topic: "order-created", partition: 3 }, 17));
        let messages = Look { message, ..look(Phase::Deciding, MINUTE * 6) };
        let (part, stall) = only(&Seen { messages, ..quiet() });
        assert!(stall.reason.contains("order-created[3]@17"), "{stall:?}");
        assert_eq!(part, "message lane");
        assert!(stall.reason.contains("handler") && !stall.outage && stall.lasts >= HOPELESS, "{stall:?}");
        let (part, _) = only(&Seen { requests: look(Phase::Deciding, SLOW_HANDLER), ..quiet() });
        assert_eq!(part, "request lane");
        let (part, _) = only(&Seen { timers: look(Phase::Committing, SLOW), ..quiet() });
        assert_eq!(part, "timer lane");
    }

    #[test]
    fn messages_that_wait_stand_for_a_reason() {
        let standing = |failure: Option<&str>| Look {
            stands: Some(MINUTE * 6),
            failure: failure.map(str::to_owned),
            ..look(Phase::Idle, Duration::ZERO)
        };
        let (_, stall) = only(&Seen { messages: standing(Some("no route to host")), ..quiet() });
        assert!(stall.outage && stall.reason.contains("no route to host"), "{stall:?}");
        let (_, stall) = only(&Seen { messages: standing(None), ..quiet() });
        assert!(!stall.outage, "nothing else is the cause: {stall:?}");
        let seen = Seen { messages: standing(None), unpublished: Some(MINUTE), ..quiet() };
        let stalls = seen.stalls();
        assert!(
            stalls["message lane"].outage && stalls["message lane"].reason.contains("Kafka"),
            "{stalls:?}"
        );
        assert!(stalls["outbox"].outage, "{stalls:?}");
    }

    fn watchdog(requests: Activity) -> Watchdog {
        let metrics = Arc::new(Metrics::new("shop", "order"));
        let (messages, requests, health) = (Arc::default(), Arc::new(requests), Arc::default());
        let timers = Arc::default();
        Watchdog { service: "order", messages, requests, timers, consumer: None, health, metrics }
    }

    #[test]
    fn what_stands_still_is_told_until_it_goes_on() {
        let mut alarms = BTreeMap::new();
        let watchdog = watchdog(Activity::that_began(Phase::Deciding, SLOW_HANDLER));
        watchdog.tell(&watchdog.seen().stalls(), &mut alarms);
        let body = serde_json::to_value(watchdog.health.report()).expect("JSON");
        let reason = body["stalled"]["request lane"].as_str().unwrap_or_default();
        assert!(reason.contains("a handler has not returned"), "{body}");
        let stands = "saga_stalled_seconds{part=\"request lane\"} 10";
        assert!(watchdog.metrics.text().contains(stands), "{}", watchdog.metrics.text());
        assert_eq!(alarms.keys().collect::<Vec<_>>(), [&"request lane"]);

        watchdog.requests.enter(Phase::Idle);
        watchdog.tell(&watchdog.seen().stalls(), &mut alarms);
        let body = serde_json::to_value(watchdog.health.report()).expect("JSON");
        assert_eq!(body["stalled"], serde_json::json!({}));
        assert!(!watchdog.metrics.text().contains(stands), "{}", watchdog.metrics.text());
        assert!(alarms.is_empty(), "{alarms:?}");
    }

    /// It is tried in a process of its own: this program, started once more.
    #[test]
    fn a_handler_that_never_returns_is_an_alarm_and_ends_its_process() {
        const NAME: &str =
            "app::watchdog::tests::a_handler_that_never_returns_is_an_alarm_and_ends_its_process";
        if std::env::var_os(STANDS_STILL).is_some() {
            return stand_still();
        }
        let program = std::env::current_exe().expect("this program is a file");
        let mut command = Command::new(program);
        command.args(["--exact", NAME, "--nocapture"]).env(STANDS_STILL, "1").env("NO_COLOR", "1");
        let ended = command.output().expect("this program can be started");
        let text = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{text}");
        for line in ["STALLED: a handler has not returned", "stopped: the request lane stood still for 3"] {
            assert!(text.contains(line), "no `{line}` in:\n{text}");
        }
    }

    /// A service that is told to end, and cannot.
    fn stand_still() {
        logging::init(LogFormat::Text, "info");
        let (_stop, stopped) = watch::channel(false);
        let watchdog = watchdog(Activity::that_began(Phase::Deciding, HOPELESS));
        let end = watchdog.start(stopped).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let end = runtime.block_on(async { tokio::time::timeout(LAST_WORDS / 2, end).await });
        let error = end.expect("it is told").expect_err("it only fails").to_string();
        assert!(error.contains("the request lane stood still for 3"), "{error}");
        sleep(LAST_WORDS * 2);
    }

    #[test]
    fn a_consumer_thread_that_hangs_is_no_outage() {
        let (part, stall) = only(&Seen { silent: Some(MINUTE), ..quiet() });
        assert!(part == "consumer" && !stall.outage, "{stall:?}");
    }
}
