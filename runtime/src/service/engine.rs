//! Performs the acts of a saga's flow at one service: the transitions that
//! `cargo saga check` proves, on the rows of a batch.

use std::fmt::{Display, Write as _};

use saga_step::flow::{Act, Flow};

use super::Service;
use super::scene::{Called, Scene};
use crate::context::{At, Context, IdempotencyClaims, Outgoing};
use crate::mutation::{self, Mutation};
use crate::outcome::Fault;

/// The channel that brings a message to the service.
fn channel<S: Service>(flow: &Flow, input: &S::Input) -> Option<usize> {
    flow.channel(S::message(input), S::AT)
}

/// Names the step rows that a message needs, and claims the steps it runs without one.
pub(super) fn lock_steps<S: Service>(input: &S::Input, rows: &mut S::Rows, claims: &mut IdempotencyClaims) {
    let flow = S::flow();
    let Some(channel) = channel::<S>(flow, input) else { return };
    let reach = flow.reach(channel);
    if !reach.is_empty() {
        let key = rewritten(&mut claims.key, S::correlation(input));
        for step in reach {
            if let Some(steps) = S::memory(rows, *step) {
                steps.want(key);
            }
        }
    }
    if claims.unsequenced {
        let alone = flow.channels()[channel].steps_run().filter(|step| !flow.steps()[*step].kept);
        alone.for_each(|step| claims.claim(S::name_of(step), S::correlation(input)));
    }
}

/// Names the entity rows that a message needs. The step rows are loaded by now. `room` holds the key of the
/// instance meanwhile.
pub(super) fn lock_rows<S: Service>(service: &S, input: &S::Input, rows: &mut S::Rows, room: &mut String) {
    let flow = S::flow();
    let Some(channel) = channel::<S>(flow, input) else { return };
    let correlation = S::correlation(input);
    let at = At { correlation, key: rewritten(room, correlation), input: Some(input) };
    for step in flow.channels()[channel].steps() {
        service.lock(step, &at, rows);
    }
    // Those that may go on once a row is there, or once there is no way to it.
    let reached = |step: &usize| flow.channels()[channel].steps().any(|it| it == *step);
    for step in flow.reach(channel).iter().filter(|step| !reached(step)) {
        service.lock(*step, &at, rows);
    }
}

/// Handles a message on the loaded rows.
///
/// # Errors
/// [`Fault`] when it cannot be handled through no decision of the business.
pub(super) fn receive<S: Service>(
    service: &S,
    input: &S::Input,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<(), Fault> {
    let flow = S::flow();
    let Some(channel) = channel::<S>(flow, input) else { return Ok(()) };
    if mutation::active(Mutation::UnlessIgnored) && flow.closes(channel) {
        return Ok(());
    }
    perform(service, Act::Receive(channel), (Some(input), None), S::correlation(input), rows, out)
}

/// Names the step rows that an act of `step` needs: a deadline, or an answer.
pub fn lock_steps_of<S: Service>(step: usize, key: &str, rows: &mut S::Rows) {
    for reached in S::flow().reach_of(step) {
        if let Some(steps) = S::memory(rows, reached) {
            steps.want(key);
        }
    }
}

/// Names the entity rows that an act of `step` needs. The step rows are loaded by now.
pub fn lock_rows_of<S: Service>(
    service: &S,
    step: usize,
    correlation: &S::Correlation,
    key: &str,
    rows: &mut S::Rows,
) {
    let at = At { correlation, key, input: None };
    for reached in S::flow().reach_of(step) {
        service.lock(reached, &at, rows);
    }
}

/// Closes a step whose deadline has passed.
///
/// # Errors
/// [`Fault`] when it cannot be closed through no decision of the business.
pub fn deadline<S: Service>(
    service: &S,
    step: usize,
    correlation: &S::Correlation,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<(), Fault> {
    perform(service, Act::Deadline(step), (None, None), correlation, rows, out)
}

/// Takes what came of the call of a step.
///
/// # Errors
/// [`Fault`] when it cannot be taken through no decision of the business.
pub fn answer<S: Service>(
    service: &S,
    step: usize,
    called: Called<'_, S::Answered>,
    correlation: &S::Correlation,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<(), Fault> {
    perform(service, Act::Answer(step), (None, Some(called)), correlation, rows, out)
}

/// Performs an act of one instance.
fn perform<S: Service>(
    service: &S,
    act: Act,
    (input, called): (Option<&S::Input>, Option<Called<'_, S::Answered>>),
    correlation: &S::Correlation,
    rows: &mut S::Rows,
    out: &mut Outgoing,
) -> Result<(), Fault> {
    let flow = S::flow();
    let mut key = std::mem::take(&mut out.key);
    let cx = Context {
        correlation,
        key: rewritten(&mut key, correlation),
        input,
        request: None,
        answered: None,
        rows,
        out,
    };
    let scene = Scene { service, flow, cx, rejection: None, called, at_hand: None };
    let performed = flow.perform_in(scene, act);
    out.key = key;
    performed
}

/// The correlation as text, in the place of what was in `room`.
fn rewritten<'r>(room: &'r mut String, correlation: &impl Display) -> &'r str {
    room.clear();
    // Writing into a String cannot fail.
    let _ = write!(room, "{correlation}");
    room
}

/// Whether a message asks for a compensation. It is then retried until it succeeds: no other message can
/// undo what it is to undo.
pub(super) fn compensates<S: Service>(input: &S::Input) -> bool {
    let flow = S::flow();
    channel::<S>(flow, input).is_some_and(|channel| flow.compensates(channel))
}
