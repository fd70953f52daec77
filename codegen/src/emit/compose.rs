//! The whole saga on one machine. What only the team knows of its servers, compose asks for when it starts: it is
//! in variables that the file names.

use askama::Template;

use crate::emit::manifests::{connections, filters, images, render};
use crate::files::{FileSet, HEADER};
use crate::model::{Model, Service};
use crate::names::snake;
use crate::resolved::{ExternalKafka, VariableValue};

/// Where compose mounts secrets.
const MOUNTED: &str = "/run/secrets";

pub(super) fn emit(model: &Model, files: &mut FileSet) {
    let mut secrets = Vec::new();
    let services: Vec<Container<'_>> =
        model.services.iter().map(|service| Container::of(model, service, &mut secrets)).collect();
    let platform = &model.platform;
    let compose = Compose {
        header: HEADER,
        saga: model.saga.as_str(),
        kafka: platform.kafka.is_none().then_some(images::KAFKA),
        postgres: platform.postgres.is_none().then_some(images::POSTGRES),
        connections: connections(model),
        asks: services.iter().any(Container::asks),
        uid: images::SERVICE_UID,
        services,
        secrets,
    };
    files.add("compose.yaml", render(&compose));
}

/// A service, as a container.
struct Container<'a> {
    name: &'a str,
    image: &'a str,
    port: u16,
    /// Names, and values as YAML.
    environment: Vec<(String, String)>,
    /// Files by name.
    secrets: Vec<String>,
}

/// A file that containers get. It is mounted from this machine: compose copies what it takes from a variable, which
/// a container that may not write refuses.
#[derive(PartialEq, Eq)]
struct Secret {
    name: String,
    /// Its path as YAML.
    path: String,
}

impl<'a> Container<'a> {
    fn of(model: &Model, service: &'a Service, secrets: &mut Vec<Secret>) -> Self {
        let name = service.name.as_str();
        let mut container = Self {
            name,
            image: &service.deploy.image,
            port: service.port,
            environment: Vec::new(),
            secrets: Vec::new(),
        };
        match &model.platform.kafka {
            None => container.set("KAFKA_BROKERS", "kafka:9092"),
            Some(kafka) => container.kafka(kafka, secrets),
        }
        match &model.platform.postgres {
            None => container.set("DATABASE_URL", format!("\"postgres://{name}@postgres/{name}\"")),
            Some(postgres) => {
                let what = format!("the URL of its database at {}", postgres.address);
                let url = required(&format!("{}_DATABASE_URL", shouted(name)), &what);
                container.set("DATABASE_URL", url);
                if postgres.tls {
                    container.set("PGSSLMODE", "verify-full");
                }
                if postgres.ca.is_some() {
                    container.set("PGSSLROOTCERT", format!("{MOUNTED}/postgres-ca.crt"));
                    container.file("postgres-ca.crt", "POSTGRES_CA_FILE", secrets);
                }
            }
        }
        container.set("PORT", format!("\"{}\"", service.port));
        container.variables(service, secrets);
        container
    }

    /// Whether it needs a variable that only the team can set.
    fn asks(&self) -> bool {
        !self.secrets.is_empty() || self.environment.iter().any(|(_, value)| value.contains(":?"))
    }

    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Mounts the file whose path a variable holds.
    fn file(&mut self, name: &str, variable: &str, secrets: &mut Vec<Secret>) {
        let secret = Secret { name: name.to_owned(), path: required(variable, "the path of a file") };
        self.secrets.push(secret.name.clone());
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }

    fn kafka(&mut self, kafka: &ExternalKafka, secrets: &mut Vec<Secret>) {
        self.set("KAFKA_BROKERS", filters::in_quotes(&format!("${{KAFKA_BROKERS:-{}}}", kafka.bootstrap())));
        if let Some(prefix) = &kafka.prefix {
            self.set("KAFKA_PREFIX", filters::in_quotes(&format!("${{KAFKA_PREFIX:-{prefix}}}")));
        }
        if kafka.protocol() != "PLAINTEXT" {
            self.set("KAFKA_SECURITY_PROTOCOL", kafka.protocol());
        }
        // With one Secret for all services, one user.
        let whose = match kafka.secret {
            Some(_) => String::new(),
            None => format!("{}_", shouted(self.name)),
        };
        if let Some(mechanism) = &kafka.sasl {
            self.set("KAFKA_SASL_MECHANISM", mechanism);
            self.set("KAFKA_SASL_USERNAME", required(&format!("{whose}KAFKA_USERNAME"), "a user of Kafka"));
            self.set(
                "KAFKA_SASL_PASSWORD",
                required(&format!("{whose}KAFKA_PASSWORD"), "the user's password"),
            );
        }
        if kafka.ca.is_some() {
            self.set("KAFKA_SSL_CA_LOCATION", format!("{MOUNTED}/kafka-ca.crt"));
            self.file("kafka-ca.crt", "KAFKA_CA_FILE", secrets);
        }
        if kafka.certificate {
            let of = if kafka.secret.is_some() { String::new() } else { format!("{}-", self.name) };
            self.set("KAFKA_SSL_CERTIFICATE_LOCATION", format!("{MOUNTED}/{of}kafka.crt"));
            self.set("KAFKA_SSL_KEY_LOCATION", format!("{MOUNTED}/{of}kafka.key"));
            self.file(&format!("{of}kafka.crt"), &format!("{whose}KAFKA_CERTIFICATE_FILE"), secrets);
            self.file(&format!("{of}kafka.key"), &format!("{whose}KAFKA_KEY_FILE"), secrets);
        }
    }

    /// What the file says for the code of the team.
    fn variables(&mut self, service: &Service, secrets: &mut Vec<Secret>) {
        for variable in &service.deploy.variables {
            let name = &variable.name;
            let whose = format!("{}_{name}", shouted(self.name));
            match &variable.value {
                // Compose takes what follows a `$` for a variable of its own.
                VariableValue::Literal(text) => {
                    self.set(name, filters::in_quotes(&text.replace('$', "$$")));
                }
                VariableValue::From(_) if name.ends_with("_FILE") => {
                    let file = snake(&whose.trim_end_matches("_FILE").to_lowercase());
                    self.set(name, format!("{MOUNTED}/{file}"));
                    self.file(&file, &whose, secrets);
                }
                VariableValue::From(reference) => {
                    let what = format!("{} of {}", reference.key, reference.name);
                    self.set(name, required(&whose, &what));
                }
            }
        }
    }
}

/// A variable without which compose says what is missing.
fn required(variable: &str, what: &str) -> String {
    filters::in_quotes(&format!("${{{variable}:?{what}}}"))
}

/// `food-order` → `FOOD_ORDER`.
fn shouted(name: &str) -> String {
    snake(name).to_uppercase()
}

#[derive(Template)]
#[template(path = "docker/compose.yaml", escape = "none")]
struct Compose<'a> {
    header: &'a str,
    saga: &'a str,
    /// The image of the Kafka that is started, unless the team has one.
    kafka: Option<&'a str>,
    /// The image of the PostgreSQL that is started, unless the team has one.
    postgres: Option<&'a str>,
    connections: u32,
    /// Whether it needs variables that only the team can set.
    asks: bool,
    /// The user of a container.
    uid: u32,
    services: Vec<Container<'a>>,
    secrets: Vec<Secret>,
}
