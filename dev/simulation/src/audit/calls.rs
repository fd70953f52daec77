//! Whether calls took effect for the instances that need them, and for no others.

use saga_runtime::Mode;
use saga_step::flow::Compensated;

use super::Evidence;
use crate::calls::Calls;
use crate::saga::Saga;
use crate::team::Origin;

pub(super) fn judge(saga: &Saga, evidence: &Evidence) -> Vec<String> {
    let mut findings = Vec::new();
    for ((step, correlation), calls) in &evidence.called {
        if saga.team.origin(correlation, evidence) == Origin::Stray {
            continue;
        }
        let found = judge_one(saga, evidence, step, correlation, calls);
        findings.extend(found.map(|what| format!("the call of {step} for {correlation}: {what}")));
    }
    findings
}

fn judge_one(
    saga: &Saga,
    evidence: &Evidence,
    step: &str,
    correlation: &str,
    calls: &Calls,
) -> Option<String> {
    if calls.keys.len() > 1 {
        return Some(format!("it had the keys {:?}", calls.keys));
    }
    let account = calls.keys.iter().find_map(|key| evidence.gateway.of(key));
    let (acted, undone) = account.map_or((false, false), |account| (account.acted, account.undone));
    let holds = acted && !undone;
    let key = (step.to_owned(), correlation.to_owned());
    let row = evidence.steps.get(&key)?;
    let mode: Mode = row.mode.parse().expect("a mode");
    let compensated = evidence.compensated(&key);
    let is_undone_by_call = saga.plan.is_undone_by_itself(step);
    match mode {
        Mode::Done if compensated == Compensated::Not && !holds => {
            Some(format!("the step is done, and the gateway has acted {acted}, undone {undone}"))
        }
        Mode::Done if compensated != Compensated::Not && is_undone_by_call && !undone => {
            Some("it was to be undone, and was not".to_owned())
        }
        Mode::Done => None,
        _ if holds => Some(format!("the step is {mode}, and the gateway has acted")),
        _ => None,
    }
}
