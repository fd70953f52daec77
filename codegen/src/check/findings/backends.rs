//! Findings about names that a backend does not take.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::spec::Word;

fn taken(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(Code::TakenName, span, message)
}

/// `declared`: the namespace is written in the file, and not that of the saga.
pub(in crate::check) fn namespace_of_the_cluster(name: &Word, declared: bool) -> Diagnostic {
    let message = format!("the namespace `{}` belongs to the cluster", name.value);
    taken(name.span, message).label("the generated policies would cut off what runs there").help(
        if declared {
            "choose a namespace of your own, such as the name of the saga"
        } else {
            "add a `namespace`, or rename the saga: without one, its name is the namespace"
        },
    )
}

pub(in crate::check) fn package(service: &Word) -> Diagnostic {
    let message =
        format!("a service cannot be called `{}`: a package in Cargo.lock has this name", service.value);
    taken(service.span, message)
        .label("`cargo run --package` could not tell them apart")
        .help(format!("choose another name, for example `{}-service`", service.value))
}

pub(in crate::check) fn system_column(field: &Word) -> Diagnostic {
    let message = format!("a field of an entity cannot be called `{}`", field.value);
    taken(field.span, message)
        .label("every table of PostgreSQL has a system column of this name")
        .help("rename the field; events may still carry it under this name")
}

pub(in crate::check) fn long_column(field: &Word, column: &str, longest: usize) -> Diagnostic {
    let message = format!("the column `{column}` has {} characters", column.len());
    Diagnostic::error(Code::BadName, field.span, message)
        .label(format!("the limit is {longest}"))
        .help("shorten the name: PostgreSQL truncates longer ones")
}

pub(in crate::check) fn column_of_the_key(field: &Word, key: &Word, column: &str) -> Diagnostic {
    let message = format!("`{}` and `{}` become the same name", key.value, field.value);
    Diagnostic::error(Code::BadName, field.span, message)
        .label(format!("as a column, this is also `{column}`"))
        .also(key.span, "the key")
        .help("rename one of them")
}

pub(in crate::check) fn default_table(table: &str, prefix: &str, span: Span) -> Diagnostic {
    taken(span, format!("this entity would have the table `{table}`"))
        .label(format!("names with `{prefix}` belong to the runtime and the database"))
        .help("name its table: `table: …`")
}

pub(in crate::check) fn long_table(table: &str, longest: usize, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadName, span, format!("the table `{table}` has {} characters", table.len()))
        .label(format!("the limit is {longest}"))
        .help("give the entity a shorter `table`: PostgreSQL truncates longer names, also those of indexes")
}

pub(in crate::check) fn index(index: &str, table: Span, indexed: Span) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, table, format!("the table `{index}` has the name of an index"))
        .label("tables and indexes share their names")
        .also(indexed, "the index belongs to the table of this entity")
        .help("give one of them another `table`")
}

pub(in crate::check) fn topic_of_kafka(topic: &str, span: Span) -> Diagnostic {
    taken(span, format!("the topic `{topic}` belongs to Kafka"))
        .label("names that begin with `__` are for Kafka itself")
        .help("choose a name without the underscores")
}

pub(in crate::check) fn colliding_topics(
    (topic, span): (&str, Span),
    (other, first): (&str, Span),
) -> Diagnostic {
    let message = format!("Kafka cannot have both the topics `{other}` and `{topic}`");
    Diagnostic::error(Code::Duplicate, span, message)
        .label("differs only in `.` and `_`, which Kafka's metrics do not distinguish")
        .also(first, "the first")
        .help("change one of them: it refuses to create the second")
}

pub(in crate::check) fn dead_letter_topic(topic: &str, span: Span, dead_letters: &str) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, span, format!("the topic `{topic}` is taken by dead letters"))
        .label(format!("`{dead_letters}` has copies of messages that could not be handled"))
        .help("choose another topic")
}
