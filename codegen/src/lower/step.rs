//! Steps that messages start: how their needs come together, what closes
//! them, and what each message means to them.

use crate::lower::event::what;
use crate::lower::names::Names;
use crate::lower::scope::{Scope, locals};
use crate::lower::values::correlation_of;
use crate::lower::{event, failing, run, rust_type};
use crate::model::{
    self, Arrival, Call, Ident, Join, Kept, Need, Needs, Owed, RowAt, RowLock, Run, StepLock, StepRows, Value,
};
use crate::resolved::{
    Closer, EventId, Guard, Resolved, Step, StepId, StepKind, Trigger, TriggerIndex, VariantIndex,
};

/// A step, and what the service does for its sake.
pub(super) struct Lowered {
    pub id: StepId,
    pub step: model::Step,
    pub step_rows: Option<StepRows>,
    pub reactions: Vec<Reaction>,
}

/// What a message does to one step.
pub(super) struct Reaction {
    pub event: EventId,
    /// For an event with variants: whether it is the failing one.
    pub failing: Option<bool>,
    pub step_lock: Option<StepLock>,
    pub row_locks: Vec<RowLock>,
    /// Whether it compensates another step.
    pub compensates: bool,
    pub call: Call,
}

pub(super) fn lower(spec: &Resolved, declared: &Step, names: &mut Names) -> Lowered {
    let mut scope = locals();
    let alone = declared.triggers.len() == 1;
    let needs: Vec<Need> = declared.triggers.iter().map(|it| need(spec, it, alone, &mut scope)).collect();
    let joins = needs.len() > 1;
    let correlation = joins.then(|| Value::Binding(Ident::snake("correlation")));
    let run = run::lower(spec, declared, &needs, correlation, names, &mut scope);
    let step_rows = joins.then(|| step_rows(declared, &needs, names));
    let owed = failing::owed(spec, declared, &needs, names);
    let closings = failing::closings(spec, declared, names);
    let once = !joins && (!closings.is_empty() || !ends_by_itself(spec, declared));
    let needs_of_step = match &step_rows {
        Some(rows) => Needs::Several(join(spec, declared, rows, &needs, &owed, names)),
        None => Needs::One(needs[0].clone()),
    };
    let step = model::Step { name: declared.name.clone(), needs: needs_of_step, run, closings, owed, once };
    let reactions = Reactions { spec, declared, step: &step, needs: &needs, rows: step_rows.as_ref() }.all();
    Lowered { id: declared.id, step, step_rows, reactions }
}

fn need(spec: &Resolved, trigger: &Trigger, alone: bool, scope: &mut Scope) -> Need {
    let event = spec.event(trigger.event);
    let variant = trigger.variant.or(event.outcome.is_some().then_some(VariantIndex::SUCCESS));
    let name = if alone && event.is_command() { "command" } else { event.name.as_str() };
    let binding = scope.take(Ident::snake(name), "_event");
    Need {
        event: event::ident(event),
        what: what(spec, trigger.event, variant),
        correlation: correlation_of(spec, &binding),
        binding,
    }
}

fn step_rows(step: &Step, needs: &[Need], names: &mut Names) -> StepRows {
    let kept = needs.iter().map(|need| Kept {
        field: need.binding.clone(),
        event: need.event.clone(),
        what: need.what.clone(),
    });
    StepRows {
        field: names.rows.take(Ident::snake(step.name.as_str()), "_step"),
        inputs: names.types.take(Ident::upper_camel(step.name.as_str()).with("Inputs"), "Kept"),
        step: step.name.clone(),
        kept: kept.collect(),
    }
}

fn join(
    spec: &Resolved,
    step: &Step,
    rows: &StepRows,
    needs: &[Need],
    owed: &[Owed],
    names: &mut Names,
) -> Join {
    let arrivals = needs.iter().map(|need| {
        let function = format!("{}-on-{}", step.name, need.event.bare());
        let late = owed.iter().filter(|owed| owed.success.binding == need.binding);
        Arrival {
            function: names.functions.take(Ident::snake(&function), "_arrives"),
            need: need.clone(),
            late: late.map(|owed| owed.function.clone()).collect(),
        }
    });
    Join {
        arrivals: arrivals.collect(),
        rows: rows.field.clone(),
        inputs: rows.inputs.clone(),
        correlation: rust_type(&spec.sagas()[0].correlation_type),
    }
}

/// Whether running the step once keeps it from running again: the row it moves
/// is not in a status to move from any more.
fn ends_by_itself(spec: &Resolved, step: &Step) -> bool {
    step.rows.iter().any(|used| {
        let Some(to) = &used.to else { return false };
        let status = spec.entity(used.entity).status.as_ref();
        step.failure.is_none()
            || match &used.guard {
                Some(Guard::From(from)) => !from.contains(to),
                Some(Guard::Unended) | None => status.is_some_and(|status| status.is_end(to)),
            }
    })
}

/// Derives what each message does to a step.
struct Reactions<'a> {
    spec: &'a Resolved,
    declared: &'a Step,
    step: &'a model::Step,
    needs: &'a [Need],
    rows: Option<&'a StepRows>,
}

impl Reactions<'_> {
    fn all(&self) -> Vec<Reaction> {
        let triggers = self.declared.triggers.iter().enumerate();
        let mut all: Vec<Reaction> =
            triggers.flat_map(|(at, trigger)| self.of_trigger(at, trigger)).collect();
        let closers = self.declared.closers.iter().filter_map(|closer| match closer {
            Closer::FailedTrigger(trigger, _) => Some(*trigger),
            Closer::Unless(_) | Closer::Deadline(..) => None,
        });
        let closings = closers.zip(&self.step.closings);
        all.extend(closings.map(|(TriggerIndex(at), closing)| {
            let call = Call::Function { function: closing.function.clone(), method: false, faults: false };
            self.reaction(at, Some(true), call)
        }));
        all
    }

    fn of_trigger(&self, at: usize, trigger: &Trigger) -> Vec<Reaction> {
        let event = self.spec.event(trigger.event);
        let failing = event.outcome.as_ref().map(|_| trigger.variant == Some(VariantIndex::FAILURE));
        let function = match &self.step.needs {
            Needs::One(_) => &self.step.run.function,
            Needs::Several(join) => &join.arrivals[at].function,
        };
        let call = Call::Function {
            function: function.clone(),
            method: self.step.is_method(),
            faults: self.step.faults(),
        };
        let mut reactions = vec![self.reaction(at, failing, call)];
        if let (Some(rows), Some(_)) = (self.rows, trigger.variant) {
            let correlation = correlation_of(self.spec, &Ident::snake("event"));
            let leave = Call::Leave { rows: rows.field.clone(), correlation };
            reactions.push(self.reaction(at, failing.map(|failing| !failing), leave));
        }
        reactions
    }

    fn reaction(&self, at: usize, failing: Option<bool>, call: Call) -> Reaction {
        let correlation = correlation_of(self.spec, &Ident::snake("event"));
        let step_lock = match self.rows {
            Some(rows) => Some(StepLock::Row(rows.field.clone(), correlation)),
            None if self.step.once => Some(StepLock::Once(self.step.name.clone(), correlation)),
            None => None,
        };
        let event = self.declared.triggers[at].event;
        let compensates = matches!(self.declared.kind, StepKind::Compensation(_));
        Reaction { event, failing, step_lock, row_locks: self.row_locks(at), compensates, call }
    }

    /// The rows the step may touch when the message at that place comes.
    fn row_locks(&self, at: usize) -> Vec<RowLock> {
        let run = &self.step.run;
        let rows = rows_of(run).into_iter().map(|row| self.row_lock(at, &row.table, &row.key));
        let created =
            run.creates.as_ref().map(|creates| match (&creates.allocates, creates.row.fields.first()) {
                (None, Some((_, key))) => self.row_lock(at, &creates.table, key),
                _ => RowLock::New { table: creates.table.clone() },
            });
        rows.chain(created).collect()
    }

    fn row_lock(&self, at: usize, table: &Ident, key: &Value) -> RowLock {
        let message = Ident::snake("event");
        let read = self.needs.iter().enumerate().find(|(_, need)| key.mentions(&need.binding));
        match (read, self.rows) {
            // Every message says the correlation, and the one at hand says it for sure.
            (Some((_, need)), _) if *key == need.correlation => {
                RowLock::Key { table: table.clone(), key: correlation_of(self.spec, &message) }
            }
            (Some((other, need)), Some(rows)) if other != at => RowLock::Kept {
                table: table.clone(),
                key: key.clone(),
                step: rows.field.clone(),
                correlation: correlation_of(self.spec, &message),
                kept: need.binding.clone(),
            },
            (Some((_, need)), _) => {
                RowLock::Key { table: table.clone(), key: key.rebound(&need.binding, &message) }
            }
            (None, _) => RowLock::Key { table: table.clone(), key: key.clone() },
        }
    }
}

/// The rows a run moves, changes or looks at, each once.
fn rows_of(run: &Run) -> Vec<&RowAt> {
    let guards = run.guards.iter().map(|guard| &guard.row);
    let moves = run.moves.iter().map(|it| &it.row);
    let touches = run.touches.iter().map(|touch| &touch.row);
    let mut rows: Vec<&RowAt> = Vec::new();
    for row in guards.chain(moves).chain(touches) {
        if !rows.iter().any(|known| known.binding == row.binding) {
            rows.push(row);
        }
    }
    rows
}
