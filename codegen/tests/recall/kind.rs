//! The kinds of mutations, and what finds them.

/// A kind of mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
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
    /// The kind in the words of the table.
    pub fn name(self) -> &'static str {
        match self {
            Kind::DropCompensation => "drop a compensation",
            Kind::DropStep => "drop a step",
            Kind::DropAwaited => "drop an awaited event",
            Kind::DropBranch => "lose a branch of a merge",
            Kind::DropDeadline => "drop a deadline",
            Kind::DropUnless => "drop a cancel (`unless`)",
            Kind::SwapVariant => "swap a variant",
            Kind::WidenOrNarrow => "await the event for a variant, or a variant for the event",
            Kind::MoveDeadline => "move a deadline",
            Kind::MoveUnless => "move a cancel",
            Kind::AddLeaf => "add a rejecting step that nobody hears",
            Kind::AddHeardLeaf => "add a rejecting step that fails the saga",
            Kind::DropStatus => "drop a status",
            Kind::DropMove => "drop a move of a status",
            Kind::SwapMove => "move to another status",
            Kind::DropGuard => "drop a `from`",
        }
    }

    /// The rules of which one, at least, finds a mutant of this kind that is
    /// in error.
    pub fn expected(self) -> &'static [&'static str] {
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
