//! The kinds of mutations, and what finds them.

/// A kind of mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    DropCompensation,
    DropStep,
    DropAwaited,
    DropBranch,
    DropDeadline,
    DropUnless,
    SwapVariant,
    WidenOrNarrow,
    MoveDeadline,
    MoveUnless,
    AddLeaf,
    AddHeardLeaf,
    DropStatus,
    DropMove,
    SwapMove,
    DropGuard,
}

impl Kind {
    /// The name of the kind in the table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::DropCompensation => "drop a compensation",
            Kind::DropStep => "drop a step",
            Kind::DropAwaited => "drop a needed event",
            Kind::DropBranch => "drop a branch of a merge",
            Kind::DropDeadline => "drop a deadline",
            Kind::DropUnless => "drop a cancel (`unless`)",
            Kind::SwapVariant => "swap a variant",
            Kind::WidenOrNarrow => "need the event instead of a variant, or a variant instead of the event",
            Kind::MoveDeadline => "move a deadline",
            Kind::MoveUnless => "move a cancel",
            Kind::AddLeaf => "add a rejecting step without a subscriber",
            Kind::AddHeardLeaf => "add a rejecting step that fails the saga",
            Kind::DropStatus => "drop a status",
            Kind::DropMove => "drop a move of a status",
            Kind::SwapMove => "move to another status",
            Kind::DropGuard => "drop a `from`",
        }
    }

    /// Rules, at least one of which must report a mutant of this kind that has
    /// errors.
    pub(crate) fn expected(self) -> &'static [&'static str] {
        match self {
            Kind::DropCompensation => &["SG0404", "SG0303"],
            Kind::DropStep => &["SG0301", "SG0302", "SG0312", "SG0401"],
            Kind::DropAwaited => &["SG0103", "SG0208", "SG0302", "SG0401", "SG0404"],
            Kind::DropBranch | Kind::DropDeadline => &["SG0401"],
            Kind::DropUnless => &["SG0302"],
            Kind::SwapVariant => &["SG0302", "SG0401"],
            Kind::WidenOrNarrow => {
                &["SG0301", "SG0302", "SG0304", "SG0305", "SG0307", "SG0311", "SG0401", "SG0405"]
            }
            Kind::MoveDeadline => &["SG0103", "SG0305", "SG0401"],
            Kind::MoveUnless => &["SG0103", "SG0305", "SG0306", "SG0401"],
            Kind::AddLeaf => &["SG0302"],
            Kind::AddHeardLeaf => &["SG0402", "SG0409"],
            Kind::DropStatus => &["SG0203", "SG0308", "SG0404"],
            Kind::DropMove => &["SG0312", "SG0401"],
            Kind::SwapMove => &["SG0312", "SG0401", "SG0402", "SG0404", "SG0406"],
            Kind::DropGuard => &[],
        }
    }
}
