//! Whether the status of a row lets a step run.

/// What a status means to the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The saga continues.
    Open,
    /// The saga is over and its effects remain.
    Done,
    /// The saga is over and its effects are compensated.
    Failed,
}

/// What the status of a row means to a step that works on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The step may run.
    Run,
    /// The row already has the status that the step would give it.
    Already,
    /// The row is in a status that the step does not accept.
    Guarded,
    /// The row has ended.
    Ended,
    /// The row has ended, and the step would end it the opposite way.
    Conflict,
}

/// Decides whether a row in `status` lets a step run that accepts the `allowed`
/// statuses and moves the row `to` another one, if any.
///
/// `allowed` is none if the step names no statuses: it then accepts every status
/// that is not an end. For a step that can fail, pass no `to`: it has to publish
/// its outcome whatever status it would set.
pub fn guard<S: Copy + PartialEq>(
    (status, phase): (S, Phase),
    allowed: Option<&[S]>,
    to: Option<(S, Phase)>,
) -> Verdict {
    if to.is_some_and(|(to, _)| to == status) {
        return Verdict::Already;
    }
    let runs = allowed.map_or(phase == Phase::Open, |allowed| allowed.contains(&status));
    match (phase, to.map(|(_, phase)| phase)) {
        _ if runs => Verdict::Run,
        (Phase::Done, Some(Phase::Failed)) | (Phase::Failed, Some(Phase::Done)) => Verdict::Conflict,
        _ if allowed.is_some() => Verdict::Guarded,
        _ => Verdict::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: (char, Phase) = ('n', Phase::Open);
    const PAID: (char, Phase) = ('p', Phase::Done);
    const GONE: (char, Phase) = ('g', Phase::Failed);

    #[test]
    fn a_row_moves_until_it_ends() {
        assert_eq!(guard(NEW, None, Some(PAID)), Verdict::Run);
        assert_eq!(guard(PAID, None, Some(PAID)), Verdict::Already);
        assert_eq!(guard(PAID, None, None), Verdict::Ended);
    }

    #[test]
    fn the_other_end_is_a_conflict() {
        assert_eq!(guard(PAID, None, Some(GONE)), Verdict::Conflict);
        assert_eq!(guard(GONE, Some(&['n']), Some(PAID)), Verdict::Conflict);
    }

    #[test]
    fn named_statuses_are_the_only_ones() {
        assert_eq!(guard(NEW, Some(&['s']), Some(PAID)), Verdict::Guarded);
        assert_eq!(guard(NEW, Some(&['n']), None), Verdict::Run);
        assert_eq!(guard(PAID, Some(&['n']), None), Verdict::Guarded);
    }
}
