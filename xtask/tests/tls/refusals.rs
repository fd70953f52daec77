//! What must not pass: each is one `order` that waits with a reason in its log,
//! or does not even start.

use testbed::DatabaseUrl;

use crate::service::Service;
use crate::{World, on_localhost, text, wait_for};

/// A service with one thing wrong.
struct Refusal {
    name: &'static str,
    variables: Vec<(&'static str, String)>,
    /// What its log has to say.
    reason: &'static str,
}

/// Starts all of them, and waits until each has said why it does not get in.
pub(crate) fn every_one(world: &World, database: &DatabaseUrl) {
    let refusals: Vec<Refusal> = by_kafka(world).into_iter().chain(by_postgres(world, database)).collect();
    let start = |refusal: &Refusal| Service::start_as(world, "order", refusal.name, &refusal.variables);
    let services: Vec<Service> = refusals.iter().map(start).collect();
    for (refusal, service) in refusals.iter().zip(services) {
        wait_for(refusal.name, || {
            let log = service.log();
            assert!(!log.contains("assigned"), "{} was let in:\n{log}", refusal.name);
            log.contains(refusal.reason).then_some(())
        });
        let log = service.end();
        let password = database.password();
        for secret in world.secrets().into_iter().chain([password.as_str(), WRONG]) {
            assert!(!log.contains(secret), "a secret is in the log of {}:\n{log}", refusal.name);
        }
    }
    a_key_that_cannot_be_opened_is_no_start(world);
}

/// A password of no role.
const WRONG: &str = "wr0ng-pa55word";

fn by_kafka(world: &World) -> Vec<Refusal> {
    let certificates = &world.certificates;
    let (user, password) = world.guarded.user();
    let (authority, other) =
        (text(&certificates.authority_file()), text(&certificates.other_authority_file()));
    let by = |name, brokers: String, authority: &str, password: &str, reason| Refusal {
        name,
        variables: vec![
            ("KAFKA_BROKERS", brokers),
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL".into()),
            ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-256".into()),
            ("KAFKA_SASL_USERNAME", user.into()),
            ("KAFKA_SASL_PASSWORD", password.into()),
            ("KAFKA_SSL_CA_LOCATION", authority.into()),
            sqlite(world, name),
        ],
        reason,
    };
    let plain = |name, port: u16, more: &[(&'static str, String)], reason| Refusal {
        name,
        variables: [&[("KAFKA_BROKERS", format!("127.0.0.1:{port}")), sqlite(world, name)][..], more]
            .concat(),
        reason,
    };
    let unverified = "certificate verify failed";
    let localhost = format!("localhost:{}", world.guarded.by_password());
    let tls = [("KAFKA_SECURITY_PROTOCOL", "SSL".to_owned()), ("KAFKA_SSL_CA_LOCATION", authority.clone())];
    vec![
        by("kafka-authority", world.brokers(), &other, password, unverified),
        by("kafka-name", localhost, &authority, password, unverified),
        by("kafka-password", world.brokers(), &authority, WRONG, "invalid credentials"),
        plain("kafka-plain", world.guarded.by_password(), &[], "set KAFKA_SECURITY_PROTOCOL"),
        plain("kafka-nobody", world.guarded.by_certificate(), &tls, "SSL alert number"),
    ]
}

fn by_postgres(world: &World, database: &DatabaseUrl) -> Vec<Refusal> {
    let certificates = &world.certificates;
    let (authority, other) =
        (text(&certificates.authority_file()), text(&certificates.other_authority_file()));
    let by = |name, url: String, reason| Refusal {
        name,
        variables: vec![("KAFKA_BROKERS", "127.0.0.1:9".to_owned()), ("DATABASE_URL", url)],
        reason,
    };
    let right = database.to_string();
    let wrong = database.with_role("order", WRONG).to_string();
    let verified =
        |url: &str, mode: &str, authority: &str| format!("{url}?sslmode={mode}&sslrootcert={authority}");
    let unknown = "UnknownIssuer";
    vec![
        by("postgres-authority", verified(&right, "verify-full", &other), unknown),
        by("postgres-authority-required", verified(&right, "require", &other), unknown),
        by("postgres-authority-system", format!("{right}?sslmode=verify-full"), unknown),
        by(
            "postgres-name",
            verified(&on_localhost(database), "verify-full", &authority),
            "certificate not valid for name",
        ),
        by(
            "postgres-password",
            verified(&wrong, "verify-full", &authority),
            "password authentication failed",
        ),
        by("postgres-plain", format!("{right}?sslmode=disable"), "no encryption"),
    ]
}

/// The configuration is refused before anybody is asked.
fn a_key_that_cannot_be_opened_is_no_start(world: &World) {
    let certificates = &world.certificates;
    let name = "key-password";
    let mut service = Service::start_as(
        world,
        "order",
        name,
        &[
            ("KAFKA_BROKERS", world.brokers()),
            ("KAFKA_SECURITY_PROTOCOL", "SSL".into()),
            ("KAFKA_SSL_CERTIFICATE_LOCATION", text(&certificates.client_files().0)),
            ("KAFKA_SSL_KEY_LOCATION", text(&certificates.locked_key().0)),
            ("KAFKA_SSL_KEY_PASSWORD", WRONG.into()),
            sqlite(world, name),
        ],
    );
    let status = wait_for("the end of a service that cannot start", || service.ended());
    let log = service.end();
    assert_eq!(status.code(), Some(2), "{log}");
    assert!(log.contains("ssl.key.location failed") && !log.contains(WRONG), "{log}");
}

fn sqlite(world: &World, name: &str) -> (&'static str, String) {
    ("DATABASE_URL", format!("sqlite://{}", world.folder.join(name).with_extension("db").display()))
}
