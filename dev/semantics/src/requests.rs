//! Requests, made up from what the file says of them.

use saga_cli::resolved::{Choice, EntityId, EntityKey, FieldSource, Http, Method, ParamMeaning, PathParam};
use saga_cli::resolved::{Segment, Step, Type, VariantIndex};
use serde_json::Value;

use super::compare::snake;
use super::saga::Saga;
use super::script::Word;

/// A request, as a client makes it who has read the file.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Its method.
    pub method: &'static str,
    /// Its path, with the names of parameters in braces.
    pub path: String,
    /// The values of the parameters.
    pub params: Vec<String>,
    /// The field of the body that decides how the step ends, and its value. The other fields are those of the
    /// example that the service has.
    pub decides: Option<(String, Value)>,
}

/// Finds the keys of the rows of a table that have a value in a column.
pub(crate) type Keys<'k> = dyn Fn(&str, &str, &str) -> Vec<String> + 'k;

impl Saga {
    /// The request of a step, which decides as `word` says.
    pub(super) fn wish(
        &self,
        step: usize,
        word: Option<Word>,
        (correlation, nth): (Option<&str>, usize),
        keys: &Keys<'_>,
    ) -> Option<Wish> {
        let step = self.spec.step(self.model.steps[step]);
        let http = step.http.as_ref()?;
        let param = |param: &PathParam| match correlation {
            None => self.new_name(&param.ty, nth),
            Some(correlation) => self.said(param, correlation, keys),
        };
        Some(Wish {
            method: method(http.method),
            path: path(http),
            params: http.params.iter().map(param).collect(),
            decides: word.and_then(|word| self.decides(step, word)),
        })
    }

    /// What a parameter of a path says about an instance.
    fn said(&self, param: &PathParam, correlation: &str, keys: &Keys<'_>) -> String {
        let row = match &param.meaning {
            ParamMeaning::Correlation => return correlation.to_owned(),
            ParamMeaning::Field(..) | ParamMeaning::Value => return text(&self.some_value(&param.ty)),
            ParamMeaning::Key(entity) => *entity,
        };
        let (table, column) = self.owned(row);
        if column == self.key_of(row) {
            return correlation.to_owned();
        }
        // There is no row of such a key.
        keys(table, &column, correlation).pop().unwrap_or_else(|| self.new_name(&param.ty, 999_999))
    }

    /// The table of an entity whose rows belong to instances, and the column with the correlation.
    pub(super) fn owned(&self, entity: EntityId) -> (&str, String) {
        let (found, correlation) = (self.spec.entity(entity), self.spec.sagas()[0].correlation.as_str());
        let column = match found.field(correlation) {
            Some(_) => snake(correlation),
            None => self.key_of(entity),
        };
        (found.table.as_str(), column)
    }

    fn key_of(&self, entity: EntityId) -> String {
        match &self.spec.entity(entity).key {
            EntityKey::Given { field, .. } => snake(field.as_str()),
            EntityKey::Allocated(_) => "id".to_owned(),
        }
    }

    /// What the `nth` instance or row is called.
    fn new_name(&self, ty: &Type, nth: usize) -> String {
        match ty {
            Type::Uuid => format!("00000000-0000-0000-0000-{:012}", nth + 1),
            _ => (nth + 1).to_string(),
        }
    }

    /// The field of a request's body that is the outcome of what its step publishes, and the value by which
    /// the step ends as `word` says.
    fn decides(&self, step: &Step, word: Word) -> Option<(String, Value)> {
        let (field, event) = decided_by(step)?;
        let event = self.spec.event(event);
        let mut good = event.variants().into_iter().flatten().filter(|it| Some(*it) != event.failing());
        let variant: VariantIndex = match word {
            Word::Way(way) => good.nth(way)?,
            Word::No | Word::Silence => event.failing()?,
        };
        Some((field.to_owned(), self.wire(event, variant)))
    }
}

/// The field of a request's body that is the outcome of what its step publishes, and that event.
pub(crate) fn decided_by(step: &Step) -> Option<(&str, saga_cli::resolved::EventId)> {
    step.emissions.iter().find_map(|emission| match &emission.choice {
        Choice::Source(FieldSource::Body(field)) => Some((field.as_str(), emission.event)),
        _ => None,
    })
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn path(http: &Http) -> String {
    let segments = http.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(name) => format!("/{{{}}}", name.as_str()),
    });
    segments.collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
