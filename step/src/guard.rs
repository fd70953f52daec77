//! Whether a row lets a step run.

/// What a status means for the saga.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The saga goes on.
    Open,
    /// It ended, and its effects are kept.
    Done,
    /// It ended, and its effects are compensated.
    Failed,
}

/// What the status of a row means to a step that comes to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The step may run.
    Run,
    /// The row is where the step would move it.
    Already,
    /// The row is in a status that the step does not start from.
    Guarded,
    /// The row has ended.
    Ended,
    /// The row has ended, and the step would end it the other way.
    Conflict,
}

/// Judges a row in `status`, for a step that runs if the status is `allowed`
/// and moves the row `to` another, if anywhere.
///
/// `allowed` is none where the step names no statuses: then every one that is
/// not an end will do. A step that can fail is judged without `to`: where it
/// would move the row does not matter to the answer it owes.
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
