//! What each message means to each step it reaches.

use super::reach::reach;
use super::{Channel, Compensation, Entity, Step};

/// What a message means to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One of those it needs all of, by index.
    All(usize),
    /// One of those it needs one of, by index.
    Any(usize),
    /// It closes the step.
    Closer,
    /// It rules out what the step needs: another variant was published.
    Other,
    /// It rules out the alternative at this index.
    OtherAny(usize),
    /// The saga has failed.
    Failure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receiver {
    pub step: usize,
    pub role: Role,
}

impl Receiver {
    /// Whether the step may run by the message, or be closed by it.
    pub fn runs(&self) -> bool {
        matches!(self.role, Role::All(_) | Role::Any(_) | Role::Closer)
    }

    /// Whether the message tells that the saga has failed.
    pub fn is_failure(&self) -> bool {
        self.role == Role::Failure
    }
}

/// All channels, by message and then service. The failure of the saga reaches
/// compensations after the steps that need it.
pub(super) fn channels(
    services: usize,
    messages: usize,
    steps: &[Step],
    entities: &[Entity],
) -> Vec<Channel> {
    let mut ordinary: Vec<Vec<Receiver>> = vec![Vec::new(); services * messages];
    let mut failures: Vec<Vec<Receiver>> = vec![Vec::new(); services * messages];
    for (index, step) in steps.iter().enumerate() {
        for (message, role) in roles(step) {
            let into = if role == Role::Failure { &mut failures } else { &mut ordinary };
            into[message * services + step.service].push(Receiver { step: index, role });
        }
    }
    let mut channels = Vec::new();
    for (place, (mut receivers, failures)) in ordinary.into_iter().zip(failures).enumerate() {
        receivers.extend(failures);
        if !receivers.is_empty() {
            let reached: Vec<usize> = receivers.iter().map(|it| it.step).collect();
            channels.push(Channel {
                message: place / services,
                service: place % services,
                reach: reach(steps, entities, &reached),
                receivers,
            });
        }
    }
    channels
}

/// The roles of messages for a step. A message can be one of `all` and one of
/// `any`; a message that closes the step, or satisfies a need, has no weaker role
/// besides.
fn roles(step: &Step) -> Vec<(usize, Role)> {
    let mut roles: Vec<(usize, Role)> = step.closers.iter().map(|it| (*it, Role::Closer)).collect();
    let mut add = |messages: &[usize], role: Role, unless: fn(Role) -> bool| {
        for message in messages {
            let mut known = roles.iter().filter(|(it, _)| it == message);
            if !known.any(|(_, known)| *known == role || unless(*known)) {
                roles.push((*message, role));
            }
        }
    };
    let closes: fn(Role) -> bool = |role| role == Role::Closer;
    for (place, need) in step.all.iter().enumerate() {
        add(&need.accepts, Role::All(place), closes);
    }
    for (place, need) in step.any.iter().enumerate() {
        add(&need.accepts, Role::Any(place), closes);
    }
    for need in &step.all {
        add(&need.excludes, Role::Other, |role| matches!(role, Role::Closer | Role::All(_)));
    }
    for (place, need) in step.any.iter().enumerate() {
        add(&need.excludes, Role::OtherAny(place), |role| matches!(role, Role::Closer | Role::Any(_)));
    }
    if let Compensation::Derived { failures } = &step.undo {
        roles.extend(failures.iter().map(|message| (*message, Role::Failure)));
    }
    roles
}
