//! A step while its parts are being found. Each stage adds what it finds, and
//! what no stage found stays absent, so a [`Step`] is whole once it exists.

use std::time::Duration;

use crate::names::{StepName, Value};
use crate::resolved::*;
use crate::source::Span;

/// What is known of a step so far.
#[derive(Debug)]
pub(super) struct StepDraft {
    pub id: StepId,
    pub service: ServiceId,
    pub name: StepName,
    pub kind: StepKind,
    pub triggers: Vec<Trigger>,
    pub closers: Vec<Closer>,
    /// The parameters of its path are found after the entities they refer to.
    pub http: Option<Http>,
    pub body: Vec<BodyField>,
    pub reads: Option<EntityId>,
    pub creates: Option<CreationDraft>,
    pub rows: Vec<RowDraft>,
    pub emissions: Vec<EmissionDraft>,
    pub failure: Option<Failure>,
    pub commands: Vec<CommandEmission>,
    pub correlation: Option<FieldSource>,
    pub set: Option<Span>,
    pub handler: HandlerKind,
    pub handler_span: Option<Span>,
    pub retry: u32,
    pub timeout: Duration,
    pub span: Span,
}

/// A row to be created.
#[derive(Debug, Clone)]
pub(super) struct CreationDraft {
    pub entity: EntityId,
    pub key: Option<FieldSource>,
    /// None until the sources are found.
    pub fields: Option<Vec<SourcedField>>,
    pub span: Span,
}

/// A row to be loaded.
#[derive(Debug)]
pub(super) struct RowDraft {
    pub entity: EntityId,
    /// None until something is found that identifies the row.
    pub lookup: Option<Lookup>,
    pub guard: Option<Guard>,
    pub to: Option<Value>,
    pub set: Vec<SourcedField>,
    pub missing: Missing,
    pub span: Span,
}

/// What becomes of a row that is not there.
#[derive(Debug, Clone)]
pub(super) enum Missing {
    /// The step fails.
    Fails,
    /// It is created; what with is not known yet.
    Created,
    /// It is created with these values.
    CreatedWith(Vec<SourcedField>),
}

/// An event to be published.
#[derive(Debug, Clone)]
pub(super) struct EmissionDraft {
    pub event: EventId,
    /// The handler decides unless a source is found that does.
    pub choice: Choice,
    /// None until the sources are found.
    pub fields: Option<Vec<SourcedField>>,
    pub span: Span,
}

impl StepDraft {
    /// Whether an HTTP call is among its needs.
    pub(super) fn is_request(&self) -> bool {
        self.http.is_some()
    }

    /// The triggers it needs all of.
    pub(super) fn needs_all(&self) -> impl Iterator<Item = (TriggerIndex, &Trigger)> {
        triggers_at(&self.triggers, Place::All)
    }

    /// The triggers it needs one of.
    pub(super) fn needs_one(&self) -> impl Iterator<Item = (TriggerIndex, &Trigger)> {
        triggers_at(&self.triggers, Place::Any)
    }

    /// Whether all that is certain, when it fails for this cause, is that one of its
    /// triggers came: a deadline runs from the first, and the failure of the saga
    /// fails a step that waits, or one that was barred, when the first comes.
    pub(super) fn only_one_is_certain(&self, cause: Cause) -> bool {
        match cause {
            Cause::SagaFailed => true,
            Cause::Closed(closer) => matches!(self.closers.get(closer), Some(Closer::Deadline(..))),
            Cause::Rejected | Cause::Chosen => false,
        }
    }

    /// The step, if every part of it was found. A part that was not is an
    /// error of the file, and reported.
    pub(super) fn finish(self) -> Option<Step> {
        let Self {
            id,
            service,
            name,
            kind,
            triggers,
            closers,
            http,
            body,
            reads,
            creates,
            rows,
            emissions,
            failure,
            commands,
            correlation,
            set,
            handler,
            handler_span,
            retry,
            timeout,
            span,
        } = self;
        let reads = reads.zip(http.as_ref()).map(|(entity, http)| read(entity, http));
        let creates = match creates {
            Some(creation) => Some(creation.finish()?),
            None => None,
        };
        let rows: Vec<RowUse> = rows.into_iter().map(RowDraft::finish).collect::<Option<_>>()?;
        let emissions: Vec<Emission> =
            emissions.into_iter().map(EmissionDraft::finish).collect::<Option<_>>()?;
        let declared = handler_span.is_some();
        let asked =
            Asked { kind, handler, declared, creates: creates.as_ref(), rows: &rows, emissions: &emissions };
        let decision = if reads.is_some() { Decision::Wiring } else { asked.decision() };
        Some(Step {
            id,
            service,
            name,
            kind,
            triggers,
            closers,
            http,
            body,
            reads,
            creates,
            rows,
            emissions,
            failure,
            commands,
            correlation,
            set,
            handler,
            handler_span,
            decision,
            retry,
            timeout,
            span,
        })
    }
}

impl CreationDraft {
    fn finish(self) -> Option<Creation> {
        let Self { entity, key, fields, span } = self;
        Some(Creation { entity, key, fields: fields?, span })
    }
}

impl RowDraft {
    fn finish(self) -> Option<RowUse> {
        let Self { entity, lookup, guard, to, set, missing, span } = self;
        let missing = match missing {
            Missing::Fails => None,
            Missing::Created => return None,
            Missing::CreatedWith(fields) => Some(fields),
        };
        Some(RowUse { entity, lookup: lookup?, guard, to, set, missing, span })
    }
}

impl EmissionDraft {
    fn finish(self) -> Option<Emission> {
        let Self { event, choice, fields, span } = self;
        Some(Emission { event, choice, fields: fields?, span })
    }
}

/// What a `GET` answers, by the parameters of its path.
fn read(entity: EntityId, http: &Http) -> Read {
    let mut read = Read { entity, key: None, filters: Vec::new() };
    for param in &http.params {
        match &param.meaning {
            ParamMeaning::Key(_) => read.key = Some(param.name.clone()),
            ParamMeaning::Field(_, field) => read.filters.push((param.name.clone(), field.clone())),
            ParamMeaning::Correlation | ParamMeaning::Value => {}
        }
    }
    read
}

/// What tells whether a step asks its handler.
struct Asked<'s> {
    kind: StepKind,
    handler: HandlerKind,
    /// Whether the file says which handler it has.
    declared: bool,
    creates: Option<&'s Creation>,
    rows: &'s [RowUse],
    emissions: &'s [Emission],
}

impl Asked<'_> {
    fn decision(&self) -> Decision {
        let created = self.creates.iter().flat_map(|creation| {
            let fields = creation.fields.iter().map(|field| &field.source);
            fields.chain(&creation.key)
        });
        let emitted = self.emissions.iter().flat_map(|it| it.fields.iter().map(|field| &field.source));
        let unsourced = created.chain(emitted).any(|source| *source == FieldSource::Handler);
        let chosen = self.emissions.iter().any(|it| it.choice == Choice::Handler);
        let changes = self.declared && !self.rows.is_empty();
        if unsourced || chosen || changes || self.handler != HandlerKind::State {
            return Decision::Required;
        }
        let writes_rows = self.rows.iter().any(|row| row.to.is_none() && row.set.is_empty());
        let silent = self.creates.is_none() && self.emissions.is_empty();
        let idle = silent && self.rows.is_empty();
        match self.kind {
            StepKind::Compensation(_) => Decision::Required,
            StepKind::Request if writes_rows && silent => Decision::Required,
            StepKind::Request => Decision::Hook,
            StepKind::Subscription if writes_rows || idle => Decision::Required,
            StepKind::Subscription => Decision::Wiring,
        }
    }
}
