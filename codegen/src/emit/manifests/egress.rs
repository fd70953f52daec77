//! What a service may reach, as rules of a network policy.

use crate::model::{Model, Service};
use crate::resolved::{Address, Site};

/// A rule: to whom, and on which ports.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// What is said of it, a comment a line.
    pub about: Vec<String>,
    /// Whom it lets the service reach; anybody if there is none.
    pub peers: Vec<Peer>,
    pub ports: Vec<u16>,
}

/// Whom a rule lets a service reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Peer {
    /// Pods of that label.
    App(&'static str),
    /// Any pod of the same namespace.
    Beside,
    /// Any pod of that namespace.
    Namespace(String),
    /// A range of addresses.
    Range(String),
}

/// What a service may reach beside the servers that know names.
pub(super) fn rules(model: &Model, service: &Service) -> Vec<Rule> {
    let ours = |app, port| Rule { about: Vec::new(), peers: vec![Peer::App(app)], ports: vec![port] };
    let mut rules = match &model.platform.kafka {
        None => vec![ours("kafka", 9092)],
        Some(kafka) => to("Kafka: ", &kafka.brokers, &kafka.cidrs),
    };
    match &model.platform.postgres {
        None => rules.push(ours("postgres", 5432)),
        Some(postgres) => {
            rules.extend(to("PostgreSQL: ", std::slice::from_ref(&postgres.address), &postgres.cidrs));
        }
    }
    for egress in &service.deploy.egress {
        rules.extend(to("", std::slice::from_ref(&egress.to), &egress.cidrs));
    }
    rules
}

/// One rule for all addresses of the same peers.
fn to(what: &str, addresses: &[Address], cidrs: &[String]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for address in addresses {
        let peers = peers(address, cidrs);
        let about = format!("{what}{address}");
        match rules.iter_mut().find(|rule| rule.peers == peers) {
            None => rules.push(Rule { about: vec![about], peers, ports: vec![address.port] }),
            Some(rule) => {
                rule.about.push(about);
                if !rule.ports.contains(&address.port) {
                    rule.ports.push(address.port);
                }
            }
        }
    }
    for rule in rules.iter_mut().filter(|rule| rule.peers.is_empty()) {
        rule.about.push(
            "A policy cannot name hosts, so this opens the ports to every address; `cidr` in saga.yaml narrows it."
                .to_owned(),
        );
    }
    rules
}

fn peers(address: &Address, cidrs: &[String]) -> Vec<Peer> {
    match address.site() {
        Site::Beside => vec![Peer::Beside],
        Site::Namespace(name) => vec![Peer::Namespace(name)],
        Site::Number(number) => {
            let length = if number.is_ipv4() { 32 } else { 128 };
            vec![Peer::Range(format!("{number}/{length}"))]
        }
        Site::Anywhere => cidrs.iter().cloned().map(Peer::Range).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<Address> {
        texts.iter().map(|text| Address::parse(text).expect("an address")).collect()
    }

    #[test]
    fn addresses_of_the_same_peers_are_one_rule() {
        let brokers = addresses(&["a.example:9096", "b.example:9096", "c.example:9097", "10.0.0.5:9092"]);
        let rules = to("Kafka: ", &brokers, &["10.20.0.0/16".to_owned()]);
        let [named, numbered] = rules.as_slice() else { panic!("{rules:?}") };
        assert_eq!((named.ports.as_slice(), named.about.len()), (&[9096, 9097][..], 3));
        assert_eq!(named.peers, [Peer::Range("10.20.0.0/16".to_owned())]);
        assert_eq!(numbered.peers, [Peer::Range("10.0.0.5/32".to_owned())]);
    }

    #[test]
    fn a_name_without_a_range_is_opened_by_its_port_alone() {
        let rules = to("", &addresses(&["gateway.example:443"]), &[]);
        assert!(rules[0].peers.is_empty() && rules[0].ports == [443]);
        assert!(rules[0].about[1].contains("`cidr`"), "{rules:?}");
    }
}
