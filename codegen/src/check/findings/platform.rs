//! Findings about what services are deployed to.

use crate::diagnostic::{Code, Diagnostic};
use crate::source::Span;
use crate::spec::Word;

pub(in crate::check) fn bad_registry(text: &Word) -> Diagnostic {
    Diagnostic::error(
        Code::BadDeploy,
        text.span,
        format!("`{}` is not what an image's name begins with", text.value),
    )
    .label("expected a registry, and folders in it")
    .help("write for example `registry.example/shop`: each service's name and tag are added to it")
}

pub(in crate::check) fn bad_prefix(text: &Word, longest: usize) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, text.span, format!("no topic's name can begin with `{}`", text.value))
        .label("not a legal prefix in Kafka")
        .help(format!("use at most {longest} letters, digits, `.`, `_` and `-`, such as `test.`"))
}

pub(in crate::check) fn bad_cidr(text: &Word) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, text.span, format!("`{}` is not a range of addresses", text.value))
        .label("expected an address and a length, and zeros behind it")
        .help("write for example `203.0.113.0/24`, or `203.0.113.7/32` for one address")
}

pub(in crate::check) fn loopback(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, "in a container, this is the container itself")
        .label("nothing else listens here")
        .help("write the name by which other machines reach it")
}

/// A range beside addresses that say by themselves where they are.
pub(in crate::check) fn needless_cidr(cidr: Span, address: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, cidr, "`cidr` would have no effect")
        .label("no name outside of the cluster is given")
        .also(address, "this says where it is")
        .help("remove `cidr`: it tells where a name outside of the cluster leads to")
}

pub(in crate::check) fn needs_tls(key: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, format!("`{key}` without `tls` would have no effect"))
        .label("connections are not encrypted")
        .help(format!("add `tls: true`, or remove `{key}`"))
}

pub(in crate::check) fn needless_secret(secret: &Word) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, secret.span, format!("nothing would be read from `{}`", secret.value))
        .label("this Kafka asks for neither a user nor a certificate")
        .help("add `sasl: SCRAM-SHA-512` or `certificate: true`, or remove `secret`")
}

pub(in crate::check) fn database_of_ours(service: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, "`database` is for a PostgreSQL that you have")
        .label(format!(
            "the generated one has the database of `{service}`, and its URL in `{service}-database`"
        ))
        .help("add `deploy: { postgres: { external: db.example:5432 } }` at the top, or remove `database`")
}

pub(in crate::check) fn database_in_a_configmap(span: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, "the URL of a database holds a password")
        .label("everyone who may read the namespace may read a ConfigMap")
        .help("put it into a Secret: `database: { secret: order-app, key: uri }`")
}

/// A variable that the manifests set.
pub(in crate::check) fn variable_of_ours(name: &Word, instead: &str) -> Diagnostic {
    let message = format!("`{}` is set by what is generated", name.value);
    Diagnostic::error(Code::BadDeploy, name.span, message).label("would contradict it").help(instead)
}

pub(in crate::check) fn written_secret(name: &Word, value: Span) -> Diagnostic {
    let message =
        format!("the value of `{}` looks like a secret, and would be in version control", name.value);
    Diagnostic::error(Code::BadDeploy, value, message)
        .label("would be written into the manifests")
        .help(format!("create a Secret and name it: `{}: {{ secret: gateway, key: token }}`", name.value))
}

/// A file is made of a Secret alone.
pub(in crate::check) fn file_of_a_configmap(name: &Word, span: Span) -> Diagnostic {
    let short = name.value.trim_end_matches("_FILE");
    let message = format!("`{}` is the path of a file, which only a Secret is mounted as", name.value);
    Diagnostic::error(Code::BadDeploy, span, message)
        .label("a ConfigMap")
        .help(format!("write `{short}`, which then has the value itself, or take it from a Secret"))
}

/// A key that says something of manifests that are not generated.
pub(in crate::check) fn without_manifests(key: &str, span: Span, off: Span) -> Diagnostic {
    Diagnostic::error(Code::BadDeploy, span, format!("`{key}` would have no effect without manifests"))
        .label("for Kubernetes alone")
        .also(off, "none are generated")
        .help(format!("remove `{key}`, or `k8s: false`"))
}
