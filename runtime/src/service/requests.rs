//! Requests that steps wait for: a person who decides, a user who cancels.

use saga_step::flow::{Act, Standing};

use super::scene::Scene;
use super::{Answer, Service, engine};
use crate::context::{At, Context, Outgoing, RequestContext};
use crate::mutation::{self, Mutation};
use crate::outcome::{Fault, Refusal};

/// Names the step rows that a request needs. `seen` are the rows that say which instance it is about.
pub fn lock_steps<S: Service>(request: &S::Request, seen: &S::Rows, rows: &mut S::Rows) {
    let Some((step, correlation)) = S::asked(request, seen) else { return };
    engine::lock_steps_of::<S>(step, &correlation.to_string(), rows);
}

/// Names the entity rows that a request needs. The step rows are loaded by now.
pub fn lock_rows<S: Service>(service: &S, request: &S::Request, seen: &S::Rows, rows: &mut S::Rows) {
    if let Some((step, correlation)) = S::asked(request, seen) {
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
pub fn answer<S: Service>(
    service: &S,
    request: &S::Request,
    seen: &S::Rows,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<Answer, Refusal> {
    let asked = S::asked(request, seen);
    if !is_same::<S>(asked, S::asked(request, rows)) {
        return Err(Refusal::conflict("the row has just changed: try again"));
    }
    let Some((step, correlation)) = asked else {
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
    let standing = match flow.standing(&mut scene, step) {
        Standing::Answered if mutation::active(Mutation::ApprovalTwice) => Standing::Ready,
        standing => standing,
    };
    match standing {
        Standing::Ready => match flow.perform_in(scene, Act::Request(step)) {
            Ok(()) => {}
            Err(Fault::Refused(refusal)) => return Err(refusal),
            Err(fault) => out.fault = Some(fault),
        },
        // The answer is what there is now.
        Standing::Already => {}
        Standing::NoRow(_) => {
            let shown = service.answer(request, &mut RequestContext { rows, out });
            return Err(shown.err().unwrap_or(unknown::<S>(key)));
        }
        Standing::Unheard => return Err(unknown::<S>(key)),
        Standing::Unfit(used) => {
            let status = service.row(step, used, &mut scene.cx).map_or("not there", |status| status.name);
            return Err(not_possible::<S>(step, &format!("the row is {status}")));
        }
        Standing::Early => return Err(not_possible::<S>(step, "it waits for more than the request")),
        Standing::Answered => return Err(not_possible::<S>(step, "it has been answered")),
        Standing::Closed => return Err(not_possible::<S>(step, "it is closed")),
    }
    service.answer(request, &mut RequestContext { rows, out })
}

/// Whether the row that is locked says the same as it did before.
fn is_same<S: Service>(
    before: Option<(usize, &S::Correlation)>,
    now: Option<(usize, &S::Correlation)>,
) -> bool {
    match (before, now) {
        (Some((_, before)), Some((_, now))) => {
            std::ptr::eq(before, now) || before.to_string() == now.to_string()
        }
        (None, None) => true,
        _ => false,
    }
}

/// As far as the service knows, there is no such instance.
fn unknown<S: Service>(key: String) -> Refusal {
    Refusal::NotFound { entity: S::SAGA, key }
}

fn not_possible<S: Service>(step: usize, why: &str) -> Refusal {
    Refusal::conflict(format!("`{}` is not possible: {why}", S::name_of(step)))
}
