//! Expressions for the sources of fields, in the function that writes them.

use crate::lower::entity::{field_type, key_ident};
use crate::lower::{event, one_of, refused, rust_type};
use crate::model::{AnswerField, Ident, OneOf, PathParam, Requested, RustType, StructValue, Taken, Value};
use crate::names::{FieldName, ParamName};
use crate::resolved::{
    EntityId, Event, EventId, FieldSource, Literal, Resolved, SourcedField, Step, TriggerIndex, Type,
};

/// What the bindings of a function name.
pub(super) struct Bindings<'a> {
    pub spec: &'a Resolved,
    pub step: &'a Step,
    /// The messages, in the order of the step's triggers.
    pub triggers: Vec<Ident>,
    /// Where the correlation is read from.
    pub correlates: Correlates,
    /// The body of a request.
    pub body: Option<Ident>,
    /// The parameters of its path.
    pub params: Vec<PathParam>,
    /// The rows the step loads: entity, binding, key.
    pub rows: Vec<(EntityId, Ident, Value)>,
    /// The row the step creates.
    pub created: Option<(EntityId, Ident)>,
    /// What the handler returned: its binding, and its fields.
    pub answer: Option<(Ident, Vec<AnswerField>)>,
    /// The message that came of those that the step needs one of.
    pub one_of: Option<OneOf>,
    /// The message that closes the step, where one under `unless` does.
    pub closer: Option<(Ident, EventId)>,
    /// Why the step fails, where it does.
    pub reason: Option<Value>,
}

/// Where the correlation of the instance is read from.
#[derive(Debug, Clone)]
pub(super) enum Correlates {
    /// A message.
    Message(Ident),
    /// The context of the step.
    Instance,
    /// Where the request has it.
    Request,
}

impl<'a> Bindings<'a> {
    /// Of a function that sees these messages.
    pub(super) fn of(
        spec: &'a Resolved,
        step: &'a Step,
        triggers: Vec<Ident>,
        correlates: Correlates,
    ) -> Self {
        Self {
            spec,
            step,
            triggers,
            correlates,
            body: None,
            params: Vec::new(),
            rows: Vec::new(),
            created: None,
            answer: None,
            one_of: None,
            closer: None,
            reason: None,
        }
    }
}

impl Bindings<'_> {
    /// From here on, what a request says is a source.
    pub(super) fn said_by(&mut self, requested: Option<&Requested>) {
        self.body = requested.map(|_| Ident::snake("body"));
        self.params = requested.map(|requested| requested.params.clone()).unwrap_or_default();
    }

    /// The correlation of the saga instance.
    pub(super) fn correlation(&self) -> Value {
        match &self.correlates {
            Correlates::Message(message) => correlation_of(self.spec, message),
            Correlates::Instance => Value::Correlation(self.correlation_type().is_copy()),
            Correlates::Request => match &self.step.correlation {
                Some(FieldSource::Correlation) | None => refused("step without a correlation"),
                Some(source) => self.source(source, &self.correlation_type()),
            },
        }
    }

    /// The message of that event type with a value for each of its fields, and
    /// `outcome` for the field that tells its variants apart.
    pub(super) fn message(&self, of: &Event, fields: &[SourcedField], outcome: Option<Value>) -> StructValue {
        let mut values: Vec<(Ident, Value)> = fields
            .iter()
            .map(|sourced| {
                let ty = event::type_of(of, &sourced.field);
                let value = self.field_value(sourced, &ty);
                // The failing variant alone does without it.
                let lacks = event::may_lack(of, &sourced.field) && value != Value::Absent;
                let value = if lacks { Value::Present(Box::new(value)) } else { value };
                (Ident::snake(sourced.field.as_str()), value)
            })
            .collect();
        if let (Some(declared), Some(outcome)) = (&of.outcome, outcome) {
            values.push((Ident::snake(declared.field.as_str()), outcome));
        }
        StructValue { of: event::ident(of), fields: values }
    }

    /// The value of a field of that type.
    pub(super) fn field_value(&self, sourced: &SourcedField, wanted: &RustType) -> Value {
        match &sourced.source {
            FieldSource::Handler => self.answered(&sourced.field, wanted),
            source => self.source(source, wanted),
        }
    }

    /// The value of a source other than the handler, for a place of that type.
    pub(super) fn source(&self, source: &FieldSource, wanted: &RustType) -> Value {
        let (value, found) = self.typed(source, wanted);
        if wanted.is_optional() && !found.is_optional() { Value::Present(Box::new(value)) } else { value }
    }

    /// The same as it is, and its type.
    pub(super) fn typed(&self, source: &FieldSource, wanted: &RustType) -> (Value, RustType) {
        match source {
            FieldSource::Literal(literal) | FieldSource::OnFailure(literal) => {
                (literal_for(literal, wanted), wanted.clone())
            }
            FieldSource::Absent => (Value::Absent, wanted.clone()),
            FieldSource::Correlation => (self.correlation(), self.correlation_type()),
            FieldSource::EntityKey(entity) => self.key_of(*entity),
            FieldSource::EntityField(entity, field) => self.row_field(*entity, field),
            FieldSource::Trigger(trigger, path) => self.trigger_field(*trigger, path.fields(), wanted),
            FieldSource::Body(field) => self.body_field(field),
            FieldSource::Reason => {
                let reason = self.reason.clone();
                (reason.unwrap_or_else(|| refused("reason without a failure")), RustType::String)
            }
            FieldSource::Closer(field) => self.closer_field(field),
            FieldSource::PathParam(name)
                if self.is_instance(name) && !matches!(self.correlates, Correlates::Request) =>
            {
                (self.correlation(), self.correlation_type())
            }
            FieldSource::OneOf(triggers, field) => self.one_of(triggers, field),
            FieldSource::PathParam(name) => self.path_param(name),
            FieldSource::Handler => refused("such source of a field"),
        }
    }

    /// A field of the message that came, of several that all have it.
    fn one_of(&self, triggers: &[TriggerIndex], field: &FieldName) -> (Value, RustType) {
        let declared: Vec<&Event> =
            triggers.iter().map(|it| self.spec.event(self.step.triggers[it.0].event)).collect();
        let [first, ..] = declared.as_slice() else { refused("value of no message") };
        let ty = event::type_of(first, field);
        let taken: Vec<Taken> = declared
            .iter()
            .map(|event| match (event::may_lack(event, field), ty.is_copy()) {
                (true, true) => Taken::Called,
                (true, false) => Taken::CalledCloned,
                (false, true) => Taken::AsIs,
                (false, false) => Taken::Cloned,
            })
            .collect();
        let field = Ident::snake(field.as_str());
        let value = match &self.one_of {
            Some(one_of) => Value::OneOf {
                of: (one_of.binding.clone(), one_of.ident.clone()),
                variants: one_of.alternatives.iter().map(|it| it.ident.clone()).zip(taken).collect(),
                field,
            },
            // The step has not run: one message or the other is all there is.
            None => Value::First {
                step: self.step.name.clone(),
                of: triggers.iter().map(|it| self.triggers[it.0].clone()).zip(taken).collect(),
                field,
            },
        };
        (value, ty)
    }

    fn path_param(&self, name: &ParamName) -> (Value, RustType) {
        let param = self.params.iter().find(|param| param.name == name.as_str());
        let Some(param) = param else { refused("parameter of a path that there is none of") };
        (Value::Reference(param.binding.clone(), param.ty.is_copy()), param.ty.clone())
    }

    fn is_instance(&self, name: &ParamName) -> bool {
        self.step.http.as_ref().is_some_and(|http| http.is_instance(self.spec, name))
    }

    fn correlation_type(&self) -> RustType {
        rust_type(&self.spec.sagas()[0].correlation_type)
    }

    fn key_of(&self, entity: EntityId) -> (Value, RustType) {
        let ty = rust_type(self.spec.entity(entity).key_type());
        let loaded = self.rows.iter().find(|(id, ..)| *id == entity);
        let value = match (&self.created, loaded) {
            (Some((id, binding)), _) if *id == entity => {
                field_of(binding, key_ident(self.spec.entity(entity)).bare(), &ty)
            }
            (_, Some((_, _, key))) => key.clone(),
            _ => refused("key of a row that the step does not have"),
        };
        (value, ty)
    }

    fn row_field(&self, entity: EntityId, field: &FieldName) -> (Value, RustType) {
        let created = self.created.iter().map(|(id, binding)| (id, binding));
        let mut rows = created.chain(self.rows.iter().map(|(id, binding, _)| (id, binding)));
        let Some((_, binding)) = rows.find(|(id, _)| **id == entity) else {
            refused("field of a row that the step does not have")
        };
        let ty = field_type(self.spec.entity(entity), field);
        (field_of(binding, field.as_str(), &ty), ty)
    }

    fn trigger_field(
        &self,
        trigger: TriggerIndex,
        path: &[FieldName],
        wanted: &RustType,
    ) -> (Value, RustType) {
        let event = self.spec.event(self.step.triggers[trigger.0].event);
        let binding = &self.triggers[trigger.0];
        let Some((field, inner)) = path.split_first() else { refused("path to nothing") };
        let ty = event::type_of(event, field);
        if one_of::is_alternative(self.step, self.step.triggers[trigger.0].place) && inner.is_empty() {
            let lacks = ty.is_optional() || event::may_lack(event, field);
            let taken = if ty.is_copy() { Taken::AsIs } else { Taken::Cloned };
            let (of, field) = (binding.clone(), Ident::snake(field.as_str()));
            let ty = if ty.is_optional() { ty } else { RustType::Optional(Box::new(ty)) };
            return (Value::IfCame { of, field, lacks, taken }, ty);
        }
        if !event::may_lack(event, field) {
            return self.within(field_of(binding, field.as_str(), &ty), event, field, inner);
        }
        let field = Ident::snake(field.as_str());
        if wanted.is_optional() {
            let ty = RustType::Optional(Box::new(ty));
            let taken = if ty.is_copy() { Taken::AsIs } else { Taken::Cloned };
            return (Value::Field { of: binding.clone(), field, taken }, ty);
        }
        let taken = if ty.is_copy() { Taken::Called } else { Taken::CalledCloned };
        (Value::Field { of: binding.clone(), field, taken }, ty)
    }

    /// Follows a path on, through records and at most one list of them.
    fn within(&self, of: Value, event: &Event, field: &FieldName, path: &[FieldName]) -> (Value, RustType) {
        let Some(declared) = event.field(field.as_str()) else { refused("field that its event lacks") };
        let (mut ty, mut list) = (declared.ty.clone(), None);
        for (at, name) in path.iter().enumerate() {
            if let Type::List(item) = ty {
                (ty, list) = (*item, Some(at));
            }
            ty = self.spec.record_field(&ty, name).unwrap_or_else(|| refused("path to nothing")).clone();
        }
        let lowered = rust_type(&ty);
        let taken = if lowered.is_copy() { Taken::AsIs } else { Taken::Cloned };
        let idents = |names: &[FieldName]| -> Vec<Ident> {
            names.iter().map(|name| Ident::snake(name.as_str())).collect()
        };
        let through = |of: Value, path: Vec<Ident>| match path.is_empty() {
            true => of,
            false => Value::Within { of: Box::new(of), path, taken },
        };
        match list {
            None => (through(of, idents(path)), lowered),
            Some(at) => {
                let of = Box::new(through(of, idents(&path[..at])));
                (Value::Each { of, path: idents(&path[at..]), taken }, RustType::List(Box::new(lowered)))
            }
        }
    }

    fn closer_field(&self, field: &FieldName) -> (Value, RustType) {
        let Some((binding, event)) = &self.closer else { refused("closer where none came") };
        let event = self.spec.event(*event);
        let mut ty = event::type_of(event, field);
        if event::may_lack(event, field) {
            ty = RustType::Optional(Box::new(ty));
        }
        (field_of(binding, field.as_str(), &ty), ty)
    }

    fn body_field(&self, field: &FieldName) -> (Value, RustType) {
        let declared = self.step.body.iter().find(|declared| declared.name == *field);
        match (&self.body, declared) {
            (Some(body), Some(declared)) => {
                let ty = rust_type(&declared.ty);
                (field_of(body, field.as_str(), &ty), ty)
            }
            _ => refused("body where there is none"),
        }
    }

    fn answered(&self, field: &FieldName, ty: &RustType) -> Value {
        let Some((binding, fields)) = &self.answer else { refused("answer of a step without a handler") };
        let named = Ident::snake(field.as_str());
        let answered = fields.iter().find(|answered| answered.serves(&named, ty));
        match answered {
            Some(AnswerField { bound: Some(name), uses, .. }) if *uses == 1 || ty.is_copy() => {
                Value::Binding(name.clone())
            }
            Some(AnswerField { bound: Some(name), .. }) => Value::Held(name.clone(), Taken::Cloned),
            Some(answered) if answered.uses > 1 => field_of(binding, answered.ident.bare(), ty),
            Some(answered) => {
                Value::Field { of: binding.clone(), field: answered.ident.clone(), taken: Taken::AsIs }
            }
            None => refused("answer that no decision returns"),
        }
    }
}

/// The correlation in a message.
pub(super) fn correlation_of(spec: &Resolved, message: &Ident) -> Value {
    let saga = &spec.sagas()[0];
    field_of(message, saga.correlation.as_str(), &rust_type(&saga.correlation_type))
}

/// A field of what a binding names, copied or cloned as its type needs.
pub(super) fn field_of(binding: &Ident, field: &str, ty: &RustType) -> Value {
    let taken = if ty.is_copy() { Taken::AsIs } else { Taken::Cloned };
    Value::Field { of: binding.clone(), field: Ident::snake(field), taken }
}

fn literal_for(literal: &Literal, wanted: &RustType) -> Value {
    match literal {
        Literal::Null => Value::Absent,
        literal if wanted.is_optional() => Value::Present(Box::new(Value::Literal(literal.clone()))),
        literal => Value::Literal(literal.clone()),
    }
}
