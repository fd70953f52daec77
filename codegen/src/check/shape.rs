//! Keys of a step that do not go together, and routes that do not.

use std::collections::HashMap;

use super::findings::steps as findings;
use super::resolver::Resolver;
use crate::diagnostic::Diagnostic;
use crate::resolved::{Method, Segment, ServiceId};
use crate::source::Span;
use crate::spec::{Section, StepDecl};

/// Keys of a step that do not go together.
/// Tells whether they do.
pub(super) fn check(resolver: &mut Resolver<'_>, decl: &StepDecl) -> bool {
    let mut wrong = Vec::new();
    section(decl, &mut wrong);
    reading(decl, &mut wrong);
    request(decl, &mut wrong);
    let fine = wrong.is_empty();
    resolver.out.extend(wrong);
    fine
}

fn waits(decl: &StepDecl) -> bool {
    !decl.on.is_empty() || !decl.any.is_empty()
}

/// What belongs under `requests`, and what under `subscriptions`.
fn section(decl: &StepDecl, wrong: &mut Vec<Diagnostic>) {
    let name = &decl.name;
    match (decl.section, &decl.http) {
        (Section::Requests, None) => wrong.push(findings::request_without_route(name)),
        (Section::Subscriptions, Some(http)) => {
            wrong.push(findings::subscription_with_route(&name.value, http.span));
        }
        (Section::Subscriptions, None) if !waits(decl) => wrong.push(findings::waits_for_nothing(name)),
        _ => {}
    }
    if let (None, Some(field)) = (&decl.http, decl.body.iter().flatten().next()) {
        wrong.push(findings::body_without_route(&name.value, field.name.span));
    }
}

/// A request that waits for no event acts at once, and has nothing to close.
fn request(decl: &StepDecl, wrong: &mut Vec<Diagnostic>) {
    let (Some(http), false) = (&decl.http, waits(decl)) else {
        return;
    };
    let closer = decl.deadline.as_ref().map(|it| it.span);
    if let Some(span) = closer.or(decl.unless.first().map(|it| it.span)) {
        wrong.push(findings::nothing_to_close(&decl.name.value, span));
    }
    let does =
        [!decl.emits.is_empty(), decl.creates.is_some(), decl.rows().next().is_some(), decl.reads.is_some()];
    if !does.contains(&true) {
        wrong.push(findings::does_nothing(&decl.name.value, http.span));
    }
}

/// `GET` reads, and nothing else does.
fn reading(decl: &StepDecl, wrong: &mut Vec<Diagnostic>) {
    let name = &decl.name.value;
    let get = decl.http.as_ref().filter(|http| http.method == Method::Get);
    match (get, &decl.reads) {
        (Some(http), None) => wrong.push(findings::get_without_reads(name, http.span)),
        (None, Some(reads)) => wrong.push(findings::reads_without_get(name, reads.span)),
        (Some(_), Some(reads)) => {
            let other = does_more(decl).map(|span| findings::read_that_does_more(name, &reads.value, span));
            wrong.extend(other);
        }
        (None, None) => {}
    }
}

/// What a step does beside reading.
fn does_more(decl: &StepDecl) -> Option<Span> {
    let firsts = [
        decl.on.first().map(|it| it.span),
        decl.any.first().map(|it| it.span),
        decl.emits.first().map(|it| it.span),
        decl.creates.as_ref().map(|it| it.span),
        decl.rows().next().map(|it| it.name.span),
        decl.to.as_ref().map(|it| it.span),
        decl.handler.as_ref().map(|it| it.span),
        decl.set.first().map(|(it, _)| it.span),
        decl.body.iter().flatten().next().map(|it| it.name.span),
    ];
    firsts.into_iter().flatten().next()
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
            resolver.report(findings::shared_route(span, first));
        }
    }
}
