//! Requests that steps wait for: a person who decides, a user who cancels.

use saga_step::flow::{Act, World as _};
use saga_step::{Mode, Verdict};

use super::scene::Scene;
use super::{Answer, Service, engine};
use crate::context::{At, Context, Outgoing, RequestContext};
use crate::mutation::{self, Mutation};
use crate::outcome::{Fault, Refusal};

/// Names the step rows that a request needs.
pub(crate) fn lock_steps<S: Service>(request: &S::Request, rows: &mut S::Rows) {
    let Some((step, correlation)) = S::asked(request) else { return };
    engine::lock_steps_of::<S>(step, &correlation.to_string(), rows);
}

/// Names the entity rows that a request needs. The step rows are loaded by now.
pub(crate) fn lock_rows<S: Service>(service: &S, request: &S::Request, rows: &mut S::Rows) {
    if let Some((step, correlation)) = S::asked(request) {
        let key = correlation.to_string();
        service.lock(step, &At { correlation, key: &key, input: None }, rows);
        engine::lock_rows_of(service, step, correlation, &key, rows);
    }
    service.lock_for_request(request, rows);
}

/// Answers a request on the loaded rows. A fault is left in `out`.
///
/// # Errors
/// [`Refusal`] when the service says no: nothing is stored or published then.
pub(crate) fn answer<S: Service>(
    service: &S,
    request: &S::Request,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<Answer, Refusal> {
    let Some((step, correlation)) = S::asked(request) else {
        return service.answer(request, &mut RequestContext { rows, out });
    };
    let (flow, key) = (S::flow(), correlation.to_string());
    let cx = Context {
        correlation,
        key: &key,
        input: None,
        request: Some(request),
        answered: None,
        rows: &mut *rows,
        out: &mut *out,
    };
    let mut scene = Scene { service, flow, cx, rejection: None, called: None, at_hand: None };
    match standing(&mut scene, step) {
        Standing::Waits => match flow.perform_in(scene, Act::Request(step)) {
            Ok(()) => {}
            Err(Fault::Refused(refusal)) => return Err(refusal),
            Err(fault) => out.fault = Some(fault),
        },
        // The same request came before, and the answer is what there is now; or there is no row to be shown.
        Standing::Already | Standing::NoRow => {}
        Standing::NotNow(refusal) => return Err(refusal),
    }
    service.answer(request, &mut RequestContext { rows, out })
}

/// How a step stands to the request it waits for.
enum Standing {
    /// Only the request is missing.
    Waits,
    /// The request has been carried out.
    Already,
    /// There is no row for it.
    NoRow,
    /// It cannot be carried out.
    NotNow(Refusal),
}

fn standing<S: Service>(scene: &mut Scene<'_, S>, step: usize) -> Standing {
    let flow = scene.flow;
    let (name, def) = (S::name_of(step), &flow.steps()[step]);
    let conflict =
        |why: &str| Standing::NotNow(Refusal::conflict(format!("`{name}` is not possible: {why}")));
    let mode = scene.mode(step);
    let arrived = |needs: std::ops::Range<usize>, scene: &mut Scene<'_, S>| {
        needs.map(|need| scene.arrived(step, need)).collect::<Vec<bool>>()
    };
    let (all, any) = (def.all.len(), def.any.len());
    let (all, any) = (arrived(0..all, scene), arrived(all..all + any, scene));
    if mode == Mode::Waiting && !all.is_empty() && !all.iter().chain(&any).any(|it| *it) {
        let key = scene.cx.key.to_owned();
        return Standing::NotNow(Refusal::NotFound { entity: name, key });
    }
    for (used, row) in def.rows.iter().enumerate() {
        let Some(status) = scene.service.row(step, used, &mut scene.cx) else { return Standing::NoRow };
        if mode == Mode::Done && row.to() == Some(status.place) {
            return Standing::Already;
        }
        match flow.verdict(step, row, status.place) {
            Verdict::Run => {}
            _ if mutation::active(Mutation::CancelAfterPivot) => {}
            Verdict::Already => return Standing::Already,
            Verdict::Guarded | Verdict::Ended | Verdict::Conflict => {
                return conflict(&format!("the row is {}", status.name));
            }
        }
    }
    match mode {
        Mode::Waiting if all.iter().all(|it| *it) && (any.is_empty() || any.contains(&true)) => {
            Standing::Waits
        }
        Mode::Done if mutation::active(Mutation::ApprovalTwice) => Standing::Waits,
        Mode::Waiting => conflict("it waits for more than the request"),
        Mode::Done | Mode::Running => conflict("it has been answered"),
        Mode::Failed | Mode::Dropped | Mode::Barred => conflict("it is closed"),
    }
}
