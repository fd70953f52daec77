//! Who may talk to whom, and what brokers are called.

use std::collections::BTreeSet;
use std::path::Path;

use serde_yaml::Value;

use super::{list, objects, of_kind, pods, sagas, services, text, workloads};

#[test]
fn every_pod_may_ask_for_names_and_nothing_else_is_open_to_all() {
    for (_, files) in sagas() {
        let policies = of_kind(&files, "NetworkPolicy");
        let of_all: Vec<&Value> = policies
            .values()
            .filter(|it| it["spec"]["podSelector"] == Value::Mapping(Default::default()))
            .collect();
        assert_eq!(of_all.len(), 2, "default-deny and dns-egress");
        let deny = &policies["default-deny"]["spec"];
        assert_eq!(list(&deny["policyTypes"]).map(text).collect::<Vec<_>>(), ["Ingress", "Egress"]);
        assert!(deny["ingress"].is_null() && deny["egress"].is_null());
        let rule = &policies["dns-egress"]["spec"]["egress"][0];
        assert_eq!(rule["to"][0]["podSelector"]["matchLabels"]["k8s-app"], "kube-dns");
        let ports: BTreeSet<_> =
            list(&rule["ports"]).map(|it| (text(&it["protocol"]), it["port"].as_u64())).collect();
        for protocol in ["UDP", "TCP"] {
            assert!(ports.contains(&(protocol.to_owned(), Some(53))), "{ports:?}");
        }
    }
}

/// Whom a policy lets its pods talk to, or lets in, as `app:port`.
fn edges(rules: &Value, side: &str) -> BTreeSet<String> {
    let mut edges = BTreeSet::new();
    for rule in list(rules) {
        let ports: Vec<u64> = list(&rule["ports"]).filter_map(|port| port["port"].as_u64()).collect();
        for peer in list(&rule[side]) {
            let selector = &peer["podSelector"];
            let mut apps: Vec<String> = list(&selector["matchExpressions"][0]["values"]).map(text).collect();
            apps.extend(selector["matchLabels"]["app"].as_str().map(str::to_owned));
            if !peer["namespaceSelector"].is_null() {
                apps.push("anywhere".to_owned());
            }
            edges.extend(apps.iter().flat_map(|app| ports.iter().map(move |port| format!("{app}:{port}"))));
        }
    }
    edges
}

#[test]
fn policies_open_what_the_specification_says_and_no_more() {
    for (text_of_saga, files) in sagas() {
        let policies = of_kind(&files, "NetworkPolicy");
        let services = services(&files);
        for service in &services {
            let spec = &policies[service]["spec"];
            assert_eq!(spec["podSelector"]["matchLabels"]["app"], service.as_str());
            let to = edges(&spec["egress"], "to");
            assert_eq!(to, BTreeSet::from(["kafka:9092".to_owned(), "postgres:5432".to_owned()]));
            let library =
                files.get(Path::new(&format!("generated/{service}/src/lib.rs"))).expect("a library");
            let has_routes =
                [".create::<", ".read::<", ".list::<"].iter().any(|route| library.contains(route));
            let port =
                of_kind(&files, "Service")[service]["spec"]["ports"][0]["port"].as_u64().expect("a port");
            let from = edges(&spec["ingress"], "from");
            let expected = has_routes.then(|| format!("anywhere:{port}"));
            assert_eq!(from, expected.into_iter().collect(), "{service} of\n{text_of_saga}");
        }
        let clients = |port: u16, job: &str| -> BTreeSet<String> {
            services.iter().map(String::as_str).chain([job]).map(|app| format!("{app}:{port}")).collect()
        };
        let mut into_kafka = clients(9092, "kafka-topics");
        into_kafka.extend(["kafka:9092".to_owned(), "kafka:9093".to_owned()]);
        assert_eq!(edges(&policies["kafka"]["spec"]["ingress"], "from"), into_kafka);
        let into_postgres = edges(&policies["postgres"]["spec"]["ingress"], "from");
        assert_eq!(into_postgres, clients(5432, "postgres-databases"));
        assert!(edges(&policies["postgres"]["spec"]["egress"], "to").is_empty());
        let known = services.len() + ["default-deny", "dns-egress", "kafka", "postgres"].len() + 2;
        assert_eq!(policies.len(), known, "{:?}", policies.keys());
    }
}

#[test]
fn operators_let_the_same_services_in() {
    for (_, files) in sagas() {
        let services = services(&files);
        let strimzi = objects(&files, "k8s-overlays/components/strimzi");
        let kafka = &strimzi.iter().find(|(_, object)| object["kind"] == "Kafka").expect("a cluster").1;
        let peers = &kafka["spec"]["kafka"]["listeners"][0]["networkPolicyPeers"][0]["podSelector"];
        assert_eq!(
            list(&peers["matchExpressions"][0]["values"]).map(text).collect::<BTreeSet<_>>(),
            services
        );
        let cnpg = objects(&files, "k8s-overlays/components/cnpg");
        let cluster = &cnpg.iter().find(|(_, object)| object["kind"] == "Cluster").expect("a cluster").1;
        assert_eq!(cluster["spec"]["inheritedMetadata"]["labels"]["app"], "postgres");
        let kustomization =
            files.get(Path::new("k8s-overlays/components/cnpg/kustomization.yaml")).expect("a list");
        let removes_policy = "kind: NetworkPolicy\n      metadata:\n        name: postgres\n";
        assert!(!kustomization.contains(removes_policy));
        let roles = list(&cluster["spec"]["managed"]["roles"]).map(|role| text(&role["name"]));
        assert_eq!(roles.collect::<BTreeSet<_>>(), services);
        let databases = cnpg.iter().filter(|(_, object)| object["kind"] == "Database");
        assert_eq!(databases.map(|(_, it)| text(&it["spec"]["name"])).collect::<BTreeSet<_>>(), services);
    }
}

#[test]
fn only_brokers_are_called_kafka() {
    for (_, files) in sagas() {
        for object in workloads(&files) {
            let name = text(&object["metadata"]["name"]);
            let is_broker = object["kind"] == "StatefulSet" && name == "kafka";
            assert_eq!(pods(&object)["metadata"]["labels"]["app"] == "kafka", is_broker, "{name}");
        }
        let strimzi = objects(&files, "k8s-overlays/components/strimzi");
        let pool = strimzi.iter().find(|(_, object)| object["kind"] == "KafkaNodePool").expect("brokers");
        assert_eq!(pool.1["spec"]["template"]["pod"]["metadata"]["labels"]["app"], "kafka");
    }
}
