//! The steps that wait for a person, and what the file lets a client expect of each.

use saga_cli::resolved::{EntityKey, Http, Method, ParamMeaning, Segment, Step};
use saga_runtime::{Mode, Verdict};
use saga_step::flow::{Compensation, RowUse, Start};

use super::{Plan, snake};

/// A step that waits for a request.
pub(crate) struct Person {
    /// The step, by its place in the flow.
    pub step: usize,
    /// Its service, by its place in the file.
    pub service: usize,
    /// The method of the request.
    pub method: &'static str,
    /// Its path, with the names of parameters in braces.
    pub path: String,
    /// What the parameter of the path says.
    pub named: Named,
    /// The field of the body that decides between success and failure, if one does.
    pub decided_by: Option<String>,
}

/// What the parameter of a path says.
pub(crate) enum Named {
    /// The saga instance.
    Correlation,
    /// A row: its table, the column that has the value, and the one that has the instance.
    Row { table: String, key: String, correlation: String },
}

/// What a service knows of a step of an instance, and of the rows that it loads.
#[derive(Clone)]
pub(crate) struct Look {
    pub mode: Mode,
    /// Which of the messages that it needs have arrived: of all, and then of one.
    pub arrived: Vec<bool>,
    /// The status of each row that it loads; none where there is no row.
    pub rows: Vec<Option<u8>>,
    /// Whether a message has been handled that closes it.
    pub closed: bool,
}

impl Plan {
    /// The steps that wait for a person.
    pub(super) fn people_of(
        spec: &saga_cli::resolved::Resolved,
        model: &saga_cli::prove::model::FlowModel,
    ) -> Vec<Person> {
        let steps = model.flow.steps().iter().enumerate();
        let waiting = steps.filter(|(_, step)| step.start == Start::Person);
        let person = |(step, def): (usize, &saga_step::flow::Step)| {
            let found = spec.step(model.steps[step]);
            let http = found.http.as_ref()?;
            Some(Person {
                step,
                service: def.service,
                method: method(http.method),
                path: path(http),
                named: named(spec, http)?,
                decided_by: decided_by(spec, found),
            })
        };
        waiting.filter_map(person).collect()
    }

    /// Whether the request of a step is all that is missing.
    pub(crate) fn waits(&self, step: usize, look: &Look) -> bool {
        let def = &self.model.flow.steps()[step];
        let (all, any) = look.arrived.split_at(def.all.len().min(look.arrived.len()));
        let has = all.iter().all(|it| *it) && (any.is_empty() || any.contains(&true));
        let fits = def.rows.iter().zip(&look.rows).all(|(used, status)| {
            status.is_some_and(|status| self.model.flow.verdict(step, used, status) == Verdict::Run)
        });
        look.mode == Mode::Waiting && has && fits && !look.closed
    }

    /// Whether a service knows of nothing that the request of a step could be about.
    pub(crate) fn knows_nothing(&self, look: &Look) -> bool {
        let waits = look.mode == Mode::Waiting && !look.arrived.is_empty();
        waits && !look.arrived.contains(&true) || look.rows.contains(&None)
    }

    /// Whether the request of a step is too late, now and for good.
    pub(crate) fn is_too_late(&self, step: usize, look: &Look) -> bool {
        let def = &self.model.flow.steps()[step];
        let ended = def.rows.iter().zip(&look.rows).any(|(used, status)| {
            let judged = status.map(|status| self.model.flow.verdict(step, used, status));
            matches!(judged, Some(Verdict::Ended | Verdict::Conflict))
        });
        look.mode != Mode::Waiting || ended || look.closed
    }

    /// Whether a row has the status already that a step would give it.
    pub(crate) fn is_done_already(&self, step: usize, look: &Look) -> bool {
        let def = &self.model.flow.steps()[step];
        let mut rows = def.rows.iter().zip(&look.rows);
        rows.any(|(used, status)| used.to().is_some() && used.to() == *status)
    }

    /// The entities of the rows that a step loads and that belong to its instance.
    pub(crate) fn loaded(&self, step: usize) -> impl Iterator<Item = Option<usize>> {
        self.model.flow.steps()[step].rows.iter().map(|used| match used {
            RowUse::Own { entity, .. } => Some(*entity),
            RowUse::Shared { .. } => None,
        })
    }

    /// The messages that close a step.
    pub(crate) fn closers(&self, step: usize) -> &[usize] {
        &self.model.flow.steps()[step].closers
    }

    /// How many messages a step needs all of, or one of.
    pub(crate) fn needs(&self, step: usize) -> usize {
        let def = &self.model.flow.steps()[step];
        def.all.len() + def.any.len()
    }

    /// Whether a step of a service is closed by time, waits for people or for calls, or has to be compensated:
    /// an instance that its database never takes would be tried for ever.
    pub(crate) fn waits_for_others(&self, service: &str) -> bool {
        let steps = self.model.flow.steps().iter().enumerate();
        steps.filter(|(at, _)| self.service_of(*at) == service).any(|(_, step)| {
            let is_undone = matches!(step.undo, Compensation::Derived { .. });
            step.deadline || step.calls || step.start == Start::Person || is_undone
        })
    }

    /// Whether the step of that name is compensated because the saga failed, rather than by a command.
    pub(crate) fn is_undone_by_itself(&self, name: &str) -> bool {
        let steps = self.model.flow.steps().iter().enumerate();
        let mut named = steps.filter(|(at, _)| self.step_name(*at) == name);
        named.any(|(_, step)| matches!(step.undo, Compensation::Derived { .. }))
    }

    /// What a step publishes for each way to succeed, and when it fails.
    pub(crate) fn says(&self, step: usize) -> (&[Vec<usize>], Option<usize>) {
        let def = &self.model.flow.steps()[step];
        (&def.successes, def.failure)
    }

    /// Whether other steps give a row the same status.
    pub(crate) fn moves_alone(&self, step: usize) -> bool {
        let moves = |used: &RowUse| match used {
            RowUse::Own { entity, to: Some(to), .. } => Some((*entity, *to)),
            _ => None,
        };
        let steps = self.model.flow.steps();
        let own: Vec<_> = steps[step].rows.iter().filter_map(moves).collect();
        let others = steps.iter().enumerate().filter(|(at, _)| *at != step);
        !others.flat_map(|(_, other)| other.rows.iter().filter_map(moves)).any(|it| own.contains(&it))
    }
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

pub(super) fn path(http: &Http) -> String {
    let segments = http.segments.iter().map(|segment| match segment {
        Segment::Literal(text) => format!("/{text}"),
        Segment::Param(name) => format!("/{{{}}}", name.as_str()),
    });
    segments.collect()
}

fn named(spec: &saga_cli::resolved::Resolved, http: &Http) -> Option<Named> {
    let correlation = spec.sagas()[0].correlation.as_str();
    let [param] = http.params.as_slice() else { return None };
    match &param.meaning {
        ParamMeaning::Correlation => Some(Named::Correlation),
        ParamMeaning::Key(entity) => {
            let found = spec.entity(*entity);
            let key = match &found.key {
                EntityKey::Given { field, .. } => snake(field.as_str()),
                EntityKey::Allocated(_) => "id".to_owned(),
            };
            match found.field(correlation) {
                Some(_) => {
                    let table = found.table.as_str().to_owned();
                    Some(Named::Row { table, key, correlation: snake(correlation) })
                }
                None => Some(Named::Correlation),
            }
        }
        ParamMeaning::Field(..) | ParamMeaning::Value => None,
    }
}

/// The field of a request's body that is the outcome of what its step publishes.
fn decided_by(spec: &saga_cli::resolved::Resolved, step: &Step) -> Option<String> {
    let outcomes = step.emissions.iter().filter_map(|it| spec.event(it.event).outcome.as_ref());
    let mut fields = outcomes.map(|outcome| outcome.field.as_str());
    let field = fields.find(|field| step.body.iter().any(|it| it.name.as_str() == *field))?;
    Some(field.to_owned())
}
