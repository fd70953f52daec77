//! The tour of `docs/tour.md`, as a user takes it: edit saga.yaml, generate, write
//! the functions that the compiler names, run; and all of it back again.
//!
//! And that of `docs/travel.md`, through the outcomes of a trip; and the first minutes of a stranger's own project.
//!
//! The walk is ignored in an ordinary `cargo test`, because it builds the saga
//! several times; `cargo xtask test` runs it.

mod another_saga;
mod bounded;
mod checkout;
mod compiler;
mod outside;
mod packages;
mod running;
mod travel;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

use checkout::Checkout;
use running::{Running, piece};
use testbed::repo;

/// The hand-written crates that the tour adds.
const NEW_HANDLERS: [&str; 4] = [
    "handlers/fraud/Cargo.toml",
    "handlers/fraud/src/lib.rs",
    "handlers/notification/Cargo.toml",
    "handlers/notification/src/lib.rs",
];

/// The pages that show the tour, and which of its edits each has.
const SHOWN: [(&str, &[&str]); 2] = [("docs/tour.md", &["fraud", "notification"]), ("README.md", &["fraud"])];

#[test]
fn the_pages_show_what_is_walked_here() {
    for (page, edits) in SHOWN {
        let page_text = fs::read_to_string(repo::root().join(page)).expect("there is one");
        let edit = |name: String| fs::read_to_string(checkout::edit_path(&name)).expect("an edit");
        for name in edits {
            let handlers = edit(format!("{name}.rs"));
            let (_, decisions) = handlers.split_once("\nimpl ").expect("an implementation");
            assert!(page_text.contains(decisions), "{page} does not show {name}.rs");
            let diff = edit(format!("{name}.diff"));
            let added =
                diff.lines().filter_map(|line| line.strip_prefix('+')).filter(|line| !line.starts_with("++"));
            for line in added {
                assert!(page_text.contains(line), "{page} does not show this line of {name}.diff:\n{line}");
            }
        }
    }
}

#[test]
#[ignore = "builds an edited copy of this repository"]
fn there_and_back() {
    let checkout = Checkout::new();
    add_a_field(&checkout);
    add_a_service_in_the_middle(&checkout);
    add_a_service_that_listens(&checkout);
    remove_the_services(&checkout);
    remove_the_field(&checkout);

    let left: Vec<String> = NEW_HANDLERS.iter().map(|path| format!("?? {path}")).collect();
    assert_eq!(checkout.status(), left);
    bring_a_service_back(&checkout);
}

/// A field is wiring: no line has to be written.
fn add_a_field(checkout: &Checkout) {
    checkout.apply("memo.diff");
    let said = check(checkout, 1);
    assert!(said.of("differs").contains("generated/contracts/src/order.rs"), "{said:?}");
    let said = generate(checkout);
    assert_eq!(said.of("created"), BTreeSet::new());
    assert_eq!(said.of("deleted"), BTreeSet::new());
    checkout.build().expect_none();

    let saga = Running::start(checkout, &["order", "product", "delivery"]);
    let mut order = piece(10_000);
    assert_eq!(saga.order(&order).get("memo"), None);
    order["memo"] = json!("ring twice");
    let ended = saga.order(&order);
    assert_eq!((&ended["status"], &ended["memo"]), (&json!("COMPLETED"), &json!("ring twice")));
    saga.stop();
}

/// The new service has a decision, and that of the one after it is on another
/// event now. These two functions the compiler names, and no others.
fn add_a_service_in_the_middle(checkout: &Checkout) {
    checkout.apply("fraud.diff");
    let said = generate(checkout);
    expect_a_new_service(&said, "fraud");
    let complaints = checkout.build();
    let (fraud, product) = ("handlers/fraud/src/lib.rs", "handlers/product/src/lib.rs");
    assert_eq!(complaints.files(), BTreeSet::from([fraud, product]));
    assert_eq!(complaints.missing(fraud), ["check_fraud"]);
    assert_eq!(complaints.named(product), BTreeSet::from(["decrease_product"]));

    checkout.write("fraud.rs", fraud);
    checkout.apply("product.diff");
    checkout.build().expect_none();
    checkout.run_cargo(&["test", "--package", "product-handlers"]).expect_success();

    let saga = Running::start(checkout, &["order", "product", "fraud", "delivery"]);
    assert_eq!(saga.order(&piece(10_000))["status"], "COMPLETED");
    assert_eq!(saga.order(&piece(10_000_001))["status"], "CANCELLED");
    assert_eq!(saga.get("product", "/products/1")["quantity"], 9);
    saga.stop();
}

/// A service that keeps rows of its own, filled with what its handlers return.
fn add_a_service_that_listens(checkout: &Checkout) {
    checkout.apply("notification.diff");
    let said = generate(checkout);
    expect_a_new_service(&said, "notification");
    let complaints = checkout.build();
    let handlers = "handlers/notification/src/lib.rs";
    assert_eq!(complaints.files(), BTreeSet::from([handlers]));
    assert_eq!(complaints.missing(handlers), ["notify_completed", "notify_cancelled"]);

    checkout.write("notification.rs", handlers);
    checkout.build().expect_none();
    check(checkout, 0);
    checkout.run_cargo(&["fmt", "--all", "--check"]).expect_success();

    let saga = Running::start(checkout, &["order", "product", "fraud", "delivery", "notification"]);
    assert_eq!(saga.order(&piece(10_000))["status"], "COMPLETED");
    assert_eq!(saga.order(&piece(10_000_001))["status"], "CANCELLED");
    let notices = saga.wait_for("both notices", || {
        let notices = saga.get("notification", "/notices");
        (notices.as_array()?.len() == 2).then_some(notices)
    });
    let expected = json!([
        { "id": 1, "orderId": 1, "text": "Order 1 is on its way." },
        { "id": 2, "orderId": 2, "text": "Order 2 was cancelled." },
    ]);
    assert_eq!(notices, expected);
    saga.stop();
}

/// What was generated goes; what was written by hand stays, and is named. The
/// compiler leads back, too.
fn remove_the_services(checkout: &Checkout) {
    checkout.revert("notification.diff");
    checkout.revert("fraud.diff");
    let said = check(checkout, 1);
    assert!(said.of("orphaned").contains("generated/fraud/src/lib.rs"), "{said:?}");
    let said = generate(checkout);
    for service in ["fraud", "notification"] {
        assert!(said.of("deleted").contains(&*format!("generated/{service}/Cargo.toml")), "{said:?}");
        assert!(said.names(&format!("handlers/{service}")), "{said:?}");
        assert!(!checkout.path(&format!("generated/{service}")).exists());
    }
    let complaints = checkout.build();
    let product = "handlers/product/src/lib.rs";
    assert_eq!(complaints.files(), BTreeSet::from([product]));
    assert!(complaints.named(product).iter().any(|name| name.contains("FraudChecked")), "{complaints:#?}");

    checkout.revert("product.diff");
}

fn remove_the_field(checkout: &Checkout) {
    checkout.revert("memo.diff");
    generate(checkout);
    checkout.build().expect_none();
    check(checkout, 0);
}

/// Handlers that stayed are taken up again as they are.
fn bring_a_service_back(checkout: &Checkout) {
    checkout.apply("fraud.diff");
    let said = generate(checkout);
    assert!(!said.of("created").iter().any(|path| path.starts_with("handlers/")), "{said:?}");
    let handlers = fs::read_to_string(checkout.path("handlers/fraud/src/lib.rs")).expect("it is there");
    assert!(handlers.contains("too much for one order"));
    checkout.revert("fraud.diff");
    generate(checkout);
}

#[test]
#[ignore = "builds the generator in a copy of this repository"]
fn whatever_happens_to_generated_files_is_seen_and_mended() {
    let checkout = Checkout::new();
    check(&checkout, 0);
    let file = "generated/order/src/lib.rs";
    let content = fs::read_to_string(checkout.path(file)).expect("it is generated");
    let write =
        |path: &str, content: &str| fs::write(checkout.path(path), content).expect("a file is written");
    let remove = |path: &str| fs::remove_file(checkout.path(path)).expect("a file is deleted");

    write(file, &format!("{content}// edited\n"));
    repairs(&checkout, "differs", file);

    for file in [file, "generated/order/Cargo.toml"] {
        remove(file);
        repairs(&checkout, "missing", file);
    }

    let extra = "generated/order/src/extra.rs";
    write(extra, &content);
    repairs(&checkout, "orphaned", extra);

    write(extra, &content);
    checkout.commit();
    repairs_to(&checkout, "orphaned", extra, &[" D generated/order/src/extra.rs"]);
    checkout.commit();

    // The generator is built and run all the same, without half the workspace.
    fs::remove_dir_all(checkout.path("generated")).expect("the folder is deleted");
    repairs(&checkout, "missing", "generated/contracts/Cargo.toml");

    // Files that the generator did not write are never deleted: it is seen, and it is for a
    // person to take it away.
    write(extra, "// by hand\n");
    assert!(check(&checkout, 1).of("not ours").contains(extra));
    assert_eq!(checkout.run_cargo(&["saga", "generate"]).status.code(), Some(1));
    assert!(check(&checkout, 1).of("not ours").contains(extra));
    remove(extra);
    check(&checkout, 0);
}

/// `--check` names a path, `generate` repairs it, and the copy is clean again.
fn repairs(checkout: &Checkout, what: &str, path: &str) {
    repairs_to(checkout, what, path, &[]);
}

fn repairs_to(checkout: &Checkout, what: &str, path: &str, status: &[&str]) {
    let said = check(checkout, 1);
    assert!(said.of(what).contains(path), "{said:?}");
    assert!(said.names("cargo saga generate"), "{said:?}");
    generate(checkout);
    check(checkout, 0);
    assert_eq!(checkout.status(), status);
}

/// What the generator said.
#[derive(Debug)]
struct Said(String);

impl Said {
    /// The paths on lines that begin with a word.
    fn of(&self, what: &str) -> BTreeSet<&str> {
        let lines = self.0.lines().filter_map(|line| line.strip_prefix(what));
        lines.filter(|rest| rest.starts_with(' ')).map(str::trim).collect()
    }

    fn names(&self, text: &str) -> bool {
        self.0.contains(text)
    }
}

fn generate(checkout: &Checkout) -> Said {
    Said(checkout.run_cargo(&["saga", "generate"]).expect_success())
}

/// `generate --check` ends with this code.
fn check(checkout: &Checkout, code: i32) -> Said {
    let done = checkout.run_cargo(&["saga", "generate", "--check"]);
    assert_eq!(done.status.code(), Some(code), "{done:#?}");
    Said(done.stdout)
}

/// Everything of a service is there, and nothing of the other services is new.
fn expect_a_new_service(said: &Said, service: &str) {
    let created = said.of("created");
    for path in ["generated/{}/src/lib.rs", "handlers/{}/Cargo.toml", "handlers/{}/src/lib.rs"] {
        assert!(created.contains(&*path.replace("{}", service)), "{said:?}");
    }
    // The service has brought an event.
    for path in created.into_iter().filter(|path| !path.starts_with("generated/contracts/schemas/")) {
        let names = |part: &std::ffi::OsStr| part.to_string_lossy().split('.').next() == Some(service);
        assert!(Path::new(path).iter().any(names), "{path} is not of {service}");
    }
}
