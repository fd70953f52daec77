//! What is generated for a team that has servers, a registry and gateways of its own.

use std::collections::BTreeSet;
use std::path::Path;

use saga_cli::files::FileSet;
use serde_yaml::Value;

use super::{list, objects, of_kind, pods, repository, text};
use crate::support::{generated, repository as root, shipped};

/// The golden case.
fn case() -> String {
    std::fs::read_to_string(root().join("codegen/tests/golden/servers/saga.yaml")).expect("the golden case")
}

/// The shipped saga, deployed as these lines say.
fn deployed(lines: &str) -> FileSet {
    generated(&shipped().replacen(
        "correlation: orderId",
        &format!("deploy: {lines}\ncorrelation: orderId"),
        1,
    ))
}

fn paths(files: &FileSet) -> BTreeSet<String> {
    files.current().chain(files.once()).map(|(path, _)| path.display().to_string()).collect()
}

fn variables(files: &FileSet, service: &str) -> Value {
    of_kind(files, "ConfigMap")[service]["data"].clone()
}

#[test]
fn nothing_of_ours_is_left_beside_servers_of_the_team() {
    let files = generated(&case());
    for (path, object) in objects(&files, "k8s").into_iter().chain(objects(&files, "k8s-overlays")) {
        let kind = text(&object["kind"]);
        assert!(
            !["StatefulSet", "Job", "Secret", "PersistentVolumeClaim"].contains(&kind.as_str()),
            "{path}"
        );
        let name = text(&object["metadata"]["name"]);
        assert!(!name.starts_with("kafka") && !name.starts_with("postgres"), "{path}: {kind} {name}");
    }
    for (path, content) in files.current().filter(|(path, _)| path.starts_with("k8s-overlays")) {
        assert!(!content.contains("StatefulSet"), "{} patches what is not there", path.display());
    }
    let compose = files.get(Path::new("compose.yaml")).expect("a file");
    let compose: Value = serde_yaml::from_str(compose).expect("YAML");
    let services = compose["services"].as_mapping().expect("services").keys().map(text);
    assert_eq!(services.collect::<Vec<_>>(), ["desk", "mailer"]);
    assert!(compose["configs"].is_null() && compose["services"]["desk"]["depends_on"].is_null());
}

#[test]
fn each_server_is_left_out_by_itself() {
    let ours = |files: &FileSet, server: &str| -> usize {
        let all = paths(files);
        let of_it = all.iter().filter(|path| path.starts_with(&format!("k8s/{server}/")));
        of_it.count()
    };
    let kafka = deployed("{ kafka: { external: kafka.messaging.svc:9092 } }");
    assert_eq!((ours(&kafka, "kafka"), ours(&kafka, "postgres") > 5), (0, true));
    let postgres = deployed("{ postgres: { external: db.example:5432 } }");
    assert_eq!((ours(&postgres, "postgres"), ours(&postgres, "kafka") > 5), (0, true));
    let components = |files: &FileSet| -> BTreeSet<String> {
        let below = "k8s-overlays/components/";
        paths(files)
            .iter()
            .filter_map(|path| Some(path.strip_prefix(below)?.split('/').next()?.to_owned()))
            .collect()
    };
    assert_eq!(components(&kafka), ["cnpg", "keda", "monitoring"].map(str::to_owned).into());
    assert_eq!(components(&postgres), ["keda", "monitoring", "strimzi"].map(str::to_owned).into());
    assert!(!paths(&kafka).contains("k8s-overlays/prod/kafka.yaml"));
    assert_eq!(variables(&postgres, "order"), variables(&generated(&shipped()), "order"));
}

#[test]
fn a_scaler_asks_the_kafka_of_the_team() {
    let files = deployed("{ kafka: { external: [a.example:9092, b.example:9093], prefix: test. } }");
    let keda = objects(&files, "k8s-overlays/components/keda");
    assert!(keda.iter().all(|(_, object)| object["kind"] != "NetworkPolicy"), "the brokers are not ours");
    let product = keda.iter().find(|(path, _)| path.ends_with("product.yaml")).expect("product is scaled");
    let trigger = &product.1["spec"]["triggers"][0]["metadata"];
    assert_eq!(trigger["bootstrapServers"], "a.example:9092,b.example:9093");
    assert_eq!(trigger["consumerGroup"], "test.order.product");
    assert_eq!(trigger["topic"], "test.order-created");
    // One that asks for a user would ask the scaler, too.
    assert!(!paths(&generated(&case())).iter().any(|path| path.contains("keda")));
}

/// Every variable of the manifests and of compose is one that a service reads, or that the file names.
#[test]
fn every_variable_has_a_reader() {
    let sources = ["runtime/src/config.rs", "runtime/src/config/security.rs", "runtime/src/config/otel.rs"];
    let help: String = sources.iter().map(|path| repository(path)).collect();
    let known =
        |name: &str| help.split(|it: char| !it.is_ascii_alphanumeric() && it != '_').any(|word| word == name);
    let files = generated(&case());
    let compose: Value =
        serde_yaml::from_str(files.get(Path::new("compose.yaml")).expect("a file")).expect("YAML");
    let mut seen = 0;
    for service in ["desk", "mailer"] {
        let config = variables(&files, service);
        let environment = &compose["services"][service]["environment"];
        for name in
            [&config, environment].into_iter().flat_map(|it| it.as_mapping().expect("variables").keys())
        {
            let name = text(name);
            assert!(known(&name) || name.starts_with("GATEWAY_"), "{service} does not read {name}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

/// Whatever a variable says is a file is mounted there, from an object that the file names.
#[test]
fn every_file_that_is_named_is_mounted() {
    let files = generated(&case());
    for (service, deployment) in of_kind(&files, "Deployment") {
        let pod = &pods(&deployment)["spec"];
        let container = &pod["containers"][0];
        let mut mounted = BTreeSet::new();
        for mount in list(&container["volumeMounts"]) {
            let volume = list(&pod["volumes"]).find(|it| it["name"] == mount["name"]).expect("a volume");
            let sources = list(&volume["projected"]["sources"]);
            let items = sources.flat_map(|source| {
                list(&source["secret"]["items"]).chain(list(&source["configMap"]["items"]))
            });
            let items = items.chain(list(&volume["secret"]["items"]));
            mounted.extend(items.map(|it| format!("{}/{}", text(&mount["mountPath"]), text(&it["path"]))));
        }
        let data = variables(&files, &service);
        let named = data.as_mapping().expect("variables").values().map(text);
        let named: BTreeSet<String> = named.filter(|value| value.starts_with("/run/secrets/")).collect();
        assert!(named.len() >= 6, "{service}: {named:?}");
        assert_eq!(named, mounted, "{service}");
    }
}

#[test]
fn a_secret_is_only_named() {
    let files = generated(&case());
    let deployment = &of_kind(&files, "Deployment")["mailer"];
    let container = &pods(deployment)["spec"]["containers"][0];
    let token = list(&container["env"]).find(|it| it["name"] == "GATEWAY_TOKEN").expect("a variable");
    assert_eq!(token["valueFrom"]["secretKeyRef"]["name"], "mail-gateway");
    assert_eq!(token["valueFrom"]["secretKeyRef"]["key"], "token");
    let region = list(&container["env"]).find(|it| it["name"] == "GATEWAY_REGION").expect("a variable");
    assert_eq!(region["valueFrom"]["configMapKeyRef"]["name"], "mail-gateway");
    let data = variables(&files, "mailer");
    assert_eq!(data["GATEWAY_URL"], "https://mail.example/v1?price=5$");
    assert_eq!(data["RUST_LOG"], "info", "what the file says replaces the default");
    let desk = &of_kind(&files, "Deployment")["desk"];
    let volumes = &pods(desk)["spec"]["volumes"];
    let database = list(volumes).find(|it| it["name"] == "database").expect("a volume");
    assert_eq!(database["secret"]["secretName"], "desk-app");
    assert_eq!(database["secret"]["items"][0]["key"], "uri");
    assert_eq!(pods(desk)["spec"]["imagePullSecrets"][0]["name"], "registry");
    let compose = files.get(Path::new("compose.yaml")).expect("a file");
    assert!(compose.contains("https://mail.example/v1?price=5$$"), "compose reads `$` as its own");
    assert!(compose.contains("${MAILER_GATEWAY_TOKEN:?"), "{compose}");
}

/// The peers and ports of a service's rules, as JSON.
fn opened(files: &FileSet, service: &str) -> Vec<String> {
    let policy = &of_kind(files, "NetworkPolicy")[service];
    list(&policy["spec"]["egress"])
        .map(|rule| {
            let ports: Vec<String> = list(&rule["ports"])
                .filter_map(|port| port["port"].as_u64())
                .map(|it| it.to_string())
                .collect();
            let peers: Vec<String> = list(&rule["to"])
                .map(|peer| {
                    let namespace = &peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"];
                    let app = &peer["podSelector"]["matchLabels"]["app"];
                    let named =
                        [app, namespace, &peer["ipBlock"]["cidr"]].into_iter().find(|it| it.is_string());
                    named.map_or_else(|| "beside".to_owned(), text)
                })
                .collect();
            format!("{} {}", peers.join("|"), ports.join("|")).trim().to_owned()
        })
        .collect()
}

#[test]
fn a_gateway_is_opened_in_the_policy_of_its_service_alone() {
    let files = generated(&case());
    let brokers = "10.20.0.0/16|10.21.0.0/16 9096";
    assert_eq!(opened(&files, "desk"), [brokers, "databases 5432", "monitoring 4318"]);
    let outside = ["443", "203.0.113.0/24 8443", "beside 25"];
    assert_eq!(opened(&files, "mailer"), [&[brokers, "databases 5432"][..], &outside].concat());
    assert_eq!(of_kind(&files, "NetworkPolicy").len(), 4, "default-deny, dns-egress and one a service");
    let ours = generated(&shipped().replacen(
        "    port: 8084\n",
        "    port: 8084\n    deploy: { egress: courier.example:443 }\n",
        1,
    ));
    assert_eq!(opened(&ours, "delivery"), ["kafka 9092", "postgres 5432", "443"]);
    assert_eq!(opened(&ours, "order"), ["kafka 9092", "postgres 5432"]);
}

#[test]
fn images_come_from_the_registry_with_what_the_servers_ask_for() {
    let image = |files: &FileSet, service: &str| {
        text(&pods(&of_kind(files, "Deployment")[service])["spec"]["containers"][0]["image"])
    };
    let files = generated(&case());
    assert_eq!(image(&files, "desk"), "registry.example:5000/helpdesk/desk:0.1.0");
    let features = |files: &FileSet| {
        let dockerfile = files.get(Path::new("Dockerfile")).expect("a file").to_owned();
        dockerfile
            .lines()
            .find_map(|line| line.strip_prefix("ARG FEATURES=").map(str::to_owned))
            .expect("features")
    };
    assert_eq!(features(&files), "\"saga-runtime/tls,saga-runtime/otlp\"");
    assert_eq!(features(&generated(&shipped())), "\"\"");
    assert_eq!(features(&deployed("{ kafka: { external: k:9092, sasl: PLAIN } }")), "\"saga-runtime/tls\"");
    assert_eq!(features(&deployed("{ kafka: { external: k:9092 } }")), "\"\"");
}

#[test]
fn what_is_switched_off_is_not_generated() {
    let without = |lines: &str| {
        let files = deployed(lines);
        [
            "k8s/namespace.yaml",
            "k8s-overlays/prod/kustomization.yaml",
            "k8s-images/kustomization.yaml",
            "compose.yaml",
        ]
        .map(|path| paths(&files).contains(path))
    };
    assert_eq!(without("{ k8s: false }"), [false, false, false, true]);
    assert_eq!(without("{ compose: false }"), [true, true, true, false]);
    assert!(paths(&deployed("{ k8s: false, compose: false }")).contains("Dockerfile"));
}
