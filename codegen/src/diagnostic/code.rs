//! Every rule has a number and a page: `saga explain SG0207`.

use std::fmt;

/// A rule consists of a line here and a page in `docs/checks/`, which starts with
/// `# SG0207: ` and the title of the rule.
macro_rules! codes {
    ($($name:ident $number:literal)*) => {
        /// A rule of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = include_str!(concat!("../../checks/", $number, ".md"))] $name,)*
        }

        impl Code {
            /// Every rule, by number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The number that users see: `SG0101`.
            pub fn number(self) -> &'static str {
                match self { $(Self::$name => $number,)* }
            }

            /// The page in Markdown: what the rule means, an example, and a fix.
            pub fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../checks/", $number, ".md")),)*
                }
            }
        }
    };
}

codes! {
    NotGenerated "SG0001"

    UnknownKey "SG0101"
    DuplicateKey "SG0102"
    WrongShape "SG0103"
    BadName "SG0104"
    BadDuration "SG0105"
    BadHttp "SG0106"
    Syntax "SG0107"
    EmptyFile "SG0108"
    TooLarge "SG0109"
    YamlFeature "SG0110"
    LaterVersion "SG0111"
    BadDeploy "SG0112"

    UnknownName "SG0201"
    UnknownVariant "SG0202"
    UnknownStatus "SG0203"
    UnknownType "SG0204"
    Duplicate "SG0205"
    NoCorrelation "SG0206"
    Source "SG0207"
    WhichRow "SG0208"
    FailingSource "SG0209"
    BadRows "SG0210"
    BadLiteral "SG0211"
    TakenName "SG0212"
    AlwaysAbsent "SG0213"

    NeverPublished "SG0301"
    NeverConsumed "SG0302"
    CommandConsumers "SG0303"
    CannotFail "SG0304"
    CloserWithoutFailure "SG0305"
    Cycle "SG0306"
    NoSender "SG0307"
    NoFailedStatus "SG0308"
    SameRow "SG0309"
    TwoOutcomes "SG0310"
    AnyVariant "SG0311"
    NothingToHear "SG0312"
    PublishedHere "SG0313"
    NoRow "SG0314"
    RowTwice "SG0315"
    NothingToRetry "SG0316"

    Unfinished "SG0401"
    MixedOutcome "SG0402"
    WaitsForever "SG0403"
    Uncompensated "SG0404"
    NotCompensated "SG0405"
    CompensatedThoughDone "SG0406"
    RunsTwice "SG0407"
    NeverHappens "SG0408"
    ConflictingEnds "SG0409"
    TooManyStates "SG0410"
}

impl Code {
    /// The rule with this number, in upper or lower case.
    pub fn from_number(number: &str) -> Option<Self> {
        let wanted = |code: &&Self| code.number().eq_ignore_ascii_case(number);
        Self::ALL.iter().find(wanted).copied()
    }

    /// Whether the proof finds it, by exploring every run.
    pub fn is_of_the_proof(self) -> bool {
        self.number().starts_with("SG04")
    }

    /// How far its findings are from the cause. What breaks a rule often breaks others
    /// as a consequence: without an event that a step needs, the step waits, a row
    /// stays open, and what was done is never compensated.
    pub(crate) fn distance(self) -> u8 {
        match self {
            Self::TooManyStates | Self::ConflictingEnds | Self::MixedOutcome => 1,
            Self::RunsTwice | Self::WaitsForever => 2,
            Self::Unfinished => 3,
            Self::Uncompensated | Self::NotCompensated | Self::CompensatedThoughDone => 4,
            Self::NeverHappens => 5,
            _ => 0,
        }
    }

    /// The title of its page.
    pub fn title(self) -> &'static str {
        let heading = self.page().lines().next().unwrap_or_default();
        heading.split_once(": ").map_or(heading, |(_, title)| title)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.number())
    }
}
