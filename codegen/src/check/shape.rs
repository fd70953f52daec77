//! Keys of a step that do not go together, and routes that do not.

use std::collections::HashMap;

use super::resolver::Resolver;
use crate::diagnostic::{Code, Diagnostic};
use crate::resolved::{Method, Segment, ServiceId};
use crate::source::Span;
use crate::spec::{Section, StepDecl};

/// Keys of a step that do not go together.
/// Tells whether they do.
pub(super) fn check(resolver: &mut Resolver<'_>, decl: &StepDecl) -> bool {
    let mut fine = true;
    let name = &decl.name;
    let waits = !decl.on.is_empty() || !decl.any.is_empty();
    let mut wrong = |span: Span, message: String, label: &str, help: &str| {
        let found = Diagnostic::error(Code::WrongShape, span, message);
        resolver.out.push(found.label(label).help(help));
        fine = false;
    };
    match (decl.section, &decl.http) {
        (Section::Requests, None) => wrong(
            name.span,
            format!("the request `{}` has no `http`", name.value),
            "no `http` here",
            "add `http: POST /path`, or move it under `subscriptions`",
        ),
        (Section::Subscriptions, Some(http)) => wrong(
            http.span,
            format!("the subscription `{}` has a route", name.value),
            "only requests have `http`",
            "move the step under `requests`; it keeps its `on`",
        ),
        (Section::Subscriptions, None) if !waits => wrong(
            name.span,
            format!("the subscription `{}` waits for nothing", name.value),
            "neither `on` nor `any` here",
            "add `on: Event`",
        ),
        _ => {}
    }
    if let (None, Some(field)) = (&decl.http, decl.body.iter().flatten().next()) {
        wrong(
            field.name.span,
            format!("`{}` has a body but no route", name.value),
            "only requests have a `body`",
            "remove `body`, or add `http` under `requests`",
        );
    }
    reading(decl, &mut wrong);
    if let (Some(http), false) = (&decl.http, waits) {
        let closer = decl.deadline.as_ref().map(|it| it.span);
        if let Some(span) = closer.or(decl.unless.first().map(|it| it.span)) {
            wrong(
                span,
                format!("`{}` waits for no event that this could end", name.value),
                "there is no wait to close",
                "name the event it waits for under `on`, or remove this",
            );
        }
        let does =
            [!decl.emits.is_empty(), decl.creates.is_some(), !decl.entity.is_empty(), decl.reads.is_some()];
        if !does.contains(&true) {
            wrong(
                http.span,
                format!("the request `{}` does nothing", name.value),
                "it neither reads nor writes nor publishes",
                "add `reads`, `creates`, `entity` or `emits`",
            );
        }
    }
    fine
}

/// `GET` reads, and nothing else does.
fn reading(decl: &StepDecl, wrong: &mut impl FnMut(Span, String, &str, &str)) {
    let name = &decl.name.value;
    let get = decl.http.as_ref().filter(|http| http.method == Method::Get);
    match (get, &decl.reads) {
        (Some(http), None) => wrong(
            http.span,
            format!("`{name}` is a `GET` that reads nothing"),
            "a `GET` needs `reads`",
            "add `reads: Entity`, or use `POST`",
        ),
        (None, Some(reads)) => wrong(
            reads.span,
            format!("`{name}` reads, but not by `GET`"),
            "`reads` belongs to a `GET`",
            "write `http: GET /path`; a step that changes a row names it under `entity`",
        ),
        (Some(_), Some(reads)) => {
            let firsts = [
                decl.on.first().map(|it| it.span),
                decl.any.first().map(|it| it.span),
                decl.emits.first().map(|it| it.span),
                decl.creates.as_ref().map(|it| it.span),
                decl.entity.first().map(|it| it.name.span),
                decl.to.as_ref().map(|it| it.span),
                decl.handler.as_ref().map(|it| it.span),
                decl.set.first().map(|(it, _)| it.span),
                decl.body.iter().flatten().next().map(|it| it.name.span),
            ];
            if let Some(span) = firsts.into_iter().flatten().next() {
                wrong(
                    span,
                    format!("`{name}` reads `{}` and does more", reads.value),
                    "a `GET` only reads",
                    "remove this, or make it a `POST` without `reads`",
                );
            }
        }
        (None, None) => {}
    }
}

/// Two routes that differ only in the names of their parameters are one.
pub(super) fn refuse_shared_routes(resolver: &mut Resolver<'_>) {
    let mut seen: HashMap<(ServiceId, Method, Vec<String>), Span> = HashMap::new();
    for index in 0..resolver.steps.len() {
        let step = &resolver.steps[index];
        let Some(http) = &step.http else {
            continue;
        };
        let span = http.span;
        let pattern = http.segments.iter().map(|segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Param(_) => ":".to_owned(),
        });
        let route = (step.service, http.method, pattern.collect());
        if let Some(first) = seen.insert(route, span) {
            let found = resolver.error(Code::Duplicate, span, "two requests of a service on one route");
            found.label("taken").also(first, "the first").help("give one of them another path or method");
        }
    }
}
