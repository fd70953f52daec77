//! What a service finds in its environment: variables, and files that they name. No manifest holds a secret: one is
//! mounted, or read from the Secret when the pod starts.

use super::filters;
use crate::model::{Model, Service};
use crate::resolved::{ExternalKafka, Holder, Reference, VariableValue};

/// Where files are mounted, each below a folder of its own.
const MOUNTED: &str = "/run/secrets";

/// The environment of a service.
pub(super) struct Environment {
    /// What its ConfigMap says: names, and values as YAML.
    pub data: Vec<(String, String)>,
    /// Variables that objects of the team hold.
    pub referred: Vec<Referred>,
    /// Files that objects of the team hold.
    pub mounts: Vec<Mount>,
}

/// A variable whose value is elsewhere.
pub(super) struct Referred {
    pub name: String,
    /// What Kubernetes calls such a reference: `secretKeyRef`.
    pub kind: &'static str,
    pub object: String,
    pub key: String,
}

/// A folder with values of objects.
pub(super) struct Mount {
    /// The name of the volume, and of the folder.
    pub name: &'static str,
    pub sources: Vec<Source>,
}

/// What of one object is mounted.
pub(super) struct Source {
    /// What Kubernetes calls it: `secret`, `configMap`.
    pub kind: &'static str,
    pub object: String,
    /// Keys, and the files that they become.
    pub items: Vec<(String, String)>,
}

impl Environment {
    pub(super) fn of(model: &Model, service: &Service) -> Self {
        let mut environment = Self { data: Vec::new(), referred: Vec::new(), mounts: Vec::new() };
        environment.plain("PORT", format!("\"{}\"", service.port));
        match &model.platform.kafka {
            None => environment.plain("KAFKA_BROKERS", "kafka-service:9092"),
            Some(kafka) => environment.kafka(kafka, service),
        }
        environment.plain("DATABASE_URL_FILE", format!("{MOUNTED}/database/url"));
        if let Some(postgres) = model.platform.postgres.as_ref().filter(|postgres| postgres.tls) {
            environment.plain("PGSSLMODE", "verify-full");
            if let Some(ca) = &postgres.ca {
                environment.plain("PGSSLROOTCERT", format!("{MOUNTED}/postgres-ca/ca.crt"));
                environment.mount("postgres-ca", ca, "ca.crt");
            }
        }
        let is_said = |name: &str| service.deploy.variables.iter().any(|variable| variable.name == name);
        for (name, value) in [("RUST_LOG", "\"info,step=warn\""), ("LOG_FORMAT", "json")] {
            if !is_said(name) {
                environment.plain(name, value);
            }
        }
        environment.variables(service);
        environment
    }

    /// Whether a variable holds a secret itself.
    pub(super) fn holds_secrets(&self) -> bool {
        self.referred.iter().any(|referred| referred.kind == "secretKeyRef")
    }

    fn plain(&mut self, name: &str, value: impl Into<String>) {
        self.data.push((name.to_owned(), value.into()));
    }

    fn mount(&mut self, name: &'static str, reference: &Reference, file: &str) {
        self.mounts.push(Mount { name, sources: vec![Source::of(reference, file)] });
    }

    fn kafka(&mut self, kafka: &ExternalKafka, service: &Service) {
        self.plain("KAFKA_BROKERS", filters::in_quotes(&kafka.bootstrap()));
        if let Some(prefix) = &kafka.prefix {
            self.plain("KAFKA_PREFIX", filters::in_quotes(prefix));
        }
        if kafka.protocol() != "PLAINTEXT" {
            self.plain("KAFKA_SECURITY_PROTOCOL", kafka.protocol());
        }
        let mut items = Vec::new();
        if let Some(mechanism) = &kafka.sasl {
            self.plain("KAFKA_SASL_MECHANISM", mechanism);
            self.plain("KAFKA_SASL_USERNAME_FILE", format!("{MOUNTED}/kafka/username"));
            self.plain("KAFKA_SASL_PASSWORD_FILE", format!("{MOUNTED}/kafka/password"));
            items.extend(["username", "password"]);
        }
        if kafka.certificate {
            self.plain("KAFKA_SSL_CERTIFICATE_LOCATION", format!("{MOUNTED}/kafka/tls.crt"));
            self.plain("KAFKA_SSL_KEY_LOCATION", format!("{MOUNTED}/kafka/tls.key"));
            items.extend(["tls.crt", "tls.key"]);
        }
        if kafka.needs_secret() {
            let object = kafka.secret.clone().unwrap_or_else(|| format!("{}-kafka", service.name));
            let items = items.into_iter().map(|item| (item.to_owned(), item.to_owned())).collect();
            self.mounts
                .push(Mount { name: "kafka", sources: vec![Source { kind: "secret", object, items }] });
        }
        if let Some(ca) = &kafka.ca {
            self.plain("KAFKA_SSL_CA_LOCATION", format!("{MOUNTED}/kafka-ca/ca.crt"));
            self.mount("kafka-ca", ca, "ca.crt");
        }
    }

    /// What the file says for the code of the team.
    fn variables(&mut self, service: &Service) {
        let mut files = Vec::new();
        for variable in &service.deploy.variables {
            let name = &variable.name;
            match &variable.value {
                VariableValue::Literal(text) => self.plain(name, filters::in_quotes(text)),
                VariableValue::From(reference) if name.ends_with("_FILE") => {
                    self.plain(name, format!("{MOUNTED}/variables/{name}"));
                    files.push(Source::of(reference, name));
                }
                VariableValue::From(Reference { holder, name: object, key }) => {
                    let kind = match holder {
                        Holder::Secret => "secretKeyRef",
                        Holder::ConfigMap => "configMapKeyRef",
                    };
                    let (object, key) = (object.clone(), key.clone());
                    self.referred.push(Referred { name: name.clone(), kind, object, key });
                }
            }
        }
        if !files.is_empty() {
            self.mounts.push(Mount { name: "variables", sources: files });
        }
    }
}

impl Source {
    fn of(reference: &Reference, file: &str) -> Self {
        let kind = match reference.holder {
            Holder::Secret => "secret",
            Holder::ConfigMap => "configMap",
        };
        let items = vec![(reference.key.clone(), file.to_owned())];
        Self { kind, object: reference.name.clone(), items }
    }
}
