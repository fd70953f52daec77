//! The span of one handled message, request, deadline or call, by OpenTelemetry's conventions.

use std::time::SystemTime;

use super::Answered;
use crate::context::Note;
use crate::record::{Record, TopicPartition};
use crate::service::Service;
use crate::wire::Trace;

/// A span that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Its place in its trace.
    pub trace: Trace,
    /// What kind of span it is.
    pub kind: Kind,
    /// What was done.
    pub name: String,
    /// When it began.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// What is known of it.
    pub attributes: Vec<(&'static str, Value)>,
}

/// What a span stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message that was handled.
    Consumer,
    /// A request that was answered.
    Server,
    /// A call of another system.
    Client,
    /// A deadline that has passed.
    Internal,
}

/// An attempt of a call.
pub(crate) struct Attempt<'a> {
    /// The step that calls.
    pub step: &'a str,
    /// The saga instance.
    pub correlation: &'a str,
    /// From 1.
    pub number: i32,
    /// What came of it, in a word.
    pub result: &'a str,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl Span {
    pub(super) fn message<S: Service>(
        trace: Trace,
        (start, end): (SystemTime, SystemTime),
        record: &Record,
        notes: &[Note],
    ) -> Self {
        let TopicPartition { topic, partition } = record.origin;
        let mut attributes = vec![
            ("messaging.system", text("kafka")),
            ("messaging.operation.type", text("process")),
            ("messaging.operation.name", text("process")),
            ("messaging.destination.name", text(topic)),
            ("messaging.destination.partition.id", text(partition)),
            ("messaging.kafka.offset", Value::Number(record.offset)),
            ("messaging.consumer.group.name", text(format_args!("{}.{}", S::SAGA, S::NAME))),
        ];
        attributes.extend(record.label("ce_id").map(|id| ("messaging.message.id", text(id))));
        let correlation = record.header("ce_correlationid");
        attributes.extend(of_saga::<S>(correlation, notes));
        let name = format!("process {topic}");
        Self { trace, kind: Kind::Consumer, name, start, end, attributes }
    }

    pub(super) fn request<S: Service>(
        answered: &Answered,
        (start, end): (SystemTime, SystemTime),
        notes: &[Note],
    ) -> Self {
        let mut attributes = vec![
            ("http.request.method", text(answered.method)),
            ("http.route", text(answered.path)),
            ("http.response.status_code", Value::Number(answered.status.into())),
        ];
        attributes.extend(of_saga::<S>(None, notes));
        let name = format!("{} {}", answered.method, answered.path);
        Self { trace: answered.trace, kind: Kind::Server, name, start, end, attributes }
    }

    pub(super) fn deadline<S: Service>(
        trace: Trace,
        (start, end): (SystemTime, SystemTime),
        step: &str,
        correlation: &str,
        notes: &[Note],
    ) -> Self {
        let attributes = of_saga::<S>(Some(correlation), notes).collect();
        Self { trace, kind: Kind::Internal, name: format!("deadline {step}"), start, end, attributes }
    }

    pub(crate) fn call<S: Service>(
        trace: Trace,
        (start, end): (SystemTime, SystemTime),
        Attempt { step, correlation, number, result }: Attempt<'_>,
    ) -> Self {
        let attributes = vec![
            ("saga.name", text(S::SAGA)),
            ("saga.correlation", text(correlation)),
            ("saga.step", text(step)),
            ("saga.attempt", Value::Number(number.into())),
            ("saga.result", text(result)),
        ];
        Self { trace, kind: Kind::Client, name: format!("call {step}"), start, end, attributes }
    }
}

/// The saga, the instance, the steps that ran, and what came of them.
fn of_saga<S: Service>(
    correlation: Option<&str>,
    notes: &[Note],
) -> impl Iterator<Item = (&'static str, Value)> {
    let correlation = correlation.or(notes.first().map(|note| note.correlation.as_str()));
    let mut steps: Vec<&str> = notes.iter().map(|note| note.step).collect();
    steps.dedup();
    let results: Vec<&str> = notes.iter().map(|note| note.what.as_str()).collect();
    let all = [
        Some(("saga.name", text(S::SAGA))),
        correlation.map(|correlation| ("saga.correlation", text(correlation))),
        (!steps.is_empty()).then(|| ("saga.step", text(steps.join(",")))),
        (!results.is_empty()).then(|| ("saga.result", text(results.join("; ")))),
    ];
    all.into_iter().flatten()
}

fn text(value: impl std::fmt::Display) -> Value {
    Value::Text(value.to_string())
}
