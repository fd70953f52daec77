//! Findings about how services and topics are deployed.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;

pub(in crate::check) fn too_many_partitions(number: u16, most: u16, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, format!("{number} partitions are more than the limit of {most}"))
        .label("too many for one topic")
        .help("write the largest number of instances that will ever read the topic: every partition costs each broker memory and files")
}

pub(in crate::check) fn long_retention(span: Span) -> Diagnostic {
    let message = "Kafka would keep messages longer than services remember having handled them";
    Diagnostic::error(Code::BadDeploy, span, message)
        .label("more than 21 days")
        .help("write at most `21d`: a service forgets after 30 days which steps have run, and Kafka may keep a message a week beyond its retention")
}

pub(in crate::check) fn bad_image(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, format!("`{text}` is not an image reference"))
        .label("expected a registry, a name and a tag")
        .help("write for example `registry.example/order:1.4.0`")
}

pub(in crate::check) fn unpinned_image(text: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, format!("`{text}` does not pin a version of the image"))
        .label("the next restart may pull a different image")
        .help("add a tag other than `latest`, such as `registry.example/order:1.4.0`, or a digest, `…@sha256:…`")
}

pub(in crate::check) fn bounds(min: (u16, Span), max: (u16, Span)) -> Diagnostic {
    let message = format!("the minimum of {} replicas exceeds the maximum of {}", min.0, max.0);
    Diagnostic::error(Code::BadDeploy, min.1, message)
        .label("greater than `max`")
        .also(max.1, "the maximum")
        .help("make `min` at most `max`")
}

pub(in crate::check) fn above_limit(request: (&str, Span), limit: (&str, Span)) -> Diagnostic {
    let message = format!("the request of `{}` exceeds the limit of `{}`", request.0, limit.0);
    Diagnostic::error(Code::BadDeploy, request.1, message)
        .label("greater than the limit")
        .also(limit.1, "the limit")
        .help("raise the limit, or request less")
}
