//! What the language has and the generator does not support yet. `generate`
//! refuses it: code that silently did less would be worse than none.

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
                let help = "let a subscription do what is compensated";
                found.add(compensation.span, "a compensation of a request that begins an instance", help);
            }
        }
        CompensationKind::Command { step, .. } => {
            let rows = &spec.step(step).rows;
            if rows.iter().any(|row| !matches!(row.lookup, Lookup::Key(_) | Lookup::Keys(_))) {
                let help = "add the key of the row to the command";
                found.add(compensation.span, "a compensation whose command lacks the key of the row", help);
            }
        }
    }
}

struct Found(Vec<Diagnostic>);

impl Found {
    fn add(&mut self, span: Span, what: impl Into<String>, help: &str) {
        let message = format!("`generate` does not support {} yet", what.into());
        self.0.push(
            Diagnostic::error(Code::NotGenerated, span, message)
                .label("valid, but no code is generated for it")
                .help(help),
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
    if *handler != HandlerKind::State {
        asked_apart(*kind, rows, handler_span.unwrap_or(*span), found);
    }
    rows.iter().for_each(|row| upserts(rows, row, found));
}

/// A step that asks another system, or the database.
fn asked_apart(kind: StepKind, rows: &[RowUse], span: Span, found: &mut Found) {
    if matches!(kind, StepKind::Request) {
        let help = "publish an event, and ask in a subscription to it";
        found.add(span, "a request whose handler calls, or uses SQL", help);
    }
    let several = |row: &&RowUse| matches!(row.lookup, Lookup::Keys(_)) || row.missing.is_some();
    if let Some(row) = rows.iter().find(several) {
        let help = "change these rows in a step that awaits the answer";
        found.add(row.span, "a call, or SQL, of a step with several rows or one that may be new", help);
    }
}

/// The first values of a row must be known before any row is changed.
fn upserts(rows: &[RowUse], used: &RowUse, found: &mut Found) {
    let upserted = |id: EntityId| rows.iter().any(|row| row.entity == id && row.missing.is_some());
    for first in used.missing.iter().flatten() {
        if let FieldSource::EntityField(id, _) | FieldSource::EntityKey(id) = &first.source
            && upserted(*id)
        {
            let what = "a first value that another row gives which may be missing as well";
            found.add(used.span, what, "take the value from a message");
        }
    }
}
