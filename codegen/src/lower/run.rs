//! What a step does once everything it needs is there.

use crate::lower::entity::{
    field_type as entity_field_type, ident as entity_ident, key_ident, status_variant,
};
use crate::lower::names::Names;
use crate::lower::scope::Scope;
use crate::lower::values::{Bindings, Correlates};
use crate::lower::{event, one_of, refused, rust_type, summary, variants};
use crate::model::{
    AnswerField, AnswerType, Apart, Ask, AskError, Chosen, Creates, FoundBy, Ident, Move, Need, OneOf, Param,
    Passed, Requested, RowAt, Run, RustType, StructValue, Taken, Takes, Value,
};
use crate::names::snake;
use crate::resolved::{
    Creation, Decision, Emission, FieldSource, HandlerKind, Lookup, Resolved, RowUse, SourcedField, Step,
    StepKind,
};

/// Lowers a step's run.
pub(super) fn lower(
    spec: &Resolved,
    step: &Step,
    (needs, one_of): (&[Need], Option<&OneOf>),
    requested: Option<&Requested>,
    names: &mut Names,
    scope: &mut Scope,
) -> (Run, Vec<RowAt>) {
    let triggers: Vec<Ident> = needs.iter().map(|need| need.binding.clone()).collect();
    let certain = one_of.is_none() || step.needs_all().next().is_some();
    let message = triggers.first().filter(|_| requested.is_none() && certain).cloned();
    let correlates = message.map_or(Correlates::Instance, Correlates::Message);
    let mut bindings = Bindings::of(spec, step, triggers, correlates);
    let body = requested.map(|requested| &requested.body);
    bindings.said_by(requested);
    bindings.one_of = one_of.cloned();
    let mut rows = rows(&mut bindings, names, scope);
    rows.iter_mut().for_each(|(used, row)| written(&bindings, used, row));
    let answer = answer(spec, step, names, scope);
    bindings.answer = answer.as_ref().map(|answer| (answer.binding.clone(), answer.fields.clone()));
    let chosen = variants::chosen(&bindings, answer.as_ref(), scope);
    let creates = creates(&mut bindings, names, scope);
    let asks = step.decision != Decision::Wiring;
    // What is asked apart sees its rows, and changes none of them.
    let in_hand = asks && apart(step).is_none();
    let ask = asks.then(|| ask(step, inputs(step, needs, one_of), body, &rows, answer));
    let publishes: Vec<StructValue> =
        step.emissions.iter().map(|it| published(&bindings, it, chosen.as_ref())).collect();
    let published = |row: &RowAt| publishes.iter().any(|message| message.mentions(&row.binding));
    let mut changes: Vec<RowAt> =
        rows.iter().filter(|(used, _)| in_hand || is_changed(used)).map(|(_, row)| row.clone()).collect();
    // What a new row begins with may be taken from the others.
    changes.sort_by_key(|row| matches!(row.takes, Takes::OrNew(_)));
    let taken = |row: &RowAt| {
        let created = creates.as_ref().is_some_and(|it| it.row.mentions(&row.binding));
        let decides = chosen.as_ref().is_some_and(|chosen| chosen.mentions(&row.binding));
        created || decides || changes.iter().any(|changed| changed.writes(&row.binding))
    };
    let reads = rows.iter().filter(|(used, row)| !in_hand && !is_changed(used) && taken(row));
    // A row that is moved is read again for what is published.
    let reads_again = rows.iter().filter(|(used, row)| used.to.is_none() && published(row));
    let moves = rows.iter().filter_map(|(used, row)| {
        let to = used.to.as_ref()?;
        let variant = status_variant(spec.entity(used.entity), to);
        let to = (names.statuses[&used.entity].clone(), variant);
        Some(Move { row: row.clone(), to, published: published(row) })
    });
    let run = Run {
        finds: rows
            .iter()
            .filter_map(|(_, row)| row.found.clone().map(|found| (row.table.clone(), found)))
            .collect(),
        function: names.functions.take(Ident::snake(step.name.as_str()), "_step"),
        summary: summary::of(spec, step),
        reads: reads.map(|(_, row)| row.clone()).collect(),
        reads_again: reads_again.map(|(_, row)| row.clone()).collect(),
        moves: moves.collect(),
        compensates: matches!(step.kind, StepKind::Compensation(_)),
        ask,
        chosen,
        creates,
        publishes,
        changes,
    };
    (run, rows.into_iter().map(|(_, row)| row).collect())
}

/// Whether the step changes the row where it asks no handler.
fn is_changed(used: &RowUse) -> bool {
    !used.set.is_empty() || used.missing.is_some()
}

/// Whether a row that the step moves has to be there. A step that only moves rows ignores a missing one.
pub(super) fn must_act(step: &Step) -> bool {
    let moves = step.rows.iter().any(|used| used.to.is_some());
    let acts = step.decision != Decision::Wiring || step.rows.iter().any(is_changed);
    moves && acts && step.failure.is_none() && !step.is_request()
}

/// What the file itself writes into a row. All rows of the step have a name by now.
pub(super) fn written(bindings: &Bindings<'_>, used: &RowUse, row: &mut RowAt) {
    let entity = bindings.spec.entity(used.entity);
    let field = |sourced: &SourcedField| {
        let ty = entity_field_type(entity, &sourced.field);
        (Ident::snake(sourced.field.as_str()), bindings.field_value(sourced, &ty))
    };
    row.sets = used.set.iter().map(field).collect();
    if let Some(missing) = &used.missing {
        let key = std::iter::once((key_ident(entity), row.key.clone()));
        let fields = key.chain(missing.iter().map(field)).collect();
        row.takes = Takes::OrNew(StructValue { of: entity_ident(entity), fields });
    }
}

/// What the handler returns beside its consent.
pub(super) fn answer(
    spec: &Resolved,
    step: &Step,
    names: &mut Names,
    scope: &mut Scope,
) -> Option<AnswerType> {
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
    let choice = variants::handler_chooses(spec, step);
    // The row is created where the others change, and the answer is needed after that; one that is given
    // apart is only borrowed.
    let borrowed = apart(step).is_some() && choice.is_none();
    if step.creates.is_some() && !step.rows.is_empty() || borrowed {
        fields.iter_mut().for_each(|field| field.uses += 1);
    }
    if choice.is_some() {
        for field in &mut fields {
            field.bound = Some(scope.take(field.ident.clone(), "_answered"));
        }
    }
    let variants = choice.into_iter().flat_map(|event| {
        variants::good(event).map(|it| (variants::ident(event, it), event.variant(it).name.clone()))
    });
    let variants: Vec<(Ident, String)> = variants.collect();
    (!fields.is_empty() || !variants.is_empty()).then(|| AnswerType {
        ident: names.types.take(Ident::upper_camel(step.name.as_str()), "Answer"),
        binding: Ident::snake("answer"),
        fields,
        variants,
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
    fields.push(AnswerField { ident, ty, of, goes_to: vec![goes_to], uses: 1, bound: None });
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
        kept: false,
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

pub(super) fn published(
    bindings: &Bindings<'_>,
    emission: &Emission,
    chosen: Option<&Chosen>,
) -> StructValue {
    let of = bindings.spec.event(emission.event);
    bindings.message(of, &emission.fields, variants::published(of, &emission.choice, chosen))
}

/// The messages that a handler sees, each once: all of `on`, then the one of `any` that came.
pub(super) fn inputs(step: &Step, needs: &[Need], one_of: Option<&OneOf>) -> Vec<Param> {
    let mut inputs: Vec<Param> = Vec::new();
    for (need, trigger) in needs.iter().zip(&step.triggers) {
        let known = inputs.iter().any(|param| param.binding == need.binding);
        if !known && !one_of::is_alternative(step, trigger.place) {
            let (binding, ty) = (need.binding.clone(), need.event.clone());
            inputs.push(Param { binding, ty, passed: Passed::Reference });
        }
    }
    inputs.extend(one_of.map(|one_of| Param {
        binding: one_of.binding.clone(),
        ty: one_of.ident.clone(),
        passed: Passed::OneOf,
    }));
    inputs
}

fn ask(
    step: &Step,
    inputs: Vec<Param>,
    body: Option<&Ident>,
    rows: &[(&RowUse, RowAt)],
    answer: Option<AnswerType>,
) -> Ask {
    let reference = |binding: Ident, ty: &Ident| Param { binding, ty: ty.clone(), passed: Passed::Reference };
    let rows = rows.iter().map(|(_, row)| row.as_param());
    let asked = body.map(|body| reference(Ident::snake("body"), body));
    let error = match body {
        Some(_) => Some(AskError::Refusal),
        None => step.failure.is_some().then_some(AskError::Rejection),
    };
    Ask {
        method: Ident::method(step.name.as_str()),
        rows: rows.collect(),
        inputs: inputs.into_iter().chain(asked).collect(),
        error,
        apart: apart(step),
        undoes: false,
        answer,
    }
}

/// What the handler of a step works with, if it is asked apart.
pub(super) fn apart(step: &Step) -> Option<Apart> {
    match step.handler {
        HandlerKind::State => None,
        HandlerKind::Call => Some(Apart::Call),
        HandlerKind::Sql => Some(Apart::Sql),
    }
}

/// The rows the step loads; from here on their keys and fields are sources.
pub(super) fn rows<'a>(
    bindings: &mut Bindings<'a>,
    names: &Names,
    scope: &mut Scope,
) -> Vec<(&'a RowUse, RowAt)> {
    let step: &'a Step = bindings.step;
    let mut rows = Vec::new();
    for used in &step.rows {
        let entity = bindings.spec.entity(used.entity);
        let one = scope.take(Ident::snake(entity.name.as_str()), "_row");
        let key_type = rust_type(entity.key_type());
        let (mut binding, mut takes, mut found) = (one.clone(), Takes::One, None);
        let key = match &used.lookup {
            Lookup::Key(source) => bindings.source(source, &key_type),
            Lookup::Field(field, source) => {
                let held = scope.take(binding.with("_key"), "_found");
                let taken = if key_type.is_copy() { Taken::AsIs } else { Taken::Cloned };
                let value = bindings.source(source, &entity_field_type(entity, field));
                found = Some(FoundBy { key: held.clone(), column: snake(field.as_str()), value });
                Value::Held(held, taken)
            }
            Lookup::Keys(source) => {
                binding = scope.take(Ident::snake(&plural(entity.name.as_str())), "_rows");
                takes = Takes::Each(one);
                bindings.source(source, &RustType::List(Box::new(key_type)))
            }
            Lookup::Kept => refused("such way to find a row"),
        };
        let row = RowAt {
            table: names.tables[&used.entity].clone(),
            entity: entity_ident(entity),
            name: entity.name.clone(),
            binding,
            key,
            found,
            takes,
            sets: Vec::new(),
        };
        bindings.rows.push((used.entity, row.binding.clone(), row.key.clone()));
        rows.push((used, row));
    }
    rows
}

/// Several of what a name names: `products`, `boxes`, `entries`, `shelves`.
fn plural(name: &str) -> String {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    match name.strip_suffix('y') {
        Some(stem) if !ends(&["ay", "ey", "oy", "uy"]) => format!("{stem}ies"),
        _ if ends(&["lf"]) => format!("{}ves", name.trim_end_matches('f')),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}
