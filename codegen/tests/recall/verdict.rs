//! What the checks say of a specification.

use std::collections::{BTreeMap, BTreeSet};

use saga_cli::diagnostic::{Diagnostic, Severity};
use saga_cli::pipeline::examine;
use saga_cli::prove::explore::Limits;
use saga_cli::prove::partial_order::Orders;
use saga_cli::prove::{Examined, Exploration};
use saga_cli::resolved::{EntityId, Resolved};
use saga_cli::source::Source;

/// What is found in a specification.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The numbers of the errors in it.
    pub errors: BTreeSet<&'static str>,
    /// The numbers of the warnings.
    pub warnings: BTreeSet<&'static str>,
    /// The findings.
    pub found: Vec<Diagnostic>,
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
            found: found.sorted().into_iter().cloned().collect(),
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

    /// How the runs end: the statuses of the rows, end by end.
    pub(crate) fn ends(&self) -> BTreeSet<BTreeMap<String, String>> {
        let spec = self.spec.as_ref().expect("a file without errors is understood");
        let explored = Exploration::of(spec, Orders::One, Limits::default()).expect("it is small");
        let (model, mut state) = (&explored.model, explored.model.flow.unbegun());
        let mut ends = BTreeSet::new();
        for end in &explored.space.ends {
            state.copy_from(explored.space.bytes_of(*end as usize));
            let row = |(place, id): (usize, &EntityId)| {
                let entity = spec.entity(*id);
                let status = entity.status.as_ref()?.all().nth(model.flow.status(&state, place)?.into())?;
                Some((entity.name.to_string(), status.to_string()))
            };
            ends.insert(model.entities.iter().enumerate().filter_map(row).collect());
        }
        ends
    }

    pub(crate) fn codes(&self) -> String {
        let all: Vec<&str> = self.errors.iter().chain(&self.warnings).copied().collect();
        all.join(" ")
    }
}
