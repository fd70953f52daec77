//! What `generate` says about systems that run: what a changed flow means to the messages and rows they
//! have.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::sync::Plan;

/// The steps of a service, each with the messages that start it.
type Steps = BTreeMap<String, BTreeSet<String>>;

/// Where it is explained.
const SEE: &str = "see docs/operating.md, \"Changing a saga that runs\"";

/// Compares the services below `root`, as they were generated last, with those of `plan`, which is not
/// applied yet. Nothing is said of a first generation.
pub(super) fn notes(plan: &Plan, root: &Path) -> String {
    let on_disk = |path: &Path| std::fs::read_to_string(root.join(path)).ok();
    let mut notes = Vec::new();
    for write in &plan.update {
        if let (Some(service), Some(text)) = (service(&write.path), on_disk(&write.path)) {
            notes.extend(changed(service, &text, &write.content));
        }
    }
    let others = plan.update.iter().any(|write| service(&write.path).is_some());
    for write in plan.create.iter().filter(|_| others) {
        if let Some(service) = service(&write.path) {
            let read: BTreeSet<String> = steps(&write.content).into_values().flatten().collect();
            if !read.is_empty() {
                notes.push(format!(
                    "the service `{service}` is new and reads {}: {}",
                    list(&read),
                    asks(service)
                ));
            }
        }
    }
    for path in &plan.delete {
        if let Some(service) = service(path) {
            notes.push(format!(
                "the service `{service}` is gone: before you remove it, let it read what was published for it \
                 (`{service} ops offsets`), and publish what it has stored"
            ));
        }
    }
    if notes.is_empty() {
        return String::new();
    }
    let lines: String = notes.iter().map(|note| format!("  - {note}\n")).collect();
    format!("the flow changed; if this saga already runs somewhere ({SEE}):\n{lines}")
}

/// The service whose wiring is at `path`.
fn service(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix("generated/")?.strip_suffix("/src/lib.rs").filter(|name| *name != "contracts")
}

fn changed(service: &str, before: &str, now: &str) -> Vec<String> {
    // A version that did not list its steps says nothing.
    if !before.contains(STEPS) && !before.contains("const CONSUMES: &'static [&'static str] = &[];") {
        return Vec::new();
    }
    let (before, now) = (steps(before), steps(now));
    let had: BTreeSet<&String> = before.values().flatten().collect();
    let mut notes = Vec::new();
    for (step, on) in &now {
        let new: BTreeSet<String> = on.iter().filter(|event| !had.contains(event)).cloned().collect();
        match before.get(step) {
            Some(was) if was == on => {}
            Some(was) => notes.push(format!(
                "`{step}` of `{service}` is started by {}, and was by {}: stop every instance of `{service}` before \
                 the new version starts. The step does not run again for instances for which it has run",
                list(on),
                list(was)
            )),
            None if new.is_empty() => notes.push(format!(
                "`{step}` of `{service}` is new: instances whose {} was read before do not reach it",
                list(on)
            )),
            None => notes.push(format!("`{step}` of `{service}` is new and reads {}: {}", list(&new), asks(service))),
        }
    }
    for step in before.keys().filter(|step| !now.contains_key(*step)) {
        notes.push(format!(
            "`{step}` of `{service}` is gone: if instances wait in it, or it has another name now, the service does \
             not start before `{service} ops adopt-step` or `drop-step` says what becomes of them"
        ));
    }
    notes
}

fn asks(service: &str) -> String {
    format!(
        "if messages were published there before, the service does not start until `{service} --history skip` or \
         `--history handle` says what becomes of them"
    )
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What the list of steps begins with in generated code.
const STEPS: &str = "const STEPS:";

/// The steps that generated code lists.
fn steps(text: &str) -> Steps {
    let mut steps = Steps::new();
    let Some((_, list)) = text.split_once(STEPS) else { return steps };
    let list = list.split_once('=').map_or("", |(_, list)| list);
    let list = list.split_once(';').map_or("", |(list, _)| list);
    let mut current = None;
    for word in list.split(|c: char| "()[]&, \n".contains(c)) {
        if let Some(step) = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')) {
            current = Some(steps.entry(step.to_owned()).or_default());
        } else if let (Some(on), Some(event)) = (&mut current, word.strip_suffix("::TOPIC")) {
            on.insert(event.to_owned());
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::sync::Write;

    fn wiring(steps: &str) -> String {
        format!(
            "const CONSUMES: x = y;\nconst STEPS: &'static [(&'static str, &'static [&'static str])] = &[{steps}];\n"
        )
    }

    fn write(service: &str, steps: &str) -> Write {
        Write { path: PathBuf::from(format!("generated/{service}/src/lib.rs")), content: wiring(steps) }
    }

    #[test]
    fn a_step_moved_behind_a_new_service_is_said() {
        let root = std::env::temp_dir().join(format!("saga-history-{}", std::process::id()));
        let product = root.join("generated/product/src");
        std::fs::create_dir_all(&product).expect("a temporary folder");
        let before = r#"("take", &[Ordered::TOPIC]), ("put", &[Undo::TOPIC])"#;
        std::fs::write(product.join("lib.rs"), wiring(before)).expect("a file");
        let update = write("product", "(\"take\", &[\n    Checked::TOPIC,\n]), (\"put\", &[Undo::TOPIC])");
        let create = write("fraud", r#"("check", &[Ordered::TOPIC])"#);
        let plan = Plan { update: vec![update], create: vec![create.clone()], ..Plan::default() };
        let text = notes(&plan, &root);
        for said in [
            "`take` of `product` is started by Checked, and was by Ordered: stop every instance",
            "the service `fraud` is new and reads Ordered",
            "fraud --history skip",
        ] {
            assert!(text.contains(said), "{said} is not in\n{text}");
        }
        assert!(!text.contains("put"), "{text}");
        let renamed = write("product", r#"("reserve", &[Ordered::TOPIC]), ("put", &[Undo::TOPIC])"#);
        let text = notes(&Plan { update: vec![renamed], ..Plan::default() }, &root);
        assert!(
            text.contains("`take` of `product` is gone") && text.contains("`reserve` of `product` is new")
        );
        let same = Plan { update: vec![write("product", before)], ..Plan::default() };
        assert_eq!(notes(&same, &root), "");
        let first = Plan { create: vec![create], ..Plan::default() };
        assert_eq!(notes(&first, &root), "", "there is nothing yet that could run");
        std::fs::remove_dir_all(&root).expect("the folder goes again");
    }
}
