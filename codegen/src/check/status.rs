//! Statuses: which row of a step has them, and what it moves to.

use super::findings::steps as findings;
use super::resolver::Resolver;
use super::step_draft::RowDraft;
use crate::names::Value;
use crate::resolved::{Guard, Status};
use crate::spec::{StepDecl, Word};

/// `from` and `to` belong to the entity that has these statuses.
pub(super) fn resolve(resolver: &mut Resolver<'_>, decl: &StepDecl, rows: &mut [RowDraft]) {
    let words = || decl.from.iter().chain(&decl.to);
    let Some(first) = words().next() else {
        return;
    };
    if decl.broken && rows.is_empty() {
        return;
    }
    let has = |row: &RowDraft, word: &Word| {
        let status = resolver.entity(row.entity).status.as_ref();
        status.is_some_and(|status| status.all().any(|it| it.as_str() == word.value))
    };
    let fits: Vec<usize> = (0..rows.len()).filter(|row| words().all(|word| has(&rows[*row], word))).collect();
    match fits.as_slice() {
        [row] => {
            let row = &mut rows[*row];
            if !decl.from.is_empty() {
                let from = decl.from.iter().map(|word| Value::new(word.value.clone()));
                row.guard = Some(Guard::From(from.collect()));
            }
            row.to = decl.to.as_ref().map(|word| Value::new(word.value.clone()));
        }
        [] => unknown_status(resolver, decl, rows),
        _ => {
            resolver.report(findings::ambiguous_status(first));
        }
    }
}

fn unknown_status(resolver: &mut Resolver<'_>, decl: &StepDecl, rows: &[RowDraft]) {
    let entities = rows.iter().map(|row| resolver.entity(row.entity));
    let broken = rows.iter().any(|row| resolver.broken_entities.contains(&row.entity));
    let statuses: Vec<&Status> = entities.clone().filter_map(|it| it.status.as_ref()).collect();
    let names: Vec<String> = statuses.iter().flat_map(|it| it.all()).map(Value::to_string).collect();
    let loaded = entities.map(|it| it.name.to_string()).collect::<Vec<_>>();
    if broken && names.is_empty() {
        return;
    }
    let missing = |word: &&Word| !names.contains(&word.value);
    let words: Vec<&Word> = decl.from.iter().chain(&decl.to).collect();
    let wrong: Vec<&Word> = words.iter().copied().filter(missing).collect();
    let wrong = if wrong.is_empty() { words } else { wrong };
    for word in wrong {
        resolver.report(findings::unknown_status(word, &loaded, &names));
    }
}
