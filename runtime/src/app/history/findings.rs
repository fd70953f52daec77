//! What a version would do to a history, in words: what was found, and what an operator can choose.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::config::HistoryChoice;

/// Something of a history that a version must not decide by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    what: String,
    ways: Vec<String>,
    /// Whether this version can handle it, if it is to.
    handles: bool,
}

impl Finding {
    /// Messages that were published before this service read their topic.
    pub(super) fn old_messages(service: &str, topic: &str, messages: i64, why: &str) -> Self {
        Self {
            what: format!(
                "{topic} holds up to {messages} messages from before this `{service}`: {why}. The saga \
                 instances they belong to may have ended long ago"
            ),
            ways: vec![
                format!(
                    "`{service} --history skip` begins behind them; instances that are under way do not reach the \
                     steps of `{service}`"
                ),
                format!("`{service} --history handle` handles them, for the instances that have ended too"),
            ],
            handles: true,
        }
    }

    /// A step is gone, and its rows wait.
    pub(super) fn waiting(service: &str, step: &str, rows: i64, heirs: &[String]) -> Self {
        let what =
            format!("{rows} saga instances wait in the step `{step}`, which this version does not have");
        let mut ways = ways_of_a_step(service, step, heirs);
        ways.push("the version before finishes them: run it until none is left".to_owned());
        Self { what, ways, handles: false }
    }

    /// A step is gone that has run, and another one is new.
    pub(super) fn renamed(service: &str, step: &str, heirs: &[String]) -> Self {
        let what = format!(
            "the step `{step}` has run, and this version does not have it. If it has another name now, that one \
             must not run again for the same instances"
        );
        Self { what, ways: ways_of_a_step(service, step, heirs), handles: false }
    }

    /// A step has other triggers, and its rows wait for the old ones.
    pub(super) fn waiting_for(
        service: &str,
        step: &str,
        rows: i64,
        from: &BTreeSet<String>,
        to: &BTreeSet<String>,
    ) -> Self {
        let list = |topics: &BTreeSet<String>| topics.iter().cloned().collect::<Vec<_>>().join(", ");
        Self {
            what: format!(
                "{rows} saga instances wait in the step `{step}` for messages of {}; in this version it needs {}",
                list(from),
                list(to)
            ),
            ways: vec![
                "the version before finishes them: run it until none is left".to_owned(),
                format!("`{service} ops drop-step {step}` gives up all rows of the step"),
                format!("`{service} --history skip` leaves them: they go on if what is missing comes"),
            ],
            handles: false,
        }
    }

    /// A table with rows is gone, and another one is new.
    pub(super) fn table(service: &str, table: &str, heirs: &[String]) -> Self {
        let rename = |heir: &String| {
            let (old, new) = (table.replace('"', "\"\""), heir.replace('"', "\"\""));
            let (from, to) = (table.replace('\'', "''"), heir.replace('\'', "''"));
            format!(
                "if it is `{heir}` now: ALTER TABLE \"{old}\" RENAME TO \"{new}\"; \
                 UPDATE saga_id SET entity = '{to}' WHERE entity = '{from}';"
            )
        };
        let mut ways: Vec<String> = heirs.iter().map(rename).collect();
        ways.push(format!(
            "`{service} --history skip` begins with the new tables empty, and leaves this one"
        ));
        let what = format!("the table `{table}` has rows, and this version does not have it");
        Self { what, ways, handles: false }
    }

    /// Messages of a topic that is no longer read wait for their retry, or for an earlier one.
    pub(super) fn queued(service: &str, topic: &str, messages: i64) -> Self {
        Self {
            what: format!(
                "{messages} messages of {topic} are parked or held, and this version does not read it"
            ),
            ways: vec![
                "the version before handles them: run it until `ops parked` and `ops held` are empty"
                    .to_owned(),
                format!("`{service} ops drop` gives up those that are parked"),
                format!("`{service} --history skip` leaves them in the tables, unhandled"),
            ],
            handles: false,
        }
    }

    /// Messages of a topic that is no longer read were never read.
    pub(super) fn unread(service: &str, topic: &str, messages: i64) -> Self {
        Self {
            what: format!("{messages} messages of {topic} were not read, and this version does not read it"),
            ways: vec![
                "the version before handles them: run it until `ops offsets` shows no lag".to_owned(),
                format!("`{service} --history skip` gives them up"),
            ],
            handles: false,
        }
    }

    /// For which instances a step has run is not known: the topic that triggered it cannot be read.
    pub(super) fn unknown(service: &str, step: &str, topic: &str) -> Self {
        Self {
            what: format!(
                "the step `{step}` was triggered by {topic}, which cannot be read any more, so the instances for \
                 which it has run are not known"
            ),
            ways: vec![
                format!("give the service the right to read {topic}, if it has lost that"),
                format!("`{service} --history handle` lets the step run for each instance that reaches it"),
            ],
            handles: true,
        }
    }

    /// Whether an operator has decided it by `choice`.
    pub(super) fn is_answered(&self, choice: Option<HistoryChoice>) -> bool {
        match choice {
            Some(HistoryChoice::Skip) => true,
            Some(HistoryChoice::Handle) => self.handles,
            None => false,
        }
    }
}

fn ways_of_a_step(service: &str, step: &str, heirs: &[String]) -> Vec<String> {
    let adopt = |heir: &String| format!("if it is `{heir}` now: `{service} ops adopt-step {step} {heir}`");
    let mut ways: Vec<String> = heirs.iter().map(adopt).collect();
    ways.push(format!("`{service} ops drop-step {step}` gives up all rows of the step"));
    ways.push(format!("`{service} --history skip` leaves its rows in the tables, and starts without them"));
    ways
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Why a service does not start: everything that was found, each with the choices.
pub(super) fn refusal(findings: &[Finding]) -> String {
    let mut text =
        String::from("this version meets a history, and does not decide by itself what becomes of it");
    for Finding { what, ways, .. } in findings {
        // Writing into a String cannot fail.
        let _ = write!(text, "\n\n{what}. Choose:");
        for way in ways {
            let _ = write!(text, "\n  - {way}");
        }
    }
    text.push_str("\n\nSAGA_HISTORY=skip or handle is the same as --history.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_handles_only_what_it_has_steps_for() {
        let old = Finding::old_messages("fraud", "order-created", 20, "the first names other readers");
        let unread = Finding::unread("fraud", "order-created", 3);
        for (choice, answered) in [
            (None, [false, false]),
            (Some(HistoryChoice::Handle), [true, false]),
            (Some(HistoryChoice::Skip), [true, true]),
        ] {
            assert_eq!([&old, &unread].map(|finding| finding.is_answered(choice)), answered);
        }
    }

    #[test]
    fn a_refusal_names_every_choice() {
        let heirs = ["reserve-stock".to_owned()];
        let text = refusal(&[
            Finding::waiting("product", "decrease-product", 2, &heirs),
            Finding::table("product", "product_tb", &["stock_tb".to_owned()]),
            Finding::old_messages("product", "order-created", 20, "the first names other readers"),
        ]);
        for choice in [
            "`product ops adopt-step decrease-product reserve-stock`",
            "`product ops drop-step decrease-product`",
            "ALTER TABLE \"product_tb\" RENAME TO \"stock_tb\"; UPDATE saga_id SET entity = 'stock_tb' WHERE entity = 'product_tb';",
            "`product --history skip`",
            "`product --history handle`",
            "SAGA_HISTORY",
        ] {
            assert!(text.contains(choice), "{choice} is not in\n{text}");
        }
    }
}
