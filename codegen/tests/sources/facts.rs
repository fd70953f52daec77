//! What is resolved about a step, as text.

use std::fmt::Write as _;
use std::path::Path;

use saga_cli::pipeline::check;
use saga_cli::resolved::*;
use saga_cli::source::Source;

pub(crate) fn load(name: &str) -> Resolved {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepted").join(name);
    resolved(&Source::read(&path).expect("the file is there"))
}

pub(crate) fn resolved(source: &Source) -> Resolved {
    let checked = check(source);
    assert!(!checked.found.has_errors(), "{:#?}", checked.found);
    checked.resolved.expect("the file has no errors")
}

/// Everything that is resolved about a step, a line a fact.
pub(crate) fn facts(spec: &Resolved, name: &str) -> String {
    let step = spec.steps().iter().find(|step| step.name.as_str() == name).expect("the step is there");
    let mut text = String::new();
    let mut line = |fact: String| writeln!(text, "{fact}").expect("a string takes all");
    let fields = |fields: &[SourcedField]| {
        let all = fields.iter().map(|it| format!("{}={}", it.field, source(spec, step, &it.source)));
        all.collect::<Vec<_>>().join(" ")
    };
    for field in &step.body {
        line(format!("body {}", field.name));
    }
    // A derived compensation looks up with what the compensated step saw.
    let seen = match step.kind {
        StepKind::Compensation(id) => match spec.compensation(id) {
            Compensation { kind: CompensationKind::Derived { .. }, of, .. } => spec.step(*of),
            _ => step,
        },
        _ => step,
    };
    for row in &step.rows {
        let found = match &row.lookup {
            Lookup::Key(by) => format!("by key {}", source(spec, seen, by)),
            Lookup::Keys(by) => format!("by keys {}", source(spec, seen, by)),
            Lookup::Field(field, by) => format!("by {field} {}", source(spec, seen, by)),
            Lookup::Kept => "as kept".to_owned(),
        };
        let name = &spec.entity(row.entity).name;
        line(format!("row {name} {found}"));
        if let Some(missing) = &row.missing {
            line(format!("new {name} {}", fields(missing)));
        }
        if !row.set.is_empty() {
            line(format!("sets {name} {}", fields(&row.set)));
        }
    }
    if let Some(created) = &step.creates {
        let key = created.key.as_ref().map_or("allocated".to_owned(), |key| source(spec, step, key));
        line(format!("creates {} key={key} {}", spec.entity(created.entity).name, fields(&created.fields)));
    }
    for emission in &step.emissions {
        let event = spec.event(emission.event);
        let choice = match &emission.choice {
            Choice::Plain => "plain".to_owned(),
            Choice::Fixed(variant) => format!("always {}", event.variant(*variant).name),
            Choice::Source(from) => format!("as {}", source(spec, step, from)),
            Choice::Handler => "asks".to_owned(),
        };
        line(format!("emits {} {choice}: {}", event.name, fields(&emission.fields)));
    }
    for case in step.failure.iter().flat_map(|failure| &failure.cases) {
        line(format!("fails {:?}: {}", case.cause, fields(&case.fields)));
    }
    for command in &step.commands {
        line(format!("owes {}: {}", spec.event(command.command).name, fields(&command.fields)));
    }
    if let Some(correlation) = &step.correlation {
        line(format!("correlation {}", source(spec, step, correlation)));
    }
    line(format!("{:?}", step.decision));
    text
}

fn source(spec: &Resolved, step: &Step, source: &FieldSource) -> String {
    let event = |index: TriggerIndex| spec.event(step.triggers[index.0].event).name.to_string();
    match source {
        FieldSource::Literal(_) => "literal".to_owned(),
        FieldSource::OnFailure(_) => "on_failure".to_owned(),
        FieldSource::Correlation => "correlation".to_owned(),
        FieldSource::EntityKey(id) => format!("{}.key", spec.entity(*id).name),
        FieldSource::EntityField(id, field) => format!("{}.{field}", spec.entity(*id).name),
        FieldSource::Trigger(index, path) => {
            let path: Vec<&str> = path.fields().iter().map(|field| field.as_str()).collect();
            format!("{}.{}", event(*index), path.join("."))
        }
        FieldSource::OneOf(_, field) => format!("one.{field}"),
        FieldSource::Closer(field) => format!("closer.{field}"),
        FieldSource::Body(field) => format!("body.{field}"),
        FieldSource::PathParam(name) => format!(":{name}"),
        FieldSource::Reason => "reason".to_owned(),
        FieldSource::Absent => "absent".to_owned(),
        FieldSource::Handler => "handler".to_owned(),
    }
}

#[track_caller]
pub(crate) fn expect(file: &str, step: &str, facts_wanted: &[&str]) {
    let found = facts(&load(file), step);
    assert_eq!(found.lines().collect::<Vec<_>>(), facts_wanted, "{file}: {step}");
}
