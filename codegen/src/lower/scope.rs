//! Names that must not meet.

use std::collections::HashSet;

use crate::model::Ident;

/// The names taken in one place of the generated code.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    taken: HashSet<Ident>,
}

impl Scope {
    pub(super) fn of(names: impl IntoIterator<Item = Ident>) -> Self {
        Self { taken: names.into_iter().collect() }
    }

    /// Takes a name; if it is taken, the name with `suffix`, as often as
    /// it needs.
    pub(super) fn take(&mut self, wanted: Ident, suffix: &str) -> Ident {
        let mut name = wanted;
        while self.taken.contains(&name) {
            name = name.with(suffix);
        }
        self.taken.insert(name.clone());
        name
    }
}

/// The names that generated functions use for themselves.
pub(super) fn locals() -> Scope {
    const LOCALS: [&str; 18] = [
        "answer",
        "body",
        "correlation",
        "cx",
        "decided",
        "event",
        "failure",
        "id",
        "initial",
        "input",
        "inputs",
        "moved",
        "out",
        "rejection",
        "request",
        "step",
        "succeeded",
        "way",
    ];
    Scope::of(LOCALS.iter().map(|name| Ident::snake(name)))
}
