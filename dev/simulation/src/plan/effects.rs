//! Which steps change rows by a handler, and have that undone by another.

use std::collections::{BTreeMap, BTreeSet};

use saga_cli::prove::model::FlowModel;
use saga_cli::resolved::Resolved;
use saga_step::flow::Compensation;

use super::{Plan, snake};

/// The steps that are compensated.
pub(super) struct Effects {
    /// By the names of these steps, and of those that compensate them.
    steps: BTreeMap<String, (&'static str, bool)>,
    /// The columns that the file writes, by step and table: what a handler undoes is not in them.
    written: BTreeSet<(&'static str, String, String)>,
}

impl Effects {
    pub(super) fn of(spec: &Resolved, model: &FlowModel) -> Self {
        let mut effects = Self { steps: BTreeMap::new(), written: BTreeSet::new() };
        let name = |step: usize| spec.step(model.steps[step]).name.as_str();
        for (step, def) in model.flow.steps().iter().enumerate() {
            if !matches!(def.undo, Compensation::Derived { .. } | Compensation::Command) {
                continue;
            }
            let of: &'static str = name(step).to_owned().leak();
            effects.steps.insert(of.to_owned(), (of, false));
            let compensating = model.flow.steps().iter().enumerate();
            let compensating = compensating.filter(|(_, def)| def.compensates == Some(step));
            effects.steps.extend(compensating.map(|(at, _)| (name(at).to_owned(), (of, true))));
            for row in &spec.step(model.steps[step]).rows {
                let entity = spec.entity(row.entity);
                let columns = row.set.iter().map(|set| snake(set.field.as_str()));
                let table = entity.table.as_str();
                effects.written.extend(columns.map(|column| (of, table.to_owned(), column)));
            }
        }
        effects
    }
}

impl Plan {
    /// Whose effect the step of that name has: its own, if it is compensated; with `true`, that it compensates
    /// another.
    pub(crate) fn effect_of(&self, step: &str) -> Option<(&'static str, bool)> {
        self.effects.steps.get(step).copied()
    }

    /// Whether it is the file that writes a column of a table in that step.
    pub(crate) fn writes(&self, step: &'static str, table: &str, column: &str) -> bool {
        self.effects.written.contains(&(step, table.to_owned(), column.to_owned()))
    }
}
