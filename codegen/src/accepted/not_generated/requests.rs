//! Requests that write, and have no code yet.

use super::Found;
use crate::resolved::*;

pub(super) fn request(spec: &Resolved, step: &Step, http: &Http, found: &mut Found) {
    let (begins, creates) = (step.triggers.is_empty() && step.rows.is_empty(), step.creates.is_some());
    match (begins, creates) {
        (true, true) => creating(http, found),
        (true, false) => {
            let help = "let the request create the row it is about";
            found.add(http.span, "a request that creates nothing", help);
        }
        (false, true) => {
            let help = "create the row in a subscription to what the request publishes";
            found.add(http.span, "a request that creates a row beside another one", help);
        }
        (false, false) => asked(spec, step, http, found),
    }
}

fn creating(http: &Http, found: &mut Found) {
    if http.method != Method::Post {
        found.add(http.span, "creating a row by another method than `POST`", "use `POST`");
    } else if !http.params.is_empty() {
        let what = "a path parameter on a request that creates a row";
        found.add(http.span, what, "move the value to the body");
    }
}

/// A request that a step waits for.
fn asked(spec: &Resolved, step: &Step, http: &Http, found: &mut Found) {
    let by_path = || http.params.iter().any(|param| http.is_instance(spec, &param.name));
    match &step.correlation {
        Some(FieldSource::Body(_)) => {}
        Some(FieldSource::PathParam(_) | FieldSource::EntityKey(_)) if by_path() => {}
        Some(_) => {
            let help = "name the correlation in the path";
            found.add(http.span, "a request that finds its instance in a row", help);
            return;
        }
        None => {
            let help = "publish an event, and change the row in a subscription";
            found.add(http.span, "a request that belongs to no instance", help);
            return;
        }
    }
    if http.params.iter().any(|param| !http.is_instance(spec, &param.name)) {
        let help = "move the value to the body";
        found.add(http.span, "a path parameter that is not the correlation", help);
    }
    for row in &step.rows {
        if let Lookup::Key(FieldSource::Body(_)) = row.lookup {
            let help = "take the key from the path or from a trigger";
            found.add(row.span, "a row whose key is in the body", help);
        }
    }
}
