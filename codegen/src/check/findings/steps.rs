//! Findings about what a step is made of: keys that do not go together,
//! triggers, emissions, closers, rows and statuses.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, one_of};
use crate::source::Span;
use crate::spec::Word;

use super::names::unknown;

fn shape(span: Span, message: String, label: &str, help: &str) -> Diagnostic {
    Diagnostic::error(Code::WrongShape, span, message).label(label).help(help)
}

pub(in crate::check) fn request_without_route(name: &Word) -> Diagnostic {
    let message = format!("the request `{}` has no `http`", name.value);
    let help = "add `http: POST /path`, or move the step under `subscriptions`";
    shape(name.span, message, "expected `http`", help)
}

pub(in crate::check) fn subscription_with_route(name: &str, http: Span) -> Diagnostic {
    let message = format!("the subscription `{name}` has a route");
    let help = "move the step under `requests`; it may keep its `on`";
    shape(http, message, "only requests have `http`", help)
}

pub(in crate::check) fn waits_for_nothing(name: &Word) -> Diagnostic {
    let message = format!("the subscription `{}` waits for nothing", name.value);
    shape(name.span, message, "expected `on` or `any`", "add `on: Event`")
}

pub(in crate::check) fn body_without_route(name: &str, body: Span) -> Diagnostic {
    let message = format!("`{name}` has a body but no route");
    let help = "remove `body`, or move the step under `requests` and add `http`";
    shape(body, message, "only requests have a `body`", help)
}

pub(in crate::check) fn nothing_to_close(name: &str, closer: Span) -> Diagnostic {
    let message = format!("`{name}` waits for no event, so there is nothing to close");
    let help = "name the event that the request waits for under `on`, or remove this";
    shape(closer, message, "expected an event under `on`", help)
}

pub(in crate::check) fn does_nothing(name: &str, http: Span) -> Diagnostic {
    let message = format!("the request `{name}` does nothing");
    let help = "add `reads`, `creates`, `entity` or `emits`";
    shape(http, message, "it neither reads, writes nor publishes", help)
}

pub(in crate::check) fn get_without_reads(name: &str, http: Span) -> Diagnostic {
    let message = format!("`{name}` is a `GET` but reads nothing");
    shape(http, message, "a `GET` needs `reads`", "add `reads: Entity`, or use `POST`")
}

pub(in crate::check) fn reads_without_get(name: &str, reads: Span) -> Diagnostic {
    let message = format!("`{name}` has `reads` but is not a `GET`");
    let help = "write `http: GET /path`; a step that changes a row names it under `entity`";
    shape(reads, message, "only a `GET` has `reads`", help)
}

pub(in crate::check) fn read_that_does_more(name: &str, entity: &str, other: Span) -> Diagnostic {
    let message = format!("`{name}` reads `{entity}` and does something else as well");
    let help = "remove this, or make the request a `POST` without `reads`";
    shape(other, message, "a `GET` only reads", help)
}

pub(in crate::check) fn creates_and_loads(name: &str, entity: &Word, created: Span) -> Diagnostic {
    let message = format!("`{name}` both creates and loads `{}`", entity.value);
    Diagnostic::error(Code::WrongShape, entity.span, message)
        .label("the row does not exist yet")
        .also(created, "created here")
        .help("keep either `creates` or `entity`")
}

pub(in crate::check) fn loads_and_upserts(name: &str, entity: &Word, loaded: Span) -> Diagnostic {
    let message = format!("`{name}` has `{}` under both `entity` and `upserts`", entity.value);
    Diagnostic::error(Code::WrongShape, entity.span, message)
        .label("a second use of the row")
        .also(loaded, "the first use")
        .help("keep `entity` if a missing row is an error, `upserts` if it is to be created")
}

pub(in crate::check) fn upserts_with_status(name: &str, entity: &dyn Display, span: Span) -> Diagnostic {
    let message = format!("`{name}` upserts `{entity}`, which has a status");
    Diagnostic::error(Code::WrongShape, span, message)
        .label("a row with a status belongs to one instance of the saga")
        .help(format!("write `creates: {entity}` where its life begins, and `entity: {entity}` afterwards"))
}

pub(in crate::check) fn shared_route(span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, "two requests of a service share a route")
        .label("already in use")
        .also(first, "first used here")
        .help("give one of them a different path or method")
}

pub(in crate::check) fn trigger_twice(event: &str, span: Span, earlier: Span) -> Diagnostic {
    Diagnostic::error(Code::DuplicateKey, span, format!("`{event}` is listed twice"))
        .label("a message has only one variant")
        .also(earlier, "first listed here")
        .help("keep one of them; list alternatives under `any`")
}

pub(in crate::check) fn any_without_variant(
    event: &dyn Display,
    variants: Vec<String>,
    span: Span,
) -> Diagnostic {
    Diagnostic::error(Code::AnyVariant, span, format!("`{event}` under `any` must name a variant"))
        .label("which variant?")
        .help(format!("write {}", one_of(variants)))
}

pub(in crate::check) fn two_outcomes(name: &str, span: Span, first: Span) -> Diagnostic {
    Diagnostic::error(Code::TwoOutcomes, span, format!("`{name}` emits two events with outcomes"))
        .label("a step has only one outcome")
        .also(first, "the first one")
        .help("keep one, and emit the other from a step that waits for the first, or remove its `outcome`")
}

pub(in crate::check) fn published_here(event: &dyn Display, span: Span, declared: Span) -> Diagnostic {
    let message = format!("`{event}` has an external producer, but this step emits it too");
    Diagnostic::error(Code::PublishedHere, span, message)
        .label("a second producer")
        .also(declared, "declared `external: publishes`")
        .help("write `external: subscribes` if other systems only read it, or emit another event")
}

pub(in crate::check) fn cannot_fail(
    step: &str,
    event: &dyn Display,
    span: Span,
    declared: Span,
    help: String,
) -> Diagnostic {
    let message = format!("`{event}` can fail, but `{step}` cannot report a failure");
    Diagnostic::error(Code::CannotFail, span, message)
        .label("a failure of this event would go unhandled")
        .also(declared, "this event has a failing variant")
        .help(help)
}

pub(in crate::check) fn closer_without_failure(step: &str, key: &str, span: Span) -> Diagnostic {
    let message = format!("`{step}` has `{key}`, but cannot fail");
    Diagnostic::error(Code::CloserWithoutFailure, span, message)
        .label("closing the step would publish nothing")
        .help("let the step emit an event with an `outcome`, or remove this")
}

pub(in crate::check) fn request_retried(step: &str, span: Span) -> Diagnostic {
    let message = format!("`{step}` has `retry`, but nothing retries a request");
    Diagnostic::error(Code::NothingToRetry, span, message)
        .label("the client has the answer at once, and repeats the request if it wants to")
        .help("remove it")
}

pub(in crate::check) fn tried_once(step: &str, span: Span) -> Diagnostic {
    let message = format!("`{step}` is tried at least twice");
    Diagnostic::error(Code::NothingToRetry, span, message)
        .label("a message that fails is tried again by itself, after those that came with it")
        .help("write `retry: 2` or more, or let the handler reject: a rejection is final")
}

pub(in crate::check) fn nothing_to_wait_for(step: &str, span: Span) -> Diagnostic {
    let message = format!("`{step}` has `timeout`, but waits for nothing");
    Diagnostic::error(Code::NothingToRetry, span, message)
        .label("a `state` handler calls no other system")
        .help("remove it, write `handler: call`, or write `deadline` to close the step after that long")
}

pub(in crate::check) fn ambiguous_status(status: &Word) -> Diagnostic {
    let message = format!("two entities of this step have the status `{}`", status.value);
    Diagnostic::error(Code::UnknownStatus, status.span, message)
        .label("which entity moves?")
        .help("list only the entity that moves under `entity`, or rename one of the statuses")
}

/// A status that no entity of a step has. `loaded` names those entities,
/// `statuses` everything that they can be in.
pub(in crate::check) fn unknown_status(status: &Word, loaded: &[String], statuses: &[String]) -> Diagnostic {
    let (found, meant) = unknown(status, "status", statuses.iter().map(String::as_str), "status");
    let mut found = Diagnostic { code: Code::UnknownStatus, ..found };
    found.help = vec![match (loaded, statuses) {
        ([], _) => {
            "add the entity that moves, `entity: Order`; a row that the step creates has the `start` status"
                .to_owned()
        }
        (_, []) => format!("declare `status: {{ start: …, done: … }}` on {}", one_of(loaded)),
        _ => format!("write {}", one_of(statuses)),
    }];
    if meant.is_none() {
        found.label = match loaded {
            [] => "this step loads no entity".to_owned(),
            _ => format!("{} has no such status", one_of(loaded)),
        };
    }
    found
}
