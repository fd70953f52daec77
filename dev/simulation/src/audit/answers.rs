//! Whether every client that got an answer got the right one, and no client got two instances.

use saga_runtime::store::StoredAnswer;
use serde_json::Value;

use super::{Evidence, Row};
use crate::client::{Request, Wish};
use crate::saga::{Numbered, Saga};

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    evidence.requests.iter().flat_map(|request| judge_one(saga, evidence, request)).collect()
}

fn judge_one(saga: &Saga, evidence: &Evidence, request: &Request) -> Vec<String> {
    let (service, number) = (&saga.services[request.service], request.number);
    let Wish::Begin(entry) = request.wish else { return Vec::new() };
    let numbered = service.numbered(entry);
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (owned, _) in saga.plan.beginnings().iter().filter(|(owned, _)| owned.service == service.name()) {
        let all = evidence.rows(owned.service, owned.table);
        let own = all.filter(|row| is_of(row, numbered, number));
        rows.extend(own.filter_map(|row| crate::plan::as_text(row.get(&owned.column))));
    }
    let tells = !matches!(numbered, Numbered::Nowhere);
    if tells && rows.len() > 1 {
        findings.push(format!("request {number} was sent once, and has the instances {rows:?}"));
    }
    for answer in &request.answers {
        if answer != &request.answers[0] && request.keyed {
            findings.push(format!("request {number} got two answers: {answer:?}, {:?}", request.answers[0]));
        }
        let promised = promised(answer);
        if answer.status == 201 && !promised.iter().any(|value| rows.contains(value)) {
            findings.push(format!("request {number} was promised {}, and has {rows:?}", answer.body));
        }
        if tells && answer.status != 201 && !rows.is_empty() {
            findings.push(format!("request {number} was refused, and has {rows:?}"));
        }
    }
    findings
}

/// Everything that an answer says: one of the values is the key of a row.
fn promised(answer: &StoredAnswer) -> Vec<String> {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body.as_object().into_iter().flat_map(|body| body.values().filter_map(crate::plan::as_text)).collect()
}

fn is_of(row: &Row, numbered: Numbered, number: i32) -> bool {
    match numbered {
        Numbered::By(column) => is_number(row.get(column), number),
        Numbered::Where(is_numbered) => is_numbered(row, number),
        // It may be any row's.
        Numbered::Nowhere => true,
    }
}

/// Whether a value is the number of a request, or a decimal with that whole part.
fn is_number(value: &Value, number: i32) -> bool {
    let text = crate::plan::as_text(value).unwrap_or_default();
    text.split('.').next().is_some_and(|whole| whole == number.to_string())
}
