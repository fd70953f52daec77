//! What no scanner knows of the manifests: that they say what the specification
//! and the services say.

mod policies;
mod servers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use saga_cli::files::FileSet;
use serde::Deserialize as _;
use serde_yaml::Value;

use crate::support::{generated, shipped};

/// The objects of a file set below a folder, by the file they stand in.
pub(crate) fn objects(files: &FileSet, folder: &str) -> Vec<(String, Value)> {
    let yaml = files.current().filter(|(path, _)| {
        path.starts_with(folder) && path.extension().is_some_and(|extension| extension == "yaml")
    });
    let documents = yaml.flat_map(|(path, text)| {
        let read = |document| Value::deserialize(document).expect("YAML");
        serde_yaml::Deserializer::from_str(text).map(move |it| (path.display().to_string(), read(it)))
    });
    documents.collect()
}

/// The objects of a kind below `k8s`, by name.
fn of_kind(files: &FileSet, kind: &str) -> BTreeMap<String, Value> {
    let found = objects(files, "k8s").into_iter().filter(|(_, object)| object["kind"] == kind);
    found.map(|(_, object)| (text(&object["metadata"]["name"]), object)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_sequence().into_iter().flatten()
}

/// The shipped example, and two sagas that say what it leaves out.
fn sagas() -> Vec<(String, FileSet)> {
    let texts = [shipped(), with_deploy(), fifty()];
    texts.into_iter().map(|text| (text.clone(), generated(&text))).collect()
}

fn repository(path: &str) -> String {
    let path = crate::support::repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn with_deploy() -> String {
    let event = "  OrderCreated:\n    partitions: 12\n    retention: 3d\n    topic: Orders_Created\n";
    let deploy = "  delivery:\n    deploy: { image: registry.example/delivery:2.0.1, replicas: 3 }\n";
    let request = "    requests:\n      get-delivery: { http: GET /deliveries/:id, reads: Delivery }\n";
    let shipped = shipped();
    assert!(shipped.contains(request), "the example has changed");
    shipped.replace("  OrderCreated:\n", event).replace("  delivery:\n", deploy).replace(request, "")
}

/// A saga in which fifty services hear of one thing.
fn fifty() -> String {
    let mut text = String::from(
        "saga: wide\ncorrelation: startId\nevents:\n  Started: { fields: { startId: i64 } }\nservices:\n  start:\n    \
         entities:\n      Start: { key: i64, fields: { note: string } }\n    requests:\n      \
         begin: { http: POST /starts, creates: Start, emits: Started }\n",
    );
    for at in 1..50 {
        text.push_str(&format!(
            "  listener-{at}:\n    entities:\n      Heard: {{ key: i64, fields: {{ startId: i64 }} }}\n    \
             subscriptions:\n      hear-{at}: {{ on: Started, creates: Heard }}\n"
        ));
    }
    text
}

/// The services of a file set: the folders below `generated` with a binary.
fn services(files: &FileSet) -> BTreeSet<String> {
    let libraries = files.current().filter_map(|(path, _)| {
        let service = path.to_str()?.strip_prefix("generated/")?.strip_suffix("/src/main.rs")?;
        (service != "local").then(|| service.to_owned())
    });
    libraries.collect()
}

/// The template of the pods that an object makes.
fn pods(object: &Value) -> &Value {
    &object["spec"]["template"]
}

fn workloads(files: &FileSet) -> Vec<Value> {
    let kinds = ["Deployment", "StatefulSet", "Job"];
    kinds.iter().flat_map(|kind| of_kind(files, kind).into_values()).collect()
}

#[test]
fn every_object_says_where_it_belongs() {
    for (text_of_saga, files) in sagas() {
        let namespace = of_kind(&files, "Namespace").into_keys().next().expect("a namespace");
        let enforced = &of_kind(&files, "Namespace")[&namespace]["metadata"]["labels"];
        assert_eq!(enforced["pod-security.kubernetes.io/enforce"], "restricted");
        for (path, object) in objects(&files, "k8s").into_iter().chain(objects(&files, "k8s-overlays")) {
            let kind = text(&object["kind"]);
            if ["Namespace", "Kustomization", "Component"].contains(&kind.as_str()) {
                continue;
            }
            assert_eq!(object["metadata"]["namespace"], namespace.as_str(), "{path}\n{text_of_saga}");
            assert!(object["metadata"]["name"].is_string(), "{path}");
            assert_ne!(kind, "Secret", "{path}");
        }
    }
}

/// A client of PostgreSQL that is not told a user looks the own UID up, and ours
/// has no entry in the image: it gives up before it asks the server.
#[test]
fn every_probe_of_the_database_names_a_user() {
    for (_, files) in sagas() {
        let database = &of_kind(&files, "StatefulSet")["postgres"];
        let container = &pods(database)["spec"]["containers"][0];
        for probe in ["startupProbe", "readinessProbe"] {
            let command: Vec<String> = list(&container[probe]["exec"]["command"]).map(text).collect();
            assert_eq!(command[0], "pg_isready", "{probe}");
            assert!(command.contains(&"--username=postgres".to_owned()), "{probe}: {command:?}");
        }
    }
}

#[test]
fn every_file_is_listed_and_no_folder_has_a_list_of_its_own() {
    for (_, files) in sagas() {
        let list_of_all =
            objects(&files, "k8s").into_iter().find(|(_, object)| object["kind"] == "Kustomization");
        let (path, kustomization) = list_of_all.expect("a list");
        assert_eq!(path, "k8s/kustomization.yaml");
        let listed: BTreeSet<String> =
            list(&kustomization["resources"]).map(|it| format!("k8s/{}", text(it))).collect();
        let there: BTreeSet<String> = files
            .current()
            .filter_map(|(path, _)| path.to_str().filter(|path| path.starts_with("k8s/")).map(str::to_owned))
            .filter(|path| path != "k8s/kustomization.yaml")
            .collect();
        assert_eq!(listed, there);
        let one = files
            .current()
            .filter(|(path, _)| path.starts_with("k8s") && path.ends_with("kustomization.yaml"));
        assert_eq!(one.count(), 1, "`kubectl apply -f` of a folder would take it for an object");
    }
}

#[test]
fn overlays_name_files_that_are_there() {
    for (_, files) in sagas() {
        let all: BTreeSet<String> =
            files.current().chain(files.once()).map(|(path, _)| path.display().to_string()).collect();
        for (path, object) in objects(&files, "k8s-overlays") {
            let folder = Path::new(&path).parent().expect("a folder");
            let patches = list(&object["patches"]).map(|patch| &patch["path"]);
            let named = list(&object["resources"]).chain(list(&object["components"])).chain(patches);
            for name in named.filter(|name| name.is_string()) {
                let target = normalised(&folder.join(text(name)));
                let is_there = all.contains(&target) || all.contains(&format!("{target}/kustomization.yaml"));
                assert!(is_there, "{path} names {target}");
            }
        }
    }
}

fn normalised(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.iter().map(|part| part.to_string_lossy().into_owned()) {
        if part == ".." { _ = parts.pop() } else { parts.push(part) }
    }
    parts.join("/")
}

#[test]
fn selectors_find_what_is_there() {
    for (_, files) in sagas() {
        let apps: BTreeSet<String> =
            workloads(&files).iter().map(|it| text(&pods(it)["metadata"]["labels"]["app"])).collect();
        for service in of_kind(&files, "Service").values() {
            let app = text(&service["spec"]["selector"]["app"]);
            assert!(apps.contains(&app), "{app}");
        }
        for kind in ["PodDisruptionBudget", "Deployment", "StatefulSet"] {
            for (name, object) in of_kind(&files, kind) {
                assert_eq!(object["spec"]["selector"]["matchLabels"]["app"], name.as_str(), "{kind}");
            }
        }
        let accounts = of_kind(&files, "ServiceAccount");
        assert!(accounts.values().all(|account| account["automountServiceAccountToken"] == false));
        for object in workloads(&files) {
            let pod = &pods(&object)["spec"];
            assert!(accounts.contains_key(&text(&pod["serviceAccountName"])));
            assert_eq!(pod["enableServiceLinks"], false);
            assert_eq!(pod["automountServiceAccountToken"], false);
        }
    }
}

#[test]
fn a_service_finds_the_environment_that_its_binary_reads() {
    let config = repository("runtime/src/config.rs");
    let help =
        config.split_once("const VARIABLES").and_then(|(_, rest)| rest.split_once("\";")).expect("help").0;
    for (_, files) in sagas() {
        let (maps, deployments) = (of_kind(&files, "ConfigMap"), of_kind(&files, "Deployment"));
        for service in services(&files) {
            let data = maps[&service]["data"].as_mapping().expect("variables");
            for name in data.keys().map(text) {
                assert!(help.contains(&format!("\n  {name} ")), "no service reads {name}");
            }
            let library =
                files.get(Path::new(&format!("generated/{service}/src/lib.rs"))).expect("a library");
            let port = text(&data["PORT"]);
            assert!(library.contains(&format!("const PORT: u16 = {port};")), "{service} is not on {port}");
            let container = &pods(&deployments[&service])["spec"]["containers"][0];
            assert_eq!(container["ports"][0]["containerPort"].as_u64(), port.parse().ok());
            assert_eq!(container["envFrom"][0]["configMapRef"]["name"], service.as_str());
            let of_service = &of_kind(&files, "Service")[&service]["spec"]["ports"][0];
            assert_eq!(of_service["port"].as_u64(), port.parse().ok());
            assert_eq!(of_service["targetPort"], container["ports"][0]["name"]);
            let file = text(&data["DATABASE_URL_FILE"]);
            let mount =
                list(&container["volumeMounts"]).find(|it| it["name"] == "database").expect("a mount");
            assert_eq!(file, format!("{}/url", text(&mount["mountPath"])));
        }
    }
}

#[test]
fn every_topic_is_made_with_what_the_specification_says_of_it() {
    for (text_of_saga, files) in sagas() {
        let jobs = of_kind(&files, "Job");
        let (_, job) = jobs.iter().find(|(name, _)| name.starts_with("kafka-topics-")).expect("a job");
        let script = text(&pods(job)["spec"]["containers"][0]["command"][2]);
        let made: BTreeSet<String> =
            script.lines().filter_map(|line| line.strip_prefix("topic ")).map(str::to_owned).collect();
        let of_operator = objects(&files, "k8s-overlays/components/strimzi");
        let topics = of_operator.iter().map(|(_, it)| it).filter(|it| it["kind"] == "KafkaTopic");
        let declared: BTreeSet<String> = topics
            .map(|topic| {
                let spec = &topic["spec"];
                let number = |value: &Value| value.as_u64().expect("a number");
                let retention = number(&spec["config"]["retention.ms"]);
                format!("{} {} {retention}", text(&spec["topicName"]), number(&spec["partitions"]))
            })
            .collect();
        assert_eq!(made, declared);
        let events = files.get(Path::new("generated/contracts/src/events.rs")).expect("events");
        let names =
            events.lines().filter_map(|line| line.trim().strip_prefix("const TOPIC: &'static str = \""));
        let names: BTreeSet<&str> = names.map(|rest| rest.trim_end_matches("\";")).collect();
        let made_names: BTreeSet<&str> = made.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(made_names, names, "{text_of_saga}");
    }
    let files = generated(&with_deploy());
    let made = files.current().find(|(path, _)| path.ends_with("kafka/topics.yaml")).expect("a job").1;
    assert!(made.contains("topic Orders_Created 12 259200000\n"), "{made}");
    assert!(made.contains("topic product-decreased 6 604800000\n"), "{made}");
}

#[test]
fn the_topic_of_an_external_producer_is_read_and_not_made() {
    let spec = "saga: invoice\ncorrelation: invoiceId\nevents:\n  InvoiceSent: { fields: { invoiceId: i64 } }\n  \
                BankSettled: { external: publishes, topic: bank.settlements, fields: { invoiceId: i64 } }\nservices:\n  \
                invoice:\n    entities: { Invoice: { key: i64, fields: { amount: i64 } } }\n    requests:\n      \
                send-invoice: { http: POST /invoices, creates: Invoice, emits: InvoiceSent }\n  bank:\n    entities: \
                { Entry: { key: i64, fields: { invoiceId: i64 } } }\n    subscriptions:\n      \
                book: { on: [InvoiceSent, BankSettled], creates: Entry }\n";
    let files = generated(spec);
    let manifests =
        files.current().filter(|(path, _)| path.starts_with("k8s") || path.ends_with("topics.yaml"));
    let making =
        manifests.filter(|(path, text)| !path.ends_with("bank.yaml") && text.contains("settlements"));
    assert_eq!(making.count(), 0);
    let wiring = files.get(Path::new("generated/bank/src/lib.rs")).expect("a service");
    assert!(wiring.contains("const EXTERNAL: &'static [&'static str] = &[BankSettled::TOPIC];"), "{wiring}");
}

#[test]
fn a_job_that_does_something_else_has_another_name() {
    let names = |text: &str| of_kind(&generated(text), "Job").into_keys().collect::<Vec<_>>();
    let before = names(&shipped());
    assert_eq!(names(&shipped().replace("price: 2500000", "price: 1")), before);
    let more = names(&shipped().replace("  OrderCreated:\n", "  OrderCreated:\n    partitions: 7\n"));
    assert_ne!(more[0], before[0], "the topics");
    assert_eq!(more[1], before[1], "the databases");
}

#[test]
fn instances_are_scaled_or_fixed_and_never_both() {
    for (text_of_saga, files) in sagas() {
        let scaled = of_kind(&files, "HorizontalPodAutoscaler");
        for (name, deployment) in of_kind(&files, "Deployment") {
            let is_fixed = deployment["spec"]["replicas"].is_u64();
            assert_ne!(scaled.contains_key(&name), is_fixed, "{name} of\n{text_of_saga}");
        }
    }
    let files = generated(&with_deploy());
    let deployment = &of_kind(&files, "Deployment")["delivery"];
    assert_eq!(deployment["spec"]["replicas"], 3);
    assert_eq!(pods(deployment)["spec"]["containers"][0]["image"], "registry.example/delivery:2.0.1");
    // Twelve partitions of what `product` reads can be read by twelve instances.
    assert_eq!(of_kind(&files, "HorizontalPodAutoscaler")["product"]["spec"]["maxReplicas"], 12);
    let keda = objects(&files, "k8s-overlays/components/keda");
    let product =
        keda.iter().find(|(path, _)| path.ends_with("services/product.yaml")).expect("product is scaled");
    assert_eq!(product.1["spec"]["maxReplicaCount"], 12);
    assert_eq!(product.1["spec"]["triggers"][0]["metadata"]["consumerGroup"], "order.product");
}

#[test]
fn a_change_of_the_specification_shows_in_the_manifests() {
    let before = generated(&shipped());
    let differs = |text: &str| -> BTreeSet<String> {
        let after = generated(text);
        let paths = after.current().filter(|(path, content)| before.get(path) != Some(*content));
        let paths = paths.map(|(path, _)| path.display().to_string());
        paths.filter(|path| path.starts_with("k8s/")).collect()
    };
    let port = differs(&shipped().replace("port: 8082", "port: 9082"));
    let of_product = ["configmap", "deployment", "networkpolicy", "service"];
    assert_eq!(port, of_product.iter().map(|it| format!("k8s/product/{it}.yaml")).collect());
    let topic = differs(&shipped().replace("  OrderCreated:\n", "  OrderCreated:\n    topic: orders\n"));
    assert_eq!(topic, BTreeSet::from(["k8s/kafka/topics.yaml".to_owned()]));
    let listener = "  audit:\n    subscriptions:\n      note: { on: OrderCreated, creates: Note }\n    \
                    entities:\n      Note: { key: i32, fields: { orderId: i32 } }\n\ncompensations:";
    let service = differs(&shipped().replace("\ncompensations:", listener));
    for path in ["k8s/audit/deployment.yaml", "k8s/kafka/networkpolicy.yaml", "k8s/postgres/databases.yaml"] {
        assert!(service.contains(path), "{service:?}");
    }
}

#[test]
fn the_broker_is_of_the_version_that_is_tested_with() {
    let pom = repository("codegen/testbed/templates/pom.xml");
    let version =
        pom.split_once("<kafka.version>").and_then(|(_, rest)| rest.split_once('<')).expect("a version").0;
    let files = generated(&shipped());
    let image = text(&pods(&of_kind(&files, "StatefulSet")["kafka"])["spec"]["containers"][0]["image"]);
    assert!(image.starts_with(&format!("apache/kafka:{version}@sha256:")), "{image} is not {version}");
}

#[test]
fn alarms_and_pictures_are_made_of_metrics_that_services_have() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src/metrics");
    let sources = fs::read_dir(folder)
        .expect("the metrics")
        .map(|file| fs::read_to_string(file.expect("a file").path()));
    let source: String = sources.map(|text| text.expect("text")).collect();
    let files = generated(&shipped());
    let mut found = 0;
    for name in ["prometheusrule", "dashboard"] {
        let path = format!("k8s-overlays/components/monitoring/{name}.yaml");
        let content = files.get(Path::new(&path)).expect("the file");
        let words = content.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
        for metric in words.filter_map(|word| word.strip_prefix("saga_")) {
            let base = metric.trim_end_matches("_total").trim_end_matches("_bucket");
            assert!(source.contains(&format!("\"{base}\"")), "no service measures saga_{metric}");
            found += 1;
        }
    }
    assert!(found >= 15, "{found} metrics");
}
