//! What is said of the deployment: whether it can be had.

use std::time::Duration;

use super::findings::deploy as findings;
use super::platform;
use super::resolver::Resolver;
use crate::resolved::{Deploy, Replicas, Resources};
use crate::source::Spanned;
use crate::spec::{DeployDecl, Quantity, ReplicasDecl, ResourcesDecl, Word};

/// More than this is a typing error: each costs every broker memory and files.
const MOST_PARTITIONS: u16 = 10_000;
/// How long Kafka keeps a message unless the file says so.
const RETENTION: Duration = Duration::from_secs(7 * DAY);
/// A service forgets after thirty days which steps have run, and Kafka deletes
/// whole segments, up to a week after their messages are old enough.
const LONGEST_RETENTION: Duration = Duration::from_secs(21 * DAY);
const DAY: u64 = 24 * 60 * 60;

pub(super) fn partitions(resolver: &mut Resolver<'_>, decl: Option<&Spanned<u16>>) -> Option<u16> {
    let decl = decl?;
    if decl.value > MOST_PARTITIONS {
        resolver.report(findings::too_many_partitions(decl.value, MOST_PARTITIONS, decl.span));
    }
    Some(decl.value)
}

pub(super) fn retention(resolver: &mut Resolver<'_>, decl: Option<&Spanned<Duration>>) -> Duration {
    let Some(decl) = decl else { return RETENTION };
    if decl.value > LONGEST_RETENTION {
        resolver.report(findings::long_retention(decl.span));
    }
    decl.value
}

pub(super) fn deploy(resolver: &mut Resolver<'_>, service: &Word, decl: &DeployDecl) -> Deploy {
    let DeployDecl { image, replicas, resources, database, variables, egress } = decl;
    image.iter().for_each(|image| check_image(resolver, image));
    Deploy {
        image: image.as_ref().map(|image| image.value.clone()),
        replicas: replicas.as_ref().map_or_else(Replicas::default, |decl| bounds(resolver, decl)),
        resources: self::resources(resolver, resources),
        database: platform::database(resolver, service, database.as_ref()),
        variables: platform::variables(resolver, variables),
        egress: platform::egress(resolver, egress),
    }
}

/// An image without a tag, or with one that moves, would be another one after
/// each restart.
fn check_image(resolver: &mut Resolver<'_>, image: &Word) {
    let text = image.value.as_str();
    let legal = |character: char| character.is_ascii_alphanumeric() || "._-/:@".contains(character);
    if text.is_empty() || !text.chars().all(legal) {
        resolver.report(findings::bad_image(text, image.span));
        return;
    }
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let digest = digest.and_then(|digest| digest.strip_prefix("sha256:"));
    if digest.is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return;
    }
    let tag = name.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    if text.contains('@') || tag.is_none_or(|tag| tag.is_empty() || tag == "latest") {
        resolver.report(findings::unpinned_image(text, image.span));
    }
}

fn bounds(resolver: &mut Resolver<'_>, decl: &ReplicasDecl) -> Replicas {
    match decl {
        ReplicasDecl::Fixed(number) => Replicas::Fixed(number.value),
        ReplicasDecl::Bounds { min, max } => {
            if let (Some(min), Some(max)) = (min, max)
                && min.value > max.value
            {
                resolver.report(findings::bounds((min.value, min.span), (max.value, max.span)));
            }
            let value = |bound: &Option<Spanned<u16>>| bound.as_ref().map(|bound| bound.value);
            Replicas::Bounds { min: value(min), max: value(max) }
        }
    }
}

/// What is not said: the defaults, moved out of the way of what is.
fn resources(resolver: &mut Resolver<'_>, decl: &ResourcesDecl) -> Resources {
    let ResourcesDecl { cpu, cpu_limit, memory, memory_limit } = decl;
    let defaults = Resources::default();
    let (cpu, cpu_limit) = pair(resolver, cpu, cpu_limit, (100, &defaults.cpu), (1_000, &defaults.cpu_limit));
    let (memory, memory_limit) = pair(
        resolver,
        memory,
        memory_limit,
        (128 << 20, &defaults.memory),
        (256 << 20, &defaults.memory_limit),
    );
    Resources { cpu, cpu_limit, memory, memory_limit }
}

fn pair(
    resolver: &mut Resolver<'_>,
    request: &Option<Spanned<Quantity>>,
    limit: &Option<Spanned<Quantity>>,
    (least, default_request): (u64, &str),
    (most, default_limit): (u64, &str),
) -> (String, String) {
    if let (Some(request), Some(limit)) = (request, limit)
        && request.value.amount > limit.value.amount
    {
        resolver.report(findings::above_limit(
            (&request.value.text, request.span),
            (&limit.value.text, limit.span),
        ));
    }
    let text = |quantity: &Spanned<Quantity>| quantity.value.text.clone();
    let asked = match (request, limit) {
        (Some(request), _) => text(request),
        (None, Some(limit)) if limit.value.amount < least => text(limit),
        (None, _) => default_request.to_owned(),
    };
    let limit = match (limit, request) {
        (Some(limit), _) => text(limit),
        (None, Some(request)) if request.value.amount > most => text(request),
        (None, _) => default_limit.to_owned(),
    };
    (asked, limit)
}
