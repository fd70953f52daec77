//! How a version of a service differs from the one that its database was last served with.

use std::collections::BTreeSet;

use crate::store::{Served, Steps};

/// What a version does not have as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A step is gone. It may have become one of `heirs`, which are new.
    StepGone { step: String, heirs: Vec<String> },
    /// A step is started by messages of other topics.
    Retriggered { step: String, from: BTreeSet<String>, to: BTreeSet<String> },
    /// A table is gone. It may have become one of `heirs`, which are new.
    TableGone { table: String, heirs: Vec<String> },
    /// A topic is no longer read.
    TopicGone { topic: String },
}

/// Compares `served` with the `steps` and `tables` of this version. A database that has served nothing yet
/// differs in nothing.
pub(super) fn changes(served: &Served, steps: &Steps, tables: &BTreeSet<String>) -> Vec<Change> {
    let new_steps = || steps.keys().filter(|step| !served.steps.contains_key(*step)).cloned();
    let new_tables = || tables.difference(&served.tables).cloned();
    let gone = served.steps.keys().filter(|step| !steps.contains_key(*step));
    let gone = gone.map(|step| Change::StepGone { step: step.clone(), heirs: new_steps().collect() });
    let retriggered = steps.iter().filter_map(|(step, to)| {
        let from = served.steps.get(step).filter(|from| *from != to)?;
        Some(Change::Retriggered { step: step.clone(), from: from.clone(), to: to.clone() })
    });
    let tables_gone = served.tables.difference(tables);
    let tables_gone =
        tables_gone.map(|table| Change::TableGone { table: table.clone(), heirs: new_tables().collect() });
    let (read, reads) = (topics(&served.steps), topics(steps));
    let topics_gone = read.difference(&reads).map(|topic| Change::TopicGone { topic: (*topic).clone() });
    gone.chain(retriggered).chain(tables_gone).chain(topics_gone).collect()
}

/// The topics that steps read.
pub(super) fn topics(steps: &Steps) -> BTreeSet<&String> {
    steps.values().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: &[(&str, &[&str])]) -> Steps {
        let owned = |(step, on): &(&str, &[&str])| {
            ((*step).to_owned(), on.iter().map(|topic| (*topic).to_owned()).collect())
        };
        steps.iter().map(owned).collect()
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn served(of: &[(&str, &[&str])], tables: &[&str]) -> Served {
        Served { steps: steps(of), tables: set(tables), ..Served::default() }
    }

    #[test]
    fn the_same_version_and_a_new_database_differ_in_nothing() {
        let version = [("take", ["ordered"].as_slice())];
        let same = changes(&served(&version, &["stock"]), &steps(&version), &set(&["stock"]));
        assert_eq!(same, []);
        assert_eq!(changes(&Served::default(), &steps(&version), &set(&["stock"])), []);
    }

    #[test]
    fn a_step_that_has_another_trigger_is_no_new_step() {
        let now = steps(&[("take", &["checked"])]);
        let found = changes(&served(&[("take", &["ordered"])], &[]), &now, &set(&[]));
        let (from, to) = (set(&["ordered"]), set(&["checked"]));
        let retriggered = Change::Retriggered { step: "take".into(), from, to };
        assert_eq!(found, [retriggered, Change::TopicGone { topic: "ordered".into() }]);
    }

    #[test]
    fn what_is_gone_may_have_become_what_is_new() {
        let before = served(&[("take", &["ordered"]), ("put", &["undone"])], &["stock", "shelf"]);
        let now = steps(&[("reserve", &["ordered"]), ("put", &["undone"])]);
        let found = changes(&before, &now, &set(&["shelf", "store"]));
        let step = Change::StepGone { step: "take".into(), heirs: vec!["reserve".into()] };
        let table = Change::TableGone { table: "stock".into(), heirs: vec!["store".into()] };
        assert_eq!(found, [step, table]);
    }

    #[test]
    fn what_is_only_added_changes_nothing_that_was() {
        let now = steps(&[("take", &["ordered"]), ("tell", &["ordered", "ended"])]);
        assert_eq!(changes(&served(&[("take", &["ordered"])], &[]), &now, &set(&["told"])), []);
    }
}
