//! Helps that are a concrete text to write: a mutant is repaired by them, one
//! finding after the other, and must then be clean and end as the file did that it
//! was made of.

use saga_cli::diagnostic::{Code, Diagnostic};
use serde_yaml::Value;

use crate::mutate::{Place, find_step, map, set, step_of, text, yaml};

/// What a help says to write, if it says one thing.
pub(crate) enum Edit {
    /// `on: …, entity: …, to: …` below `subscriptions` of a service.
    Subscribe { service: String, step: String },
    /// A key of a step.
    Set { step: String, key: &'static str, value: String },
    /// One message of a step in place of another of its event.
    Need { step: String, message: String },
    /// The whole event in place of one of its variants.
    Emit { step: String, event: String },
    /// One more event that closes a step.
    Unless { step: String, message: String },
    /// An entry of `compensations`, and the command that nothing needs any more.
    Compensate { step: String, by: String, unused: Option<String> },
}

impl Edit {
    /// Reads a help. The forms are those of `prove/report` and of `check/findings`.
    pub(crate) fn of(found: &Diagnostic, help: &str) -> Option<Self> {
        let quoted: Vec<String> = help.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let [first, rest @ ..] = quoted.as_slice() else { return None };
        let first = first.clone();
        let form = |begins: &str, has: &str| help.starts_with(begins) && help.contains(has);
        if form("add a subscription to", "`on: ") {
            return Some(Self::Subscribe { service: first, step: rest.first()?.clone() });
        }
        if form("give `", "` a `deadline: ") {
            let value = rest.first()?.strip_prefix("deadline: ")?.to_owned();
            return Some(Self::Set { step: first, key: "deadline", value });
        }
        if form("`", "let it need the whole event") {
            return Some(Self::Need { step: first, message: rest.get(1)?.clone() });
        }
        if found.code == Code::CannotFail && form("write `", "") {
            let step = found.message.split('`').nth(3)?.to_owned();
            return Some(Self::Need { step, message: first });
        }
        if form("write `", "` without a command") {
            let (step, by) = first.split_once(": ")?;
            let unused = help.contains("remove `").then(|| rest.first().cloned()).flatten();
            return Some(Self::Compensate { step: step.to_owned(), by: by.to_owned(), unused });
        }
        if form("let `", "` emit the whole event") {
            return Some(Self::Emit { step: first, event: rest.first()?.clone() });
        }
        if form("let `", "` need the whole event") {
            return Some(Self::Need { step: first, message: rest.first()?.clone() });
        }
        if form("`", "arrives instead: name it under `unless`") {
            return Some(Self::Unless { step: rest.get(1)?.clone(), message: first });
        }
        if form("add `", "under `compensations`") && !help.contains("command") {
            let (step, by) = first.split_once(": ")?;
            return Some(Self::Compensate { step: step.to_owned(), by: by.to_owned(), unused: None });
        }
        None
    }

    /// Writes it into a file.
    pub(crate) fn apply(&self, spec: &mut Value) {
        match self {
            Self::Subscribe { service, step } => {
                let service = &mut spec["services"][service];
                if service.get("subscriptions").is_none() {
                    set(service, "subscriptions", yaml("{}"));
                }
                let name = format!("repaired-{}", map(&service["subscriptions"]).count());
                set(&mut service["subscriptions"], &name, yaml(&format!("{{ {step} }}")));
            }
            Self::Set { step, key, value } => {
                set(step_of(spec, &place(spec, step)), key, Value::String(value.clone()));
            }
            Self::Need { step, message } => {
                let event = message.split('.').next().unwrap_or_default();
                let place = place(spec, step);
                let step = step_of(spec, &place);
                let mut needs = crate::mutate::list(step, "on");
                for need in needs.iter_mut().filter(|need| need.split('.').next() == Some(event)) {
                    need.clone_from(message);
                }
                set(step, "on", crate::mutate::sequence(&needs));
            }
            Self::Emit { step, event } => {
                let step = step_of(spec, &place(spec, step));
                let mut emitted = crate::mutate::list(step, "emits");
                for name in emitted.iter_mut().filter(|name| name.split('.').next() == Some(event)) {
                    name.clone_from(event);
                }
                set(step, "emits", crate::mutate::sequence(&emitted));
            }
            Self::Unless { step, message } => {
                let place = place(spec, step);
                let step = step_of(spec, &place);
                let mut unless = crate::mutate::list(step, "unless");
                unless.push(message.clone());
                set(step, "unless", crate::mutate::sequence(&unless));
            }
            Self::Compensate { step, by, unused } => {
                unused.iter().for_each(|command| set(&mut spec["events"], command, Value::Null));
                if spec.get("compensations").is_none() {
                    set(spec, "compensations", yaml("{}"));
                }
                set(&mut spec["compensations"], step, Value::String(by.clone()));
            }
        }
    }
}

fn place(spec: &Value, step: &str) -> Place {
    find_step(spec, step).unwrap_or_else(|| panic!("there is no step `{step}` in {}", text(&spec["saga"])))
}
