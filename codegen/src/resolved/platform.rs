//! What all services of a project are deployed to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What the file says of the place that all services are deployed to. What it does not say, the generated
/// manifests bring along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// What the names of images begin with.
    pub registry: Option<String>,
    /// The Secret with the credentials of that registry.
    pub pull_secret: Option<String>,
    /// Whether manifests for Kubernetes are generated.
    pub k8s: bool,
    /// Whether a compose file is generated.
    pub compose: bool,
    /// The Kafka that the team has; none if the manifests bring one.
    pub kafka: Option<ExternalKafka>,
    /// The PostgreSQL that the team has; none if the manifests bring one.
    pub postgres: Option<ExternalPostgres>,
}

impl Default for Platform {
    fn default() -> Self {
        Self { registry: None, pull_secret: None, k8s: true, compose: true, kafka: None, postgres: None }
    }
}

impl Platform {
    /// Whether a server asks for what only a build with the feature `tls` can do.
    pub fn needs_tls_build(&self) -> bool {
        let kafka = self.kafka.as_ref().is_some_and(|kafka| kafka.tls || kafka.sasl.is_some());
        kafka || self.postgres.as_ref().is_some_and(|postgres| postgres.tls)
    }
}

/// A Kafka that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalKafka {
    /// Its brokers, or some of them.
    pub brokers: Vec<Address>,
    /// The addresses that its brokers have, for network policies.
    pub cidrs: Vec<String>,
    /// What the names of topics, groups and clients begin with.
    pub prefix: Option<String>,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// The authority that its certificates are from; none for those that the system trusts.
    pub ca: Option<Reference>,
    /// Whether a service has a certificate of its own.
    pub certificate: bool,
    /// How a service proves who it is, by a user and a password.
    pub sasl: Option<String>,
    /// The Secret with user, password and certificate; none if each service has its own.
    pub secret: Option<String>,
}

impl ExternalKafka {
    /// Its brokers, as clients take them.
    pub fn bootstrap(&self) -> String {
        let brokers: Vec<String> = self.brokers.iter().map(Address::to_string).collect();
        brokers.join(",")
    }

    /// Whether a service needs a Secret to be let in.
    pub fn needs_secret(&self) -> bool {
        self.certificate || self.sasl.is_some()
    }

    /// What clients call the security of connections.
    pub fn protocol(&self) -> &'static str {
        match (self.tls, self.sasl.is_some()) {
            (false, false) => "PLAINTEXT",
            (true, false) => "SSL",
            (false, true) => "SASL_PLAINTEXT",
            (true, true) => "SASL_SSL",
        }
    }
}

/// A PostgreSQL that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalPostgres {
    /// Where it is.
    pub address: Address,
    /// The addresses that it may have, for network policies.
    pub cidrs: Vec<String>,
    /// Whether connections are encrypted, and its certificate checked.
    pub tls: bool,
    /// The authority that its certificate is from; none for those that the system trusts.
    pub ca: Option<Reference>,
}

/// A value that a Secret or a ConfigMap of the team has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Which of the two.
    pub holder: Holder,
    /// The name of that object.
    pub name: String,
    /// The key in it.
    pub key: String,
}

/// What holds a value in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A Secret.
    Secret,
    /// A ConfigMap.
    ConfigMap,
}

/// A variable of a service's environment, for the code of its team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: VariableValue,
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableValue {
    /// As written in the file.
    Literal(String),
    /// As an object of the team has it.
    From(Reference),
}

/// A system outside of the saga that a service may reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Egress {
    /// Where it is.
    pub to: Address,
    /// The addresses that it may have.
    pub cidrs: Vec<String>,
}

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// A name or a number; brackets around one of IPv6.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Where an address is, as far as it says so itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// A Service of the same namespace.
    Beside,
    /// A Service of that namespace.
    Namespace(String),
    /// A host of that number.
    Number(IpAddr),
    /// Anywhere: a name says nothing of numbers.
    Anywhere,
}

impl Address {
    /// Reads `host:port`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port > 0)?;
        let is_label = |label: &str| {
            let legal = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            !label.is_empty() && legal && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_host = bracketed(host).is_some() || host.split('.').all(is_label);
        is_host.then(|| Self { host: host.to_owned(), port })
    }

    /// Whether it is the machine that asks, and so the pod itself.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.site() {
            Site::Number(number) => number.is_loopback(),
            Site::Beside => self.host == "localhost",
            Site::Namespace(_) | Site::Anywhere => false,
        }
    }

    /// Where it is.
    pub fn site(&self) -> Site {
        if let Some(number) = bracketed(&self.host) {
            return Site::Number(number.into());
        }
        if let Ok(number) = self.host.parse::<Ipv4Addr>() {
            return Site::Number(number.into());
        }
        let labels: Vec<&str> = self.host.trim_end_matches('.').split('.').collect();
        match labels.as_slice() {
            [_] => Site::Beside,
            // Those of a StatefulSet have a name before that of their Service.
            [_, namespace, "svc", ..] | [_, _, namespace, "svc", ..] => Site::Namespace((*namespace).into()),
            _ => Site::Anywhere,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn bracketed(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// Whether a text is a range of addresses: `10.20.0.0/16`. What is behind the length has to be zero: an API server
/// warns of anything else.
pub(crate) fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    let (bits, most) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    length <= most
        && (length == 0 && bits == 0 || length > 0 && bits.trailing_zeros().min(most) >= most - length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for good in ["kafka:9092", "b-1.kafka.example:9096", "10.0.0.5:5432", "[fd00::1]:443"] {
            assert_eq!(Address::parse(good).map(|it| it.to_string()).as_deref(), Some(good));
        }
        let bad =
            ["kafka", "kafka:", "kafka:0", "kafka:70000", ":9092", "https://a:1", "a b:1", "a..b:1", "::1:1"];
        for bad in bad {
            assert_eq!(Address::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_name_in_the_cluster_says_where_it_is() {
        let site = |text: &str| Address::parse(text).expect("an address").site();
        assert_eq!(site("gateway:80"), Site::Beside);
        let messaging = || Site::Namespace("messaging".to_owned());
        assert_eq!(site("kafka.messaging.svc:9092"), messaging());
        assert_eq!(site("kafka.messaging.svc.cluster.local:9092"), messaging());
        assert_eq!(site("kafka-0.kafka.messaging.svc:9092"), messaging());
        assert_eq!(site("db.example.com:5432"), Site::Anywhere);
        assert_eq!(site("10.0.0.5:5432"), Site::Number([10, 0, 0, 5].into()));
        assert!(matches!(site("[fd00::1]:443"), Site::Number(IpAddr::V6(_))));
    }

    #[test]
    fn a_range_has_a_length_that_its_family_allows() {
        assert!(["10.20.0.0/16", "0.0.0.0/0", "fd00::/8", "10.0.0.1/32"].into_iter().all(is_cidr));
        assert!(
            !["10.20.0.0", "10.20.0.0/33", "gateway/8", "fd00::/129", "10.0/8", "10.20.0.1/16", "1.0.0.0/0"]
                .into_iter()
                .any(is_cidr)
        );
    }
}
