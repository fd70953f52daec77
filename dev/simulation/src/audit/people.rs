//! Whether what clients heard of the steps that waited for them is what the services knew, and did.

use saga_runtime::store::StoredAnswer;
use serde_json::Value;

use super::Evidence;
use crate::client::{Request, Wish};
use crate::people::{Act, Outcome};
use crate::plan::{Person, Plan};
use crate::saga::Saga;

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for request in &evidence.requests {
        let Wish::Act(act) = &request.wish else { continue };
        let person = &saga.plan.people()[act.person];
        let found = act.outcomes.iter().filter_map(|outcome| judge_one(&saga.plan, person, outcome));
        let mut found: Vec<String> = found.map(str::to_owned).collect();
        found.extend(different(request));
        found.extend(broken(saga, evidence, person, act));
        let step = saga.plan.step_name(person.step);
        let of =
            |what: String| format!("request {} for {step} of {}: {what}", request.number, act.correlation);
        findings.extend(found.into_iter().map(of));
    }
    findings
}

/// What is wrong with an answer, given how the service stood before and after it.
fn judge_one(plan: &Plan, person: &Person, outcome: &Outcome) -> Option<&'static str> {
    let Outcome { answer, before, after, is_first } = outcome;
    let step = person.step;
    let waited = plan.waits(step, before) && plan.waits(step, after);
    // Another step may have moved the row meanwhile to where this one would.
    let moved = !plan.moves_alone(step) && plan.is_done_already(step, after);
    let already = plan.is_done_already(step, before) || moved;
    match answer.status {
        200 | 204 if plan.waits(step, after) => Some("it is said to be done, and the step still waits"),
        200 | 204 if *is_first && plan.is_too_late(step, before) && !already => {
            Some("it came too late, and is said to be done")
        }
        200 | 204 | 400 | 422 => None,
        404 if !plan.knows_nothing(before) => {
            Some("there was something to ask for, and it is said that there is nothing")
        }
        409 if plan.knows_nothing(after) => {
            Some("there was nothing to ask for, and it is said that there is")
        }
        404 | 409 if waited => Some("the step waited for it, and it was refused"),
        404 | 409 => None,
        _ => Some("it got an answer that no request gets"),
    }
}

/// A request that is repeated with its key gets the answer that was stored.
fn different(request: &Request) -> Option<String> {
    let mut done = request.answers.iter().filter(|answer| is_done(answer));
    let first = done.next().filter(|_| request.keyed)?;
    let other = done.find(|answer| answer.body != first.body || answer.status != first.status)?;
    Some(format!("it got two answers: {first:?}, {other:?}"))
}

fn is_done(answer: &StoredAnswer) -> bool {
    matches!(answer.status, 200 | 204)
}

/// What was promised, and has not happened.
fn broken(saga: &Saga, evidence: &Evidence, person: &Person, act: &Act) -> Option<String> {
    act.outcomes.iter().find(|outcome| is_done(&outcome.answer))?;
    let plan = &saga.plan;
    let published = |message: usize| {
        let mut messages = evidence.messages(plan.topic_of(message));
        messages
            .any(|it| it.correlation == act.correlation && plan.message(it.topic, &it.body) == Some(message))
    };
    let body: Value = serde_json::from_str(&act.body).expect("it was made here");
    let decided = person.decided_by.as_ref().and_then(|field| body[field].as_bool());
    let (successes, failure) = plan.says(person.step);
    let succeeded = successes.iter().any(|way| way.iter().all(|message| published(*message)));
    let kept = match decided {
        Some(false) => failure.is_some_and(published),
        _ => succeeded || !plan.moves_alone(person.step),
    };
    (!kept).then(|| "it is said to be done, and nothing came of it".to_owned())
}
