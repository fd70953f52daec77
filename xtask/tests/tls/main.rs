//! The services over TLS and SASL, on a broker and a database that take nothing
//! else: the saga runs, and what must not pass is refused with a reason.
//!
//! Ignored in an ordinary `cargo test`, because it builds the services with
//! their feature `tls`; `cargo xtask test` runs it.

mod refusals;
mod service;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::{Certificates, Guarded, Infra, Purpose, Shut, openssl_library};
use testbed::{cargo, repo};

use service::Service;

/// How long anything may take: a machine may have other work to do.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the services are started with.
struct World {
    programs: Vec<PathBuf>,
    infra: Infra,
    guarded: Guarded,
    certificates: Certificates,
    folder: PathBuf,
}

impl World {
    fn new() -> Self {
        let root = repo::root();
        openssl_library().expect("OpenSSL");
        let arguments = ["-p", "order", "-p", "product", "-p", "delivery", "--features", "saga-runtime/tls"];
        let programs = cargo::programs(&root, &arguments).expect("the services, with TLS");
        let doors = Shut::default();
        let infra = Infra::start_own(Purpose::Test, &root, &doors).expect("servers");
        let guarded = doors.guarded().expect("guarded");
        let certificates = doors.certificates().expect("some");
        let folder = infra.folder().expect("ours").join("services");
        fs::create_dir(&folder).expect("a folder for logs");
        Self { programs, infra, guarded, certificates, folder }
    }

    fn program(&self, service: &str) -> &Path {
        let named = |program: &&PathBuf| program.file_stem().is_some_and(|name| name == service);
        self.programs.iter().find(named).expect("it was built")
    }

    fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.guarded.by_password())
    }

    /// What no log may show.
    fn secrets(&self) -> [&str; 2] {
        [self.guarded.user().1, self.certificates.locked_key().1]
    }
}

/// The path of a file, as a variable holds it.
fn text(path: &Path) -> String {
    path.to_str().expect("a path of ours is text").to_owned()
}

/// Waits until `probe` finds something; `what` says what was missing.
fn wait_for<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "builds the services with another feature"]
fn the_saga_runs_over_tls_and_what_must_not_pass_is_refused() {
    let world = World::new();
    let order = world.infra.database("order").expect("a database");
    refusals::every_one(&world, &order);
    an_order_is_completed(&world, order.to_string());
}

/// Each service in another of the ways that there are.
fn an_order_is_completed(world: &World, order: String) {
    let authority = text(&world.certificates.authority_file());
    let (user, password) = world.guarded.user();
    let password_file = world.folder.join("password");
    fs::write(&password_file, format!("{password}\n")).expect("a file");
    let by_scram = Service::start(
        world,
        "order",
        &[
            ("KAFKA_BROKERS", world.brokers()),
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL".into()),
            ("KAFKA_SASL_MECHANISM", "SCRAM-SHA-512".into()),
            ("KAFKA_SASL_USERNAME", user.into()),
            ("KAFKA_SASL_PASSWORD_FILE", text(&password_file)),
            ("KAFKA_SSL_CA_LOCATION", authority.clone()),
            ("DATABASE_URL", format!("{order}?sslmode=verify-full&sslrootcert={authority}")),
        ],
    );
    let (certificate, key) = world.certificates.client_files();
    let (locked_key, key_password) = world.certificates.locked_key();
    let product = world.infra.database("product").expect("a database");
    let by_certificate = Service::start(
        world,
        "product",
        &[
            ("KAFKA_BROKERS", format!("127.0.0.1:{}", world.guarded.by_certificate())),
            ("KAFKA_SECURITY_PROTOCOL", "SSL".into()),
            ("KAFKA_SSL_CA_LOCATION", authority.clone()),
            ("KAFKA_SSL_CERTIFICATE_LOCATION", text(&certificate)),
            ("KAFKA_SSL_KEY_LOCATION", text(&locked_key)),
            ("KAFKA_SSL_KEY_PASSWORD", key_password.into()),
            ("DATABASE_URL", product.to_string()),
            ("PGSSLMODE", "verify-full".into()),
            ("PGSSLROOTCERT", authority.clone()),
            ("PGSSLCERT", text(&certificate)),
            ("PGSSLKEY", text(&key)),
        ],
    );
    let delivery = world.infra.database("delivery").expect("a database");
    // By a name that is not in the certificate, which this client is configured to ignore, and with the
    // authority as the one of the system.
    let by_plain = Service::start(
        world,
        "delivery",
        &[
            ("KAFKA_BROKERS", format!("localhost:{}", world.guarded.by_password())),
            ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL".into()),
            ("KAFKA_SASL_MECHANISM", "PLAIN".into()),
            ("KAFKA_SASL_USERNAME", user.into()),
            ("KAFKA_SASL_PASSWORD", password.into()),
            ("KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM", "none".into()),
            ("DATABASE_URL", format!("{}?sslmode=verify-ca", on_localhost(&delivery))),
            ("SSL_CERT_FILE", authority),
        ],
    );
    let wanted = json!({"userId": 1, "productId": 1, "quantity": 1, "price": 1, "address": "Seoul"});
    let posted = wait_for("an order that is taken", || by_scram.post("/orders", &wanted));
    let path = format!("/orders/{}", posted["id"]);
    let done = |order: &Value| order["status"] == "COMPLETED";
    wait_for("the end of the order", || by_scram.get(&path).filter(done));
    for service in [by_scram, by_certificate, by_plain] {
        let log = service.end();
        for secret in world.secrets() {
            assert!(!log.contains(secret), "a secret is in:\n{log}");
        }
    }
}

/// The same server by another name, which its certificate does not carry.
fn on_localhost(url: &testbed::DatabaseUrl) -> String {
    let port = url.address().rsplit_once(':').expect("a port").1;
    url.with_address(format!("localhost:{port}")).to_string()
}
