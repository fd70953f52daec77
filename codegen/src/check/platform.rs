//! What is said of the servers, the registry and the outside: whether it fits together.

use super::findings::platform as findings;
use super::resolver::Resolver;
use crate::resolved::{
    Address, Egress, ExternalKafka, ExternalPostgres, Holder, Platform, Reference, Site, Variable,
    VariableValue,
};
use crate::source::{Span, Spanned};
use crate::spec::{
    DeployDecl, EgressDecl, KafkaDecl, PlatformDecl, PostgresDecl, ReferenceDecl, VariableDecl,
    VariableDeclValue, Word,
};

/// As the runtime has it: Kafka allows 249 characters in all.
const LONGEST_PREFIX: usize = 60;

/// What ends the names of variables whose values nobody else may know.
const SECRETS: [&str; 3] = ["PASSWORD", "SECRET", "TOKEN"];

/// Variables that the manifests set, by how they begin, and what sets them.
const OURS: [(&str, &str); 12] = [
    ("PORT", "remove it: `port` of the service says where it listens"),
    ("HOST", "remove it: a service listens on every address of its pod"),
    ("KAFKA_BROKERS", KAFKA),
    ("KAFKA_PREFIX", KAFKA),
    ("KAFKA_SECURITY_PROTOCOL", KAFKA),
    ("KAFKA_SASL_*", KAFKA),
    ("KAFKA_SSL_CA_LOCATION", KAFKA),
    ("KAFKA_SSL_CERTIFICATE_LOCATION", KAFKA),
    ("KAFKA_SSL_KEY_LOCATION", KAFKA),
    ("DATABASE_URL*", "remove it: `database` says where the URL is, if it is a PostgreSQL that you have"),
    ("PGSSLMODE", POSTGRES),
    ("PGSSLROOTCERT", POSTGRES),
];
const KAFKA: &str =
    "remove it, and describe the Kafka that you have: `deploy: { kafka: { external: … } }` at the top";
const POSTGRES: &str = "remove it, and describe the PostgreSQL that you have: `deploy: { postgres: { external: …, tls: true } }` at the top";

pub(super) fn platform(resolver: &mut Resolver<'_>) -> Platform {
    let PlatformDecl { registry, pull_secret, k8s, compose, kafka, postgres } = &resolver.spec.platform;
    registry.iter().for_each(|registry| check_registry(resolver, registry));
    let text = |word: &Option<Word>| word.as_ref().map(|word| word.value.clone());
    let is_on = |flag: &Option<Spanned<bool>>| flag.as_ref().is_none_or(|flag| flag.value);
    Platform {
        registry: text(registry),
        pull_secret: text(pull_secret),
        k8s: is_on(k8s),
        compose: is_on(compose),
        kafka: kafka.as_ref().map(|decl| self::kafka(resolver, decl)),
        postgres: postgres.as_ref().map(|decl| self::postgres(resolver, decl)),
    }
}

fn check_registry(resolver: &mut Resolver<'_>, registry: &Word) {
    let text = registry.value.as_str();
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let (host, folders) = text.split_once('/').unwrap_or((text, ""));
    let (name, port) = host.split_once(':').unwrap_or((host, "1"));
    let mut parts = std::iter::once(name).chain(folders.split('/').filter(|_| !folders.is_empty()));
    let is_good =
        parts.all(|part| !part.is_empty() && part.bytes().all(legal)) && port.parse::<u16>().is_ok();
    if !is_good {
        resolver.report(findings::bad_registry(registry));
    }
}

fn kafka(resolver: &mut Resolver<'_>, decl: &KafkaDecl) -> ExternalKafka {
    let KafkaDecl { external, cidr, prefix, tls, ca, certificate, sasl, secret } = decl;
    let is_on = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    if let Some(prefix) = prefix {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if prefix.value.is_empty() || prefix.value.len() > LONGEST_PREFIX || !prefix.value.bytes().all(legal)
        {
            resolver.report(findings::bad_prefix(prefix, LONGEST_PREFIX));
        }
    }
    if !is_on(tls) {
        let ca = ca.iter().map(|ca| ("ca", ca.span));
        let certificate = certificate.iter().filter(|it| it.value).map(|it| ("certificate", it.span));
        for (key, span) in ca.chain(certificate) {
            resolver.report(findings::needs_tls(key, span));
        }
    }
    if let Some(secret) = secret.as_ref().filter(|_| sasl.is_none() && !is_on(certificate)) {
        resolver.report(findings::needless_secret(secret));
    }
    ExternalKafka {
        brokers: external.iter().map(|it| it.value.clone()).collect(),
        cidrs: cidrs(resolver, cidr, &external.iter().collect::<Vec<_>>()),
        prefix: prefix.as_ref().map(|prefix| prefix.value.clone()),
        tls: is_on(tls),
        ca: ca.as_ref().map(|ca| reference(ca, "ca.crt")),
        certificate: is_on(certificate),
        sasl: sasl.as_ref().map(|sasl| sasl.value.to_owned()),
        secret: secret.as_ref().map(|secret| secret.value.clone()),
    }
}

fn postgres(resolver: &mut Resolver<'_>, decl: &PostgresDecl) -> ExternalPostgres {
    let PostgresDecl { external, cidr, tls, ca } = decl;
    let tls = tls.as_ref().is_some_and(|tls| tls.value);
    if let Some(ca) = ca.as_ref().filter(|_| !tls) {
        resolver.report(findings::needs_tls("ca", ca.span));
    }
    ExternalPostgres {
        address: external.value.clone(),
        cidrs: cidrs(resolver, cidr, &[external]),
        tls,
        ca: ca.as_ref().map(|ca| reference(ca, "ca.crt")),
    }
}

/// Where addresses may lead to, if they do not say it themselves.
fn cidrs(resolver: &mut Resolver<'_>, decl: &[Word], addresses: &[&Spanned<Address>]) -> Vec<String> {
    for cidr in decl.iter().filter(|cidr| !crate::resolved::is_cidr(&cidr.value)) {
        resolver.report(findings::bad_cidr(cidr));
    }
    for address in addresses.iter().filter(|address| address.value.is_loopback()) {
        resolver.report(findings::loopback(address.span));
    }
    let says_itself = |address: &&Spanned<Address>| address.value.site() != Site::Anywhere;
    if let ([cidr, ..], [address, ..]) = (decl, addresses)
        && addresses.iter().all(says_itself)
    {
        resolver.report(findings::needless_cidr(cidr.span, address.span));
    }
    decl.iter().map(|cidr| cidr.value.clone()).collect()
}

fn reference(decl: &ReferenceDecl, default_key: &str) -> Reference {
    let ReferenceDecl { holder, name, key, span: _ } = decl;
    let key = key.as_ref().map_or(default_key, |key| key.value.as_str());
    Reference { holder: *holder, name: name.value.clone(), key: key.to_owned() }
}

/// Where the URL of a service's database is.
pub(super) fn database(
    resolver: &mut Resolver<'_>,
    service: &Word,
    decl: Option<&ReferenceDecl>,
) -> Option<Reference> {
    let decl = decl?;
    if resolver.spec.platform.postgres.is_none() {
        resolver.report(findings::database_of_ours(&service.value, decl.span));
    } else if decl.holder == Holder::ConfigMap {
        resolver.report(findings::database_in_a_configmap(decl.span));
    }
    Some(reference(decl, "url"))
}

pub(super) fn variables(resolver: &mut Resolver<'_>, decls: &[VariableDecl]) -> Vec<Variable> {
    let mut variables = Vec::new();
    for VariableDecl { name, value } in decls {
        let of_ours = OURS.iter().find(|(ours, _)| match ours.strip_suffix('*') {
            Some(begins) => name.value.starts_with(begins),
            None => name.value == *ours,
        });
        if let Some((_, instead)) = of_ours {
            resolver.report(findings::variable_of_ours(name, instead));
        }
        let value = match value {
            VariableDeclValue::Literal(literal) => {
                if SECRETS.iter().any(|end| name.value.to_uppercase().ends_with(end)) {
                    resolver.report(findings::written_secret(name, literal.span));
                }
                VariableValue::Literal(literal.value.clone())
            }
            VariableDeclValue::From(from) => {
                if from.holder == Holder::ConfigMap && name.value.ends_with("_FILE") {
                    resolver.report(findings::file_of_a_configmap(name, from.span));
                }
                VariableValue::From(reference(from, &name.value))
            }
        };
        variables.push(Variable { name: name.value.clone(), value });
    }
    variables
}

pub(super) fn egress(resolver: &mut Resolver<'_>, decls: &[EgressDecl]) -> Vec<Egress> {
    let mut egress = Vec::new();
    for EgressDecl { to, cidr } in decls {
        egress.push(Egress { to: to.value.clone(), cidrs: cidrs(resolver, cidr, &[to]) });
    }
    egress
}

/// Reports what is said of manifests that are not generated.
pub(super) fn check_manifests(resolver: &mut Resolver<'_>) {
    let spec = resolver.spec;
    let Some(off) = spec.platform.k8s.as_ref().filter(|k8s| !k8s.value) else { return };
    let mut keys: Vec<(&str, Span)> = Vec::new();
    let ranges = [
        spec.platform.kafka.as_ref().map(|kafka| &kafka.cidr),
        spec.platform.postgres.as_ref().map(|postgres| &postgres.cidr),
    ];
    keys.extend(spec.platform.pull_secret.iter().map(|it| ("pull_secret", it.span)));
    keys.extend(ranges.into_iter().flatten().flatten().map(|it| ("cidr", it.span)));
    for service in &spec.services {
        let DeployDecl { image: _, replicas, resources, database: _, variables: _, egress } = &service.deploy;
        keys.extend(egress.iter().map(|it| ("egress", it.to.span)));
        keys.extend(replicas.iter().filter_map(|it| Some(("replicas", it.span()?))));
        keys.extend(resources.first_span().map(|span| ("resources", span)));
    }
    for (key, span) in keys {
        resolver.report(findings::without_manifests(key, span, off.span));
    }
}
