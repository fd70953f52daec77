//! Who candidates a value for a field, by rank. The first rank that has one wins;
//! two of one rank are a question to the author.

use std::fmt::Display;

use super::resolver::Resolver;
use super::step_draft::StepDraft;
use crate::names::FieldName;
use crate::resolved::*;
use crate::source::Span;

/// The field for the reason of a failure.
pub(super) const REASON: &str = "reason";

/// A value that a step could take.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub source: FieldSource,
    pub ty: Type,
    /// What a message calls it: `OrderCreated.quantity`, in back ticks.
    pub from: String,
}

/// When a value is wanted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moment {
    /// The step runs.
    Run,
    /// The row it creates is filled.
    Create,
    /// It fails.
    Fail(Cause),
}

/// A field that a step writes.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub name: FieldName,
    /// The event or entity whose field it is.
    pub owner: String,
    pub ty: Type,
    pub span: Span,
}

/// What the ranks come to.
pub(super) enum Chosen {
    One(Candidate),
    Several(Vec<Candidate>),
    WrongType(Candidate),
    Nothing,
}

/// Takes the first rank that has an candidate of a fitting type.
pub(super) fn choose(ranks: Vec<Vec<Candidate>>, fits: impl Fn(&Type) -> bool) -> Chosen {
    let mut wrong = None;
    for rank in ranks {
        let (mut fitting, unfit): (Vec<_>, Vec<_>) = rank.into_iter().partition(|it| fits(&it.ty));
        match fitting.len() {
            0 => wrong = wrong.or_else(|| unfit.into_iter().next()),
            1 => return Chosen::One(fitting.remove(0)),
            _ => return Chosen::Several(fitting),
        }
    }
    wrong.map_or(Chosen::Nothing, Chosen::WrongType)
}

/// Everything that candidates a value for a field at a moment.
pub(super) fn ranks(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    name: &str,
    moment: Moment,
) -> Vec<Vec<Candidate>> {
    let asked = !matches!(moment, Moment::Fail(Cause::Rejected | Cause::Closed(_) | Cause::SagaFailed));
    let mut ranks = vec![correlation(resolver, name)];
    if let Moment::Fail(cause) = moment {
        ranks.push(closing(resolver, step, name, cause));
    }
    ranks.push(key(resolver, step, name, moment));
    if asked {
        ranks.push(request(step, name));
    }
    ranks.push(match moment {
        Moment::Run | Moment::Create | Moment::Fail(Cause::Rejected | Cause::Chosen) => {
            all_triggers(resolver, step, name)
        }
        Moment::Fail(cause) if step.only_one_is_certain(cause) => {
            first_trigger(resolver, step, name).into_iter().collect()
        }
        Moment::Fail(_) => Vec::new(),
    });
    if matches!(moment, Moment::Fail(_)) {
        ranks.push(reason(name));
    }
    if asked {
        ranks.push(rows(resolver, step, name, moment));
    }
    ranks
}

/// What closed the step: the rejection, or the message that came. It comes before
/// what the step had seen by then, so the reason of a failure travels by itself.
fn closing(resolver: &Resolver<'_>, step: &StepDraft, name: &str, cause: Cause) -> Vec<Candidate> {
    match cause {
        Cause::Rejected | Cause::SagaFailed => reason(name),
        // The body says why, if it says anything.
        Cause::Chosen => Vec::new(),
        Cause::Closed(closer) => match step.closers.get(closer) {
            Some(Closer::Deadline(..)) => reason(name),
            Some(closer) => from_closer(resolver, step, name, closer).into_iter().collect(),
            None => Vec::new(),
        },
    }
}

fn reason(name: &str) -> Vec<Candidate> {
    let candidate =
        Candidate { source: FieldSource::Reason, ty: Type::String, from: "the reason".to_owned() };
    (name == REASON).then_some(candidate).into_iter().collect()
}

/// What the body, the path and the triggers candidate: all that can find a row.
pub(super) fn named(resolver: &Resolver<'_>, step: &StepDraft, name: &str) -> Vec<Vec<Candidate>> {
    vec![request(step, name), all_triggers(resolver, step, name)]
}

/// The fields a step writes: of the row it creates, then of its emissions.
pub(super) fn wanted(resolver: &Resolver<'_>, step: &StepDraft) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let mut want = |owner: &dyn Display, name: &FieldName, ty: &Type, span| {
        wanted.push(Wanted { name: name.clone(), owner: owner.to_string(), ty: ty.clone(), span });
    };
    if let Some(creation) = &step.creates {
        let entity = resolver.entity(creation.entity);
        if let EntityKey::Given { field, ty } = &entity.key {
            want(&entity.name, field, ty, entity.span);
        }
        entity.fields.iter().for_each(|field| want(&entity.name, &field.name, &field.ty, field.span));
    }
    for event in step.emissions.iter().map(|emission| resolver.event(emission.event)) {
        event.fields.iter().for_each(|field| want(&event.name, &field.name, &field.ty, field.span));
    }
    wanted
}

fn correlation(resolver: &Resolver<'_>, name: &str) -> Vec<Candidate> {
    let found = resolver.correlation.as_ref().filter(|(it, _)| it.as_str() == name);
    let candidate = found.map(|(name, ty)| Candidate {
        source: FieldSource::Correlation,
        ty: ty.clone(),
        from: format!("the correlation `{name}`"),
    });
    candidate.into_iter().collect()
}

/// `productId` is the key of the step's `Product`. A step that fails may not
/// have the row, but knows what it was looked up by.
fn key(resolver: &Resolver<'_>, step: &StepDraft, name: &str, moment: Moment) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let allocated = |id: EntityId| {
        let entity = resolver.entity(id);
        let fits = matches!(entity.key, EntityKey::Allocated(_));
        Some(entity).filter(|it| fits && it.key_reference().as_str() == name)
    };
    for row in &step.rows {
        let (Some(entity), false) = (allocated(row.entity), matches!(row.lookup, Some(Lookup::Keys(_))))
        else {
            continue;
        };
        let source = match (moment, &row.lookup) {
            (Moment::Fail(Cause::Rejected), Some(Lookup::Key(source))) => source.clone(),
            (Moment::Fail(Cause::Rejected | Cause::Closed(_) | Cause::SagaFailed), _) => continue,
            _ => FieldSource::EntityKey(entity.id),
        };
        candidates.push(Candidate {
            source,
            ty: entity.key_type().clone(),
            from: format!("the key of `{}`", entity.name),
        });
    }
    let created = step.creates.as_ref().and_then(|it| allocated(it.entity));
    if let (Some(entity), Moment::Run) = (created, moment) {
        candidates.push(Candidate {
            source: FieldSource::EntityKey(entity.id),
            ty: entity.key_type().clone(),
            from: format!("the key of `{}`", entity.name),
        });
    }
    candidates
}

fn request(step: &StepDraft, name: &str) -> Vec<Candidate> {
    let body = step.body.iter().filter(|field| field.name.as_str() == name);
    let body = body.map(|field| Candidate {
        source: FieldSource::Body(field.name.clone()),
        ty: field.ty.clone(),
        from: "the body".to_owned(),
    });
    let params = step.http.iter().flat_map(|http| &http.params);
    let params = params.filter(|param| param.name.as_str() == name);
    let params = params.map(|param| Candidate {
        source: FieldSource::PathParam(param.name.clone()),
        ty: param.ty.clone(),
        from: "the path".to_owned(),
    });
    body.chain(params).collect()
}

fn all_triggers(resolver: &Resolver<'_>, step: &StepDraft, name: &str) -> Vec<Candidate> {
    let says = |trigger: &Trigger| name != REASON || !succeeds(resolver, trigger);
    let all = step.needs_all().filter(|(_, trigger)| says(trigger));
    let mut candidates: Vec<Candidate> =
        all.filter_map(|(index, trigger)| from_trigger(resolver, index, trigger, name)).collect();
    let alternatives: Vec<_> = step.needs_one().collect();
    if alternatives.iter().all(|(_, trigger)| says(trigger)) {
        candidates.extend(one_of(resolver, &alternatives, name));
    }
    candidates
}

/// Whether a trigger is the success of an event that can fail. It has a field for
/// the reason of the failure, and no reason.
fn succeeds(resolver: &Resolver<'_>, trigger: &Trigger) -> bool {
    let failing = resolver.event(trigger.event).failing();
    failing.is_some() && trigger.variant != failing
}

/// What a step knows that has not run, and that one message has reached.
fn first_trigger(resolver: &Resolver<'_>, step: &StepDraft, name: &str) -> Option<Candidate> {
    let triggers = step.triggers.iter().enumerate();
    let triggers: Vec<_> = triggers.map(|(index, trigger)| (TriggerIndex(index), trigger)).collect();
    match triggers.as_slice() {
        [(index, trigger)] => from_trigger(resolver, *index, trigger, name),
        several => one_of(resolver, several, name),
    }
}

fn from_trigger(
    resolver: &Resolver<'_>,
    index: TriggerIndex,
    trigger: &Trigger,
    name: &str,
) -> Option<Candidate> {
    let event = resolver.event(trigger.event);
    let field = event.field(name)?;
    Some(Candidate {
        source: FieldSource::Trigger(index, FieldPath(vec![field.name.clone()])),
        ty: type_in(event, field, trigger.variant),
        from: format!("`{}.{name}`", event.name),
    })
}

/// What each of several triggers has can be had of whichever comes.
fn one_of(resolver: &Resolver<'_>, triggers: &[(TriggerIndex, &Trigger)], name: &str) -> Option<Candidate> {
    let candidates = triggers.iter().map(|(index, trigger)| from_trigger(resolver, *index, trigger, name));
    let candidates: Vec<Candidate> = candidates.collect::<Option<_>>()?;
    let first = candidates.first()?;
    let same = candidates.iter().all(|candidate| candidate.ty == first.ty);
    let names: Vec<&str> = candidates.iter().map(|candidate| candidate.from.as_str()).collect();
    same.then(|| Candidate {
        source: FieldSource::OneOf(triggers.iter().map(|(index, _)| *index).collect(), FieldName::new(name)),
        ty: first.ty.clone(),
        from: names.join(" or "),
    })
}

fn from_closer(resolver: &Resolver<'_>, step: &StepDraft, name: &str, closer: &Closer) -> Option<Candidate> {
    match closer {
        Closer::FailedTrigger(index, variant) => {
            let trigger = Trigger { variant: Some(*variant), ..step.triggers[index.0].clone() };
            from_trigger(resolver, *index, &trigger, name)
        }
        Closer::Unless(found) => {
            let event = resolver.event(found.event);
            let variant = found.variant.or(event.failing());
            event.field(name).map(|field| Candidate {
                source: FieldSource::Closer(field.name.clone()),
                ty: type_in(event, field, variant),
                from: format!("`{}.{name}`", event.name),
            })
        }
        Closer::Deadline(..) => None,
    }
}

/// A field that is left out when its event fails is optional to a step that reads
/// the failing variant.
fn type_in(event: &Event, field: &EventField, variant: Option<VariantIndex>) -> Type {
    let failing = variant.is_some() && variant == event.failing();
    if failing && field.on_failure == Some(Literal::Null) && !field.ty.is_optional() {
        return Type::Optional(Box::new(field.ty.clone()));
    }
    field.ty.clone()
}

fn rows(resolver: &Resolver<'_>, step: &StepDraft, name: &str, moment: Moment) -> Vec<Candidate> {
    let single = step.rows.iter().filter(|row| !matches!(row.lookup, Some(Lookup::Keys(_))));
    let mut ids: Vec<EntityId> = single.map(|row| row.entity).collect();
    if let (Some(creation), Moment::Run) = (&step.creates, moment) {
        ids.push(creation.entity);
    }
    let candidates = ids.into_iter().filter_map(|id| from_row(resolver, id, name));
    candidates.collect()
}

fn from_row(resolver: &Resolver<'_>, id: EntityId, name: &str) -> Option<Candidate> {
    let entity = resolver.entity(id);
    let from = format!("`{}.{name}`", entity.name);
    let given = match &entity.key {
        EntityKey::Given { field, ty } if field.as_str() == name => Some(ty),
        EntityKey::Given { .. } | EntityKey::Allocated(_) => None,
    };
    let (source, ty) = match given {
        Some(ty) => (FieldSource::EntityKey(id), ty),
        None => {
            let field = entity.field(name)?;
            (FieldSource::EntityField(id, field.name.clone()), &field.ty)
        }
    };
    Some(Candidate { source, ty: ty.clone(), from })
}

/// The value at a path that the file writes: `Trigger.field`, `Entity.field`,
/// or a field of the request or of the only trigger that has it. An error
/// lists what the path could have meant.
pub(super) fn at_path(
    resolver: &Resolver<'_>,
    step: &StepDraft,
    path: &[String],
) -> Result<Candidate, Vec<Candidate>> {
    let Some((head, rest)) = path.split_first() else {
        return Err(Vec::new());
    };
    let triggers = step.triggers.iter().enumerate();
    let named = triggers.map(|(index, it)| (TriggerIndex(index), it));
    let named = named.filter(|(_, it)| resolver.event(it.event).name.as_str() == head);
    if let (Some((index, trigger)), Some((field, inner))) = (named.into_iter().next(), rest.split_first()) {
        let candidate = from_trigger(resolver, index, trigger, field).ok_or_else(Vec::new)?;
        let candidate = if_it_came(step, trigger, candidate);
        return inside(resolver, candidate, inner).ok_or_else(Vec::new);
    }
    let rows = step.rows.iter().map(|row| row.entity);
    let mut entities = rows.chain(step.creates.iter().map(|it| it.entity));
    if let (Some(id), [field]) = (entities.find(|id| resolver.entity(*id).name.as_str() == head), rest) {
        let id_field = field == "id" && matches!(resolver.entity(id).key, EntityKey::Allocated(_));
        let key = id_field.then(|| Candidate {
            source: FieldSource::EntityKey(id),
            ty: resolver.entity(id).key_type().clone(),
            from: format!("`{head}.id`"),
        });
        return key.or_else(|| from_row(resolver, id, field)).ok_or_else(Vec::new);
    }
    match choose(self::named(resolver, step, head), |_| true) {
        Chosen::One(candidate) => inside(resolver, candidate, rest).ok_or_else(Vec::new),
        Chosen::Several(candidates) => Err(candidates),
        Chosen::WrongType(_) | Chosen::Nothing => Err(Vec::new()),
    }
}

/// One of several messages that a step needs one of may never come, though the step runs.
fn if_it_came(step: &StepDraft, trigger: &Trigger, candidate: Candidate) -> Candidate {
    let certain = trigger.place == Place::All || step.needs_one().nth(1).is_none();
    if certain || candidate.ty.is_optional() {
        return candidate;
    }
    Candidate { ty: Type::Optional(Box::new(candidate.ty)), ..candidate }
}

/// Follows a path through records. Through a list it leads to a list.
fn inside(resolver: &Resolver<'_>, candidate: Candidate, path: &[String]) -> Option<Candidate> {
    let Some((name, rest)) = path.split_first() else {
        return Some(candidate);
    };
    let (record, listed) = match &candidate.ty {
        Type::List(item) => (item.as_ref(), true),
        other => (other, false),
    };
    let Type::Declared(declared) = record else {
        return None;
    };
    let TypeShape::Record(fields) = &resolver.types[declared.id.0].shape else {
        return None;
    };
    let field = fields.iter().find(|field| field.name.as_str() == name)?;
    let FieldSource::Trigger(index, mut steps) = candidate.source else {
        return None;
    };
    steps.0.push(field.name.clone());
    let ty = if listed { Type::List(Box::new(field.ty.clone())) } else { field.ty.clone() };
    let next = Candidate {
        source: FieldSource::Trigger(index, steps),
        ty,
        from: format!("{}.{name}`", candidate.from.trim_end_matches('`')),
    };
    inside(resolver, next, rest)
}
