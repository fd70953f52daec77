//! What a step does once everything it needs is there.

use crate::lower::entity::{
    field_type as entity_field_type, ident as entity_ident, key_ident, status_variant,
};
use crate::lower::names::Names;
use crate::lower::scope::Scope;
use crate::lower::values::Bindings;
use crate::lower::{event, refused, rust_type, summary};
use crate::model::{
    Allowed, AnswerField, AnswerType, Ask, AskError, Creates, Ident, Move, Need, OnRejection, Param, RowAt,
    RowGuard, Run, RustType, StructValue, Taken, Touch, Value,
};
use crate::resolved::{
    Cause, Choice, Creation, Decision, Emission, Event, FieldSource, Guard, Literal, Lookup, Resolved,
    RowUse, SourcedField, Step, StepKind, VariantIndex,
};

/// Lowers a step's run. `correlation` is the one at hand; without it, that of
/// the only message.
pub(super) fn lower(
    spec: &Resolved,
    step: &Step,
    needs: &[Need],
    correlation: Option<Value>,
    names: &mut Names,
    scope: &mut Scope,
) -> Run {
    let triggers: Vec<Ident> = needs.iter().map(|need| need.binding.clone()).collect();
    let mut bindings = Bindings {
        spec,
        step,
        correlates: triggers.first().cloned(),
        triggers,
        body: None,
        rows: Vec::new(),
        created: None,
        answer: None,
        reason: None,
    };
    let rows = rows(&mut bindings, names, scope);
    let answer = answer(spec, step, names);
    bindings.answer = answer.as_ref().map(|answer| (answer.binding.clone(), answer.fields.clone()));
    let creates = creates(&mut bindings, names, scope);
    let ask = (step.decision != Decision::Wiring).then(|| ask(step, needs, &rows, answer));
    let publishes: Vec<StructValue> = step.emissions.iter().map(|it| published(&bindings, it)).collect();
    let on_rejection = on_rejection(&mut bindings, &publishes, creates.as_ref());
    let in_use = RowsInUse {
        spec,
        step,
        rows,
        names,
        ask: ask.as_ref(),
        publishes: &publishes,
        creates: creates.as_ref(),
    };
    let (guards, moves, touches) = in_use.split();
    Run {
        function: names.functions.take(Ident::snake(step.name.as_str()), "_step"),
        summary: summary::of(spec, step),
        correlation: correlation.unwrap_or_else(|| bindings.correlation()),
        guards,
        moves,
        touches,
        ask,
        creates,
        publishes,
        on_rejection,
    }
}

/// What the handler returns beside its consent.
pub(super) fn answer(spec: &Resolved, step: &Step, names: &mut Names) -> Option<AnswerType> {
    let mut fields: Vec<AnswerField> = Vec::new();
    if let Some(creation) = &step.creates {
        let entity = spec.entity(creation.entity);
        for sourced in creation.fields.iter().filter(|sourced| sourced.source == FieldSource::Handler) {
            let ty = entity_field_type(entity, &sourced.field);
            add_answer(&mut fields, sourced, ty, entity.name.as_str());
        }
        if creation.key == Some(FieldSource::Handler) {
            let field = entity.key_reference();
            let sourced = SourcedField { field, source: FieldSource::Handler };
            add_answer(&mut fields, &sourced, rust_type(entity.key_type()), entity.name.as_str());
        }
    }
    for emission in &step.emissions {
        let of = spec.event(emission.event);
        for sourced in emission.fields.iter().filter(|sourced| sourced.source == FieldSource::Handler) {
            let ty = event::type_of(of, &sourced.field);
            add_answer(&mut fields, sourced, ty, of.name.as_str());
        }
    }
    (!fields.is_empty()).then(|| AnswerType {
        ident: names.types.take(Ident::upper_camel(step.name.as_str()), "Answer"),
        binding: Ident::snake("answer"),
        fields,
    })
}

fn add_answer(fields: &mut Vec<AnswerField>, sourced: &SourcedField, ty: RustType, owner: &str) {
    let of = Ident::snake(sourced.field.as_str());
    let goes_to = format!("`{}` of `{owner}`", sourced.field);
    if let Some(known) = fields.iter_mut().find(|field| field.serves(&of, &ty)) {
        known.uses += 1;
        known.goes_to.push(goes_to);
        return;
    }
    let taken = fields.iter().any(|field| field.ident == of);
    let ident = if taken { Ident::snake(&format!("{owner}_{}", of.bare())) } else { of.clone() };
    fields.push(AnswerField { ident, ty, of, goes_to: vec![goes_to], uses: 1 });
}

/// The row the step creates; from here on its fields are sources.
pub(super) fn creates(bindings: &mut Bindings<'_>, names: &Names, scope: &mut Scope) -> Option<Creates> {
    let creation = bindings.step.creates.as_ref()?;
    let entity = bindings.spec.entity(creation.entity);
    let key = key_ident(entity);
    let allocates = creation.key.is_none().then(|| key.clone());
    let mut fields = vec![(key, new_key(bindings, creation, entity_key_type(bindings, creation)))];
    for sourced in &creation.fields {
        let ty = entity_field_type(entity, &sourced.field);
        fields.push((Ident::snake(sourced.field.as_str()), bindings.field_value(sourced, &ty)));
    }
    if let (Some(status), Some(ty)) = (&entity.status, names.statuses.get(&creation.entity)) {
        let start = status_variant(entity, &status.start);
        fields.push((Ident::snake("status"), Value::Variant(ty.clone(), start)));
    }
    let binding = scope.take(Ident::snake(entity.name.as_str()), "_row");
    bindings.created = Some((creation.entity, binding.clone()));
    Some(Creates {
        table: names.tables[&creation.entity].clone(),
        binding,
        allocates,
        row: StructValue { of: entity_ident(entity), fields },
    })
}

fn entity_key_type(bindings: &Bindings<'_>, creation: &Creation) -> RustType {
    rust_type(bindings.spec.entity(creation.entity).key_type())
}

fn new_key(bindings: &Bindings<'_>, creation: &Creation, ty: RustType) -> Value {
    match &creation.key {
        None => Value::Binding(Ident::snake("id")),
        Some(source) => {
            let field = bindings.spec.entity(creation.entity).key_reference();
            bindings.field_value(&SourcedField { field, source: source.clone() }, &ty)
        }
    }
}

/// The value of the field that tells the variants apart.
pub(super) fn outcome(event: &Event, variant: VariantIndex) -> Value {
    match event.outcome_type() {
        Some(of) => Value::Variant(Ident::declared(&of), Ident::upper_camel(&event.variant(variant).name)),
        None => Value::Literal(Literal::Bool(variant == VariantIndex::SUCCESS)),
    }
}

fn published(bindings: &Bindings<'_>, emission: &Emission) -> StructValue {
    let of = bindings.spec.event(emission.event);
    let outcome = match &emission.choice {
        Choice::Plain => None,
        Choice::Fixed(variant) => Some(outcome(of, *variant)),
        Choice::Handler => Some(Value::Literal(Literal::Bool(true))),
        Choice::Source(_) => refused("outcome that a field decides"),
    };
    bindings.message(of, &emission.fields, outcome)
}

fn ask(step: &Step, needs: &[Need], rows: &[(&RowUse, RowAt)], answer: Option<AnswerType>) -> Ask {
    let rows = rows.iter().map(|(_, row)| Param { binding: row.binding.clone(), ty: row.entity.clone() });
    let inputs = needs.iter().map(|need| Param { binding: need.binding.clone(), ty: need.event.clone() });
    Ask {
        method: Ident::method(step.name.as_str()),
        rows: rows.collect(),
        inputs: inputs.collect(),
        error: step.failure.is_some().then_some(AskError::Rejection),
        answer,
    }
}

/// The rows the step loads; from here on their keys and fields are sources.
fn rows<'a>(bindings: &mut Bindings<'a>, names: &Names, scope: &mut Scope) -> Vec<(&'a RowUse, RowAt)> {
    let step: &'a Step = bindings.step;
    let mut rows = Vec::new();
    for used in &step.rows {
        let entity = bindings.spec.entity(used.entity);
        let Lookup::Key(source) = &used.lookup else { refused("such way to find a row") };
        let row = RowAt {
            table: names.tables[&used.entity].clone(),
            entity: entity_ident(entity),
            binding: scope.take(Ident::snake(entity.name.as_str()), "_row"),
            key: bindings.source(source, &rust_type(entity.key_type())),
        };
        bindings.rows.push((used.entity, row.binding.clone(), row.key.clone()));
        rows.push((used, row));
    }
    rows
}

/// What the rejection of a step does. Where both variants are written from the
/// same sources, one expression serves both.
fn on_rejection(
    bindings: &mut Bindings<'_>,
    publishes: &[StructValue],
    creates: Option<&Creates>,
) -> OnRejection {
    let step = bindings.step;
    let Some(failure) = &step.failure else {
        let compensates = matches!(step.kind, StepKind::Compensation(_));
        return if compensates { OnRejection::NothingToCompensate } else { OnRejection::Fault };
    };
    let rejected = failure.cases.iter().find(|case| case.cause == Cause::Rejected);
    let Some(case) = rejected else { return OnRejection::Fault };
    let of = bindings.spec.event(failure.event);
    let reason =
        Value::Field { of: Ident::snake("rejection"), field: Ident::snake("reason"), taken: Taken::Cloned };
    bindings.reason = Some(reason.clone());
    let failing = bindings.message(of, &case.fields, Some(outcome(of, failure.variant)));
    let [success] = publishes else { return OnRejection::Publish(failing) };
    let mentions = |binding: &Ident| success.mentions(binding);
    let carried = creates.is_some_and(|creates| mentions(&creates.binding))
        || bindings.rows.iter().any(|(_, binding, _)| mentions(binding))
        || bindings.answer.as_ref().is_some_and(|(binding, _)| mentions(binding));
    let same = success.of == failing.of && same_but_last(success, &failing) && step.commands.is_empty();
    if carried || !same || failing.mentions(&Ident::snake("rejection")) {
        return OnRejection::Publish(failing);
    }
    let mut both = failing;
    if let Some((_, outcome)) = both.fields.last_mut() {
        *outcome = Value::Succeeded;
    }
    OnRejection::PublishSame(both)
}

fn same_but_last(a: &StructValue, b: &StructValue) -> bool {
    let last = a.fields.len().saturating_sub(1);
    a.fields.len() == b.fields.len() && a.fields[..last] == b.fields[..last]
}

/// The rows of a step, and what else it does with them.
struct RowsInUse<'a> {
    spec: &'a Resolved,
    step: &'a Step,
    rows: Vec<(&'a RowUse, RowAt)>,
    names: &'a Names,
    ask: Option<&'a Ask>,
    publishes: &'a [StructValue],
    creates: Option<&'a Creates>,
}

impl RowsInUse<'_> {
    /// Guards, moves and touches, in the order of the step's rows.
    ///
    /// A step that can fail changes its rows under its decision, so that a
    /// rejection leaves no trace. One that cannot moves them first: where the
    /// row does not move, the message says nothing new.
    fn split(&self) -> (Vec<RowGuard>, Vec<Move>, Vec<Touch>) {
        let fails = self.step.failure.is_some();
        let (mut guards, mut moves, mut touches) = (Vec::new(), Vec::new(), Vec::new());
        for (used, row) in &self.rows {
            let to = used.to.as_ref().map(|to| self.status(used, to));
            match (to, fails) {
                (Some(to), false) => {
                    moves.push(Move { row: row.clone(), from: self.allowed(used), to });
                    if self.needed_after_move(row) {
                        touches.push(Touch { row: row.clone(), unended: false, to: None });
                    }
                }
                (to, _) => {
                    let from = matches!(used.guard, Some(Guard::From(_)));
                    if used.guard.is_some() && (from || !fails) {
                        guards.push(RowGuard { row: row.clone(), allowed: self.allowed(used) });
                    }
                    let unended = fails && matches!(used.guard, Some(Guard::Unended));
                    touches.push(Touch { row: row.clone(), unended, to });
                }
            }
        }
        (guards, moves, touches)
    }

    fn needed_after_move(&self, row: &RowAt) -> bool {
        let mentioned = self.publishes.iter().any(|message| message.mentions(&row.binding));
        let stored = self.creates.is_some_and(|creates| creates.row.mentions(&row.binding));
        self.ask.is_some() || mentioned || stored
    }

    fn allowed(&self, used: &RowUse) -> Allowed {
        match &used.guard {
            Some(Guard::From(values)) => {
                let variants = values.iter().map(|value| self.status(used, value).1).collect();
                Allowed::From(self.names.statuses[&used.entity].clone(), variants)
            }
            Some(Guard::Unended) | None => Allowed::Unended,
        }
    }

    fn status(&self, used: &RowUse, value: &crate::names::Value) -> (Ident, Ident) {
        let variant = status_variant(self.spec.entity(used.entity), value);
        (self.names.statuses[&used.entity].clone(), variant)
    }
}
