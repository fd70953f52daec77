//! Steps that messages start: what they see, the rows they work on, and what
//! they do.

use crate::lower::event::what;
use crate::lower::flow::Places;
use crate::lower::names::Names;
use crate::lower::scope::{Scope, locals};
use crate::lower::values::correlation_of;
use crate::lower::{asked, event, failing, one_of, run, undo, variants};
use crate::model::{
    self, Apart, CallOf, Did, FoundBy, Ident, Load, LockedRow, Need, OneOf, Requested, Retries, RowAt,
    RowLock, Run, Sees, StepRows, Value, Wants,
};
use crate::prove::model::keeps;
use crate::resolved::{
    FieldSource, Http, Lookup, OutcomeKind, Resolved, Step, StepId, Trigger, row_ordering,
};

/// A step, and which one it is.
pub(super) struct Lowered {
    pub id: StepId,
    pub step: model::Step,
}

pub(super) fn lower(
    spec: &Resolved,
    declared: &Step,
    asked: Option<(&Http, &Ident)>,
    places: &Places,
    names: &mut Names,
) -> Lowered {
    let mut scope = locals();
    let requested = asked.map(|(http, body)| asked::requested(spec, declared, http, body, &mut scope));
    let kept = keeps(spec, declared, &row_ordering::unordered(spec));
    let needs = needs(spec, declared, &mut scope);
    let one_of = one_of::lower(spec, declared, &needs, names, &mut scope);
    let seen = (needs.as_slice(), one_of.as_ref());
    let (mut run, rows) = run::lower(spec, declared, seen, requested.as_ref(), names, &mut scope);
    let said = requested.as_ref().map(Requested::bindings).unwrap_or_default();
    let undo = undo::lower(spec, declared, seen, &rows, &said, names);
    if let (Some(creates), Some((_, did))) = (&mut run.creates, &undo) {
        creates.kept = did.created.is_some();
    }
    let fails = failing::fails(spec, declared, seen, names);
    let used = one_of.as_ref().is_some_and(|it| {
        let needs = |value: &Value| value.mentions(&it.binding);
        let found = |row: &RowAt| row.found.as_ref().is_some_and(|found| needs(&found.value));
        let fails =
            fails.iter().flat_map(|fails| &fails.cases).any(|case| case.message.mentions(&it.binding));
        let undone = undo.iter().any(|(undo, _)| undo.ask.takes(&it.binding));
        let in_rows = rows.iter().any(|row| needs(&row.key) || found(row));
        run.uses(&it.binding) || in_rows || fails || undone
    });
    let one_of = one_of.clone().filter(|_| used).map(Box::new);
    let sees = if kept {
        let did = undo.as_ref().map(|(_, did)| did.clone()).unwrap_or_default();
        Sees::Rows(Box::new(step_rows(spec, declared, (&needs, one_of), did, names)))
    } else {
        needs.first().map_or(Sees::Request, |need| Sees::Message(need.clone()))
    };
    let place = places.step_const(declared.id).cloned();
    let keys = Keys { spec, declared, needs: &needs, said: &said };
    let found: Vec<RowLock> =
        rows.iter().zip(&declared.rows).map(|(row, used)| keys.lock(row, &used.lookup)).collect();
    let step = model::Step {
        name: declared.name.clone(),
        place: place.unwrap_or_else(|| crate::lower::refused("subscription outside of the flow")),
        locks: keys.locks(&rows, &run, undo.as_ref().map(|(_, did)| did)),
        loads: keys.loads(&rows, places),
        fails,
        owed: failing::owed(spec, declared, &needs, names),
        undo: undo.map(|(undo, _)| undo),
        deadline: declared.deadline(),
        call: run::apart(declared).map(|to| CallOf {
            to,
            rows: rows.clone(),
            function: names.functions.take(Ident::snake(&called(to, declared)), "_step"),
            variant: Ident::upper_camel(declared.name.as_str()),
        }),
        retries: (run::apart(declared).is_some() || declared.retry != Step::RETRY)
            .then_some(Retries { tries: declared.retry, timeout: declared.timeout }),
        sees,
        must_act: run::must_act(declared),
        asked: requested.and_then(|requested| asked::lower(spec, declared, requested, &found, names)),
        run,
    };
    Lowered { id: declared.id, step }
}

/// The function that calls for a step.
fn called(to: Apart, step: &Step) -> String {
    match to {
        Apart::Call => format!("call-for-{}", step.name),
        Apart::Sql => format!("sql-for-{}", step.name),
    }
}

/// The messages a step needs, each with a name. What may be more than one variant of an event has one name.
fn needs(spec: &Resolved, declared: &Step, scope: &mut Scope) -> Vec<Need> {
    let alone = declared.triggers.len() == 1;
    let mut needs: Vec<Need> = Vec::new();
    for trigger in &declared.triggers {
        let ident = event::ident(spec.event(trigger.event));
        let known = needs.iter().find(|need| need.event == ident).map(|need| need.binding.clone());
        needs.push(need(spec, trigger, alone, known, scope));
    }
    needs
}

fn need(spec: &Resolved, trigger: &Trigger, alone: bool, known: Option<Ident>, scope: &mut Scope) -> Need {
    let event = spec.event(trigger.event);
    // Of a boolean, only one variant is no failure.
    let only = event.outcome.as_ref().filter(|outcome| outcome.kind == OutcomeKind::Boolean);
    let variant = trigger.variant.or_else(|| only.and_then(|_| variants::good(event).next()));
    let name = if alone && event.is_command() { "command" } else { event.name.as_str() };
    Need {
        event: event::ident(event),
        what: what(spec, trigger.event, variant),
        binding: known.unwrap_or_else(|| scope.take(Ident::snake(name), "_event")),
    }
}

fn step_rows(
    spec: &Resolved,
    step: &Step,
    (needs, one_of): (&[Need], Option<Box<OneOf>>),
    did: Did,
    names: &mut Names,
) -> StepRows {
    let in_order = step.needs_all().chain(step.needs_one());
    let wants = in_order.map(|(index, trigger)| {
        let shared = step.triggers.iter().filter(|it| it.event == trigger.event).count() > 1;
        let variant = trigger.variant.filter(|_| shared);
        Wants {
            field: needs[index.0].binding.clone(),
            test: variant.map(|variant| variants::test(spec.event(trigger.event), variant)),
        }
    });
    StepRows {
        field: names.rows.take(Ident::snake(step.name.as_str()), "_step"),
        inputs: names.types.take(Ident::upper_camel(step.name.as_str()).with("Inputs"), "Kept"),
        step: step.name.clone(),
        wants: wants.collect(),
        did: Box::new(did),
        kept: kept(needs),
        one_of,
    }
}

/// The messages, each kept once.
fn kept(needs: &[Need]) -> Vec<Need> {
    let mut kept: Vec<Need> = Vec::new();
    for need in needs {
        match kept.iter_mut().find(|known| known.binding == need.binding) {
            Some(known) => {
                let more = format!("` or `{}", need.what);
                known.what.push_str(&more);
            }
            None => kept.push(need.clone()),
        }
    }
    kept
}

/// Finds the rows of a step before it runs.
struct Keys<'a> {
    spec: &'a Resolved,
    declared: &'a Step,
    needs: &'a [Need],
    /// The names of what a request says.
    said: &'a [Ident],
}

impl Keys<'_> {
    /// The rows its transaction locks, each once, but for those that a request says.
    fn locks(&self, rows: &[RowAt], run: &Run, did: Option<&Did>) -> Vec<RowLock> {
        let mut locks: Vec<RowLock> = Vec::new();
        let found = rows.iter().zip(&self.declared.rows);
        let found = found.flat_map(|(row, used)| self.each(self.lock(row, &used.lookup)));
        // A key that the handler gives is not known before it is asked.
        let given = self.declared.creates.as_ref().is_some_and(|it| it.key == Some(FieldSource::Handler));
        let created = run.creates.as_ref().filter(|_| !given).map(|creates| RowLock {
            table: creates.table.clone(),
            column: None,
            each: false,
            row: match (&creates.allocates, creates.row.fields.first()) {
                (None, Some((_, key))) => self.said(key),
                _ => LockedRow::New,
            },
        });
        let kept = |table: &Ident, field: &Ident, each: bool| RowLock {
            table: table.clone(),
            column: None,
            each,
            row: LockedRow::Created(field.clone()),
        };
        let again = run.creates.as_ref().zip(did.and_then(|did| did.created.as_ref()));
        let again = again.map(|(creates, (field, _))| kept(&creates.table, field, false));
        let worked_on =
            did.into_iter().flat_map(|did| &did.found).map(|it| kept(&it.table, &it.field, it.each));
        for lock in found.chain(created).chain(again).chain(worked_on) {
            if !locks.contains(&lock) && !matches!(lock.row, LockedRow::Asked(_)) {
                locks.push(lock);
            }
        }
        locks
    }

    /// The rows that the flow judges it by.
    fn loads(&self, rows: &[RowAt], places: &Places) -> Vec<Load> {
        let Some(step) = places.step(self.declared.id) else { return Vec::new() };
        // The flow leaves out rows that say nothing about the instance.
        let judged = rows.iter().zip(&self.declared.rows);
        let judged = judged.filter(|(_, used)| {
            used.missing.is_none() && (places.has_rows_of(used.entity) || used.guard.is_some())
        });
        let count = places.flow().steps()[step].rows.len();
        let loads: Vec<Load> = judged
            .enumerate()
            .map(|(place, (row, used))| Load {
                place,
                row: self.lock(row, &used.lookup),
                status: self.spec.entity(used.entity).status.is_some(),
            })
            .collect();
        debug_assert_eq!(loads.len(), count, "the rows of `{}` in the flow", self.declared.name);
        loads
    }

    fn lock(&self, row: &RowAt, lookup: &Lookup) -> RowLock {
        if let Some(FoundBy { column, value, .. }) = &row.found {
            let (table, column) = (row.table.clone(), Some(column.clone()));
            return RowLock { table, column, row: self.said(value), each: false };
        }
        let key = match lookup {
            Lookup::Key(FieldSource::Correlation) => LockedRow::Key(self.correlation()),
            _ => self.said(&row.key),
        };
        RowLock { table: row.table.clone(), column: None, row: key, each: row.is_many() }
    }

    /// A lock for each of the messages that may say the key.
    fn each(&self, lock: RowLock) -> Vec<RowLock> {
        let LockedRow::OneOf(Value::OneOf { variants, field, .. }) = &lock.row else { return vec![lock] };
        let alternatives = self.declared.needs_one().zip(variants);
        let mut locks: Vec<RowLock> = Vec::new();
        for ((index, _), (_, taken)) in alternatives {
            let of = self.needs[index.0].binding.clone();
            let key = Value::Field { of: of.clone(), field: field.clone(), taken: *taken };
            let lock = RowLock { row: LockedRow::KeyIn(of, key), ..lock.clone() };
            if !locks.contains(&lock) {
                locks.push(lock);
            }
        }
        locks
    }

    /// The row with a key that a message or a request says.
    fn said(&self, key: &Value) -> LockedRow {
        if let Value::OneOf { .. } = key {
            return LockedRow::OneOf(key.clone());
        }
        if self.said.iter().any(|name| key.mentions(name)) {
            return LockedRow::Asked(key.clone());
        }
        match self.needs.iter().find(|need| key.mentions(&need.binding)) {
            // Every message says the correlation.
            Some(need) if *key == correlation_of(self.spec, &need.binding) => {
                LockedRow::Key(self.correlation())
            }
            Some(need) => LockedRow::KeyIn(need.binding.clone(), key.clone()),
            None => LockedRow::Key(key.clone()),
        }
    }

    fn correlation(&self) -> Value {
        let saga = &self.spec.sagas()[0];
        Value::Correlation(crate::lower::rust_type(&saga.correlation_type).is_copy())
    }
}
