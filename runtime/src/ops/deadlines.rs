//! The commands on steps that wait for a time.

use clap::ArgMatches;
use jiff::Timestamp;
use serde_json::json;

use super::Failure;
use super::session::Session;
use super::words::{moment, until};
use crate::service::Service;
use crate::store::{Deadline, When};

/// The longest time that a deadline is moved by, in seconds: a hundred years.
const LONGEST: i64 = 100 * 365 * 86_400;

/// When an operator wants a deadline to be: `+15m`, or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted(When);

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let when = match text.strip_prefix('+') {
            Some(span) => seconds(span).map(|seconds| When::In(seconds * 1_000)),
            None => text.parse().ok().map(|at: Timestamp| When::At(at.as_millisecond())),
        };
        let expected =
            "expected a span such as +90s, +15m, +24h or +3d, or a time such as 2026-01-31T12:00:00Z";
        when.map(Self).ok_or_else(|| expected.to_owned())
    }
}

/// A span in seconds.
fn seconds(span: &str) -> Option<i64> {
    let (unit, factor) = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)]
        .into_iter()
        .find(|(unit, _)| span.ends_with(*unit))?;
    let number = span.strip_suffix(unit).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    number.parse::<i64>().ok()?.checked_mul(factor).filter(|seconds| *seconds <= LONGEST)
}

pub(super) async fn deadlines<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("list", matches)) => list(session, matches).await,
        Some(("move", matches)) => {
            let when = matches.get_one("when").copied();
            let Wanted(when) = when.ok_or_else(|| Failure::Broken("no time given".into()))?;
            shift(session, matches, when).await
        }
        Some(("fire", matches)) => shift(session, matches, When::In(0)).await,
        _ => Err(Failure::Broken("no command given; see `ops deadlines --help`".into())),
    }
}

async fn list<S: Service>(session: &mut Session<'_, '_, S>, matches: &ArgMatches) -> Result<(), Failure> {
    let step = matches.get_one::<String>("step").map(String::as_str);
    let limit = matches.get_one("limit").copied().unwrap_or(100);
    let waiting = session.operator.deadlines(step, limit).await?;
    let now_ms = session.operator.now_ms().await?;
    if matches.get_flag("json") {
        session.console.say_json(&waiting.iter().map(as_json).collect::<Vec<_>>())?;
    } else if !waiting.is_empty() {
        let head = ["STEP", "INSTANCE", "WAITS FOR", "TRIES", "DUE", "AT"];
        session.console.table(head, &waiting.iter().map(|it| line(it, now_ms)).collect::<Vec<_>>());
    }
    if waiting.is_empty() {
        return Err(Failure::Refused("no step waits for a time".to_owned()));
    }
    Ok(())
}

fn line(it: &Deadline, now_ms: i64) -> [String; 6] {
    let (left, at) = (until(it.due_ms, now_ms), moment(it.due_ms));
    [it.step.clone(), it.correlation.clone(), what(it).to_owned(), it.attempts.to_string(), left, at]
}

/// What a step waits for.
fn what(deadline: &Deadline) -> &'static str {
    match deadline.mode.as_str() {
        "waiting" => "its deadline",
        "running" => "the next try of its call",
        _ => "the next try of its compensation",
    }
}

fn as_json(it: &Deadline) -> serde_json::Value {
    json!({
        "step": it.step, "correlation": it.correlation, "mode": it.mode, "waitsFor": what(it),
        "tries": it.attempts, "dueAt": moment(it.due_ms),
    })
}

async fn shift<S: Service>(
    session: &mut Session<'_, '_, S>,
    matches: &ArgMatches,
    when: When,
) -> Result<(), Failure> {
    let text = |name: &str| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let (step, instance) = (text("step"), text("instance"));
    let found = session.operator.deadline(step, instance).await?;
    let found = found.ok_or_else(|| {
        Failure::Refused(format!("{step} of {instance} waits for no time; see `ops deadlines list`"))
    })?;
    let now_ms = session.operator.now_ms().await?;
    let at_ms = to_come(when, now_ms)?;
    let fires = when == When::In(0);
    let (waits, due) = (what(&found), until(found.due_ms, now_ms));
    let then = match fires {
        true => "now. What follows cannot be undone".to_owned(),
        false => format!("{}, at {}", until(at_ms, now_ms), moment(at_ms)),
    };
    session
        .console
        .say(&format!("{step} of {instance} waits for {waits}, which is due {due}. It will be due {then}."));
    session.console.confirm(matches.get_flag("yes"))?;
    session.operator.move_deadline(step, instance, when).await?;
    let done = if fires { "now".to_owned() } else { format!("at {}", moment(at_ms)) };
    session.done(&format!("{step} of {instance}: {waits} is due {done}"));
    Ok(())
}

/// The time that is meant, if it has not passed: a mistyped year must not let a step fail.
fn to_come(when: When, now_ms: i64) -> Result<i64, Failure> {
    match when {
        When::In(ms) => Ok(now_ms.saturating_add(ms)),
        When::At(ms) if ms >= now_ms => Ok(ms),
        When::At(ms) => {
            let refused = format!("{} has passed; `ops deadlines fire` lets it be due now", moment(ms));
            Err(Failure::Refused(refused))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_waits_and_until_when() {
        let waiting = |mode: &str, due_ms| Deadline {
            step: "charge-trip".to_owned(),
            correlation: "42".to_owned(),
            mode: mode.to_owned(),
            attempts: 3,
            due_ms,
        };
        let brief = |mode: &str, due_ms| line(&waiting(mode, due_ms), 10_000)[2..5].join(", ");
        assert_eq!(brief("waiting", 730_000), "its deadline, 3, in 12m");
        assert_eq!(brief("running", 14_000), "the next try of its call, 3, in 4s");
        assert_eq!(brief("done", 9_000), "the next try of its compensation, 3, now");
    }

    #[test]
    fn a_time_that_has_passed_is_refused() {
        assert_eq!(to_come(When::In(0), 10), Ok(10));
        assert_eq!(to_come(When::At(10), 10), Ok(10));
        let refused = to_come(When::At(9), 10).expect_err("it has passed").to_string();
        assert!(refused.contains("1970-01-01T00:00:00") && refused.contains("deadlines fire"), "{refused}");
    }

    #[test]
    fn a_time_is_a_span_from_now_or_rfc_3339() {
        for (text, when) in [
            ("+90s", When::In(90_000)),
            ("+15m", When::In(900_000)),
            ("+24h", When::In(86_400_000)),
            ("+3d", When::In(259_200_000)),
            ("+0s", When::In(0)),
            ("1970-01-01T00:00:01.5Z", When::At(1_500)),
            ("1970-01-01T02:00:00+02:00", When::At(0)),
        ] {
            assert_eq!(text.parse(), Ok(Wanted(when)), "{text}");
        }
        for text in ["", "15m", "+15", "+m", "+-1m", "+1.5h", "+15 m", "+99999999d", "2026-01-31", "now"] {
            assert!(text.parse::<Wanted>().is_err(), "{text}");
        }
    }
}
