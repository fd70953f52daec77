//! What the language has and the generator has no code for. `generate` refuses it, and says how to write it
//! instead: code that silently did less would be worse than none.

use std::fmt::Display;

use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::prove::model::begins;
use crate::resolved::*;
use crate::source::Span;

/// Every construct of a specification that `generate` has no code for.
pub fn not_generated(spec: &Resolved) -> Diagnostics {
    let mut found = Found(Vec::new());
    for step in spec.steps() {
        match step.kind {
            StepKind::Compensation(_) => {}
            StepKind::Request | StepKind::Subscription => self::step(step, &mut found),
        }
    }
    for compensation in spec.compensations() {
        self::compensation(spec, compensation, &mut found);
    }
    found.0.into_iter().collect()
}

fn compensation(spec: &Resolved, compensation: &Compensation, found: &mut Found) {
    match compensation.kind {
        CompensationKind::Nothing => {}
        CompensationKind::Derived { .. } => {
            let of = spec.step(compensation.of);
            if begins(of) {
                let what = "the compensation of a request that begins an instance";
                found.add(
                    compensation.span,
                    what,
                    "let the request publish an event, and a subscription to it do what is to be compensated",
                );
            }
        }
        CompensationKind::Command { step, command, .. } => {
            let rows = &spec.step(step).rows;
            let keyless = |row: &&RowUse| !matches!(row.lookup, Lookup::Key(_) | Lookup::Keys(_));
            if let Some(row) = rows.iter().find(keyless) {
                let key = spec.entity(row.entity).key_reference();
                let command = &spec.event(command).name;
                let what = "a compensation whose command does not carry the key of its row";
                found.add(
                    compensation.span,
                    what,
                    format!(
                        "add `{key}` to the fields of `{command}`, and to those of the success that it undoes"
                    ),
                );
            }
        }
    }
}

struct Found(Vec<Diagnostic>);

impl Found {
    /// Refuses `what`, which is written like `instead` today.
    fn add(&mut self, span: Span, what: impl Display, instead: impl Into<String>) {
        self.0.push(
            Diagnostic::error(Code::NotGenerated, span, format!("`generate` has no code for {what}"))
                .label("valid, but nothing is generated for it")
                .help(instead.into()),
        );
    }
}

fn step(step: &Step, found: &mut Found) {
    let Step {
        id: _,
        service: _,
        name: _,
        kind,
        triggers: _,
        closers: _,
        http: _,
        body: _,
        reads: _,
        creates: _,
        rows,
        emissions: _,
        failure: _,
        commands: _,
        correlation: _,
        set: _,
        handler,
        handler_span,
        decision: _,
        retry: _,
        timeout: _,
        span,
    } = step;
    let handler = match handler {
        HandlerKind::State => None,
        HandlerKind::Call => Some("call"),
        HandlerKind::Sql => Some("sql"),
    };
    if let Some(handler) = handler {
        asked_apart(*kind, handler, rows, handler_span.unwrap_or(*span), found);
    }
    rows.iter().for_each(|row| upserts(rows, row, found));
}

/// A step that asks another system, or the database.
fn asked_apart(kind: StepKind, handler: &str, rows: &[RowUse], span: Span, found: &mut Found) {
    if matches!(kind, StepKind::Request) {
        let instead =
            format!("let the request publish an event, and a subscription to it have `handler: {handler}`");
        found.add(span, format!("`handler: {handler}` of a request"), instead);
    }
    let does = |row: &RowUse| match (&row.lookup, &row.missing) {
        (_, Some(_)) => Some("upserts a row"),
        (Lookup::Keys(_), None) => Some("works on rows by a list"),
        _ => None,
    };
    if let Some((row, does)) = rows.iter().find_map(|row| Some((row, does(row)?))) {
        let what = format!("`handler: {handler}` of a step that {does}");
        let instead =
            "let the step publish what it was answered, and change these rows in a step on that event";
        found.add(row.span, what, instead);
    }
}

/// The first values of a row must be known before any row is changed.
fn upserts(rows: &[RowUse], used: &RowUse, found: &mut Found) {
    let upserted = |id: EntityId| rows.iter().any(|row| row.entity == id && row.missing.is_some());
    for first in used.missing.iter().flatten() {
        if let FieldSource::EntityField(id, _) | FieldSource::EntityKey(id) = &first.source
            && upserted(*id)
        {
            let what = "an upserted row whose first value comes from another upserted row";
            found.add(used.span, what, "take the value from a message, under `set`");
        }
    }
}
