//! What the checks say of a specification.

use std::collections::BTreeSet;

use saga_cli::diagnostic::Severity;
use saga_cli::pipeline::examine;
use saga_cli::prove::explore::Limits;
use saga_cli::prove::partial_order::Orders;
use saga_cli::prove::{Examined, Exploration};
use saga_cli::resolved::Resolved;
use saga_cli::source::Source;

/// What is found in a specification.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The numbers of the errors in it.
    pub errors: BTreeSet<&'static str>,
    /// The numbers of the warnings.
    pub warnings: BTreeSet<&'static str>,
    spec: Option<Resolved>,
}

impl Verdict {
    pub(crate) fn of(text: &str) -> Self {
        let Examined { proved, found } = examine(&Source::new("saga.yaml", text), Limits::default());
        let numbers = |severity: Severity| {
            let found = found.sorted().into_iter().filter(|it| it.severity == severity);
            found.map(|it| it.code.number()).collect()
        };
        Self {
            errors: numbers(Severity::Error),
            warnings: numbers(Severity::Warning),
            spec: proved.map(|proved| proved.resolved),
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.errors.is_empty() && self.warnings.is_empty()
    }

    /// Whether every run ends well, when acts are tried in every order.
    pub(crate) fn holds_in_every_order(&self) -> bool {
        let spec = self.spec.as_ref().expect("a file without errors is understood");
        Exploration::of(spec, Orders::Every, Limits::default()).expect("it is small").violations.is_empty()
    }

    pub(crate) fn codes(&self) -> String {
        let all: Vec<&str> = self.errors.iter().chain(&self.warnings).copied().collect();
        all.join(" ")
    }
}
