//! Every single mutation of a specification, applied to its parsed YAML.

use serde_yaml::{Mapping, Value};

use crate::kind::Kind;

/// A specification with one thing changed.
pub(crate) struct Mutant {
    pub kind: Kind,
    /// What was changed, unique in its file.
    pub name: String,
    pub text: String,
}

/// All mutants of a specification.
pub(crate) fn mutants(text: &str) -> Vec<Mutant> {
    let spec: Value = serde_yaml::from_str(text).expect("an accepted file is YAML");
    let mut made = Made { spec, mutants: Vec::new() };
    made.compensations();
    for step in steps(&made.spec) {
        made.drop_step(&step);
        made.needs(&step);
        made.variants(&step);
        made.closers(&step);
        made.moves(&step);
    }
    made.statuses();
    made.failing_variants();
    made.leaves();
    made.mutants
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    service: String,
    section: &'static str,
    name: String,
}

fn steps(spec: &Value) -> Vec<Place> {
    let mut steps = Vec::new();
    for (service, body) in map(&spec["services"]) {
        for section in ["requests", "subscriptions"] {
            for (name, step) in body.get(section).map(map).into_iter().flatten() {
                if step.get("reads").is_none() {
                    steps.push(Place { service: text(service), section, name: text(name) });
                }
            }
        }
    }
    steps
}

/// The step of that name.
pub(crate) fn find_step(spec: &Value, name: &str) -> Option<Place> {
    steps(spec).into_iter().find(|place| place.name == name)
}

struct Made {
    spec: Value,
    mutants: Vec<Mutant>,
}

impl Made {
    fn add(&mut self, kind: Kind, name: impl Into<String>, edit: impl FnOnce(&mut Value)) {
        let mut spec = self.spec.clone();
        edit(&mut spec);
        assert_ne!(spec, self.spec, "a mutation changes something");
        let text = serde_yaml::to_string(&spec).expect("a value is YAML");
        self.mutants.push(Mutant { kind, name: name.into(), text });
    }

    fn step(&self, place: &Place) -> Value {
        self.spec["services"][&place.service][place.section][&place.name].clone()
    }

    /// Changes one key of a step; null removes it.
    fn set(&mut self, kind: Kind, name: String, place: &Place, key: &str, to: Value) {
        self.add(kind, name, |spec| set(step_of(spec, place), key, to));
    }

    fn compensations(&mut self) {
        for (step, how) in entries(&self.spec, "compensations") {
            let name = format!("without `{step}` under `compensations`");
            self.add(Kind::DropCompensation, name, |spec| {
                set(&mut spec["compensations"], &step, Value::Null)
            });
            // The command goes too: else it is missed before the flow is explored.
            if let Some(command) = how.get("command") {
                let command = text(command);
                let name = format!("without `{step}` under `compensations` and its command");
                self.add(Kind::DropCompensation, name, |spec| {
                    set(&mut spec["compensations"], &step, Value::Null);
                    set(&mut spec["events"], &command, Value::Null);
                });
            }
        }
    }

    /// What is said of the step elsewhere goes with it.
    fn drop_step(&mut self, place: &Place) {
        let name = format!("without `{}`", place.name);
        self.add(Kind::DropStep, name, |spec| {
            let section = &mut spec["services"][&place.service][place.section];
            set(section, &place.name, Value::Null);
            if let Some(compensations) = spec.get_mut("compensations") {
                set(compensations, &place.name, Value::Null);
            }
        });
    }

    fn needs(&mut self, place: &Place) {
        for (key, kind) in [("on", Kind::DropAwaited), ("any", Kind::DropBranch)] {
            let list = list(&self.step(place), key);
            for at in 0..list.len() {
                let mut left = list.clone();
                let gone = left.remove(at);
                let name = format!("`{}` without `{gone}` under `{key}`", place.name);
                self.set(kind, name, place, key, sequence(&left));
            }
        }
    }

    fn variants(&mut self, place: &Place) {
        for key in ["on", "any", "unless", "emits"] {
            let list = list(&self.step(place), key);
            for at in 0..list.len() {
                for (kind, other) in self.other_references(&list[at]) {
                    let mut changed = list.clone();
                    changed[at].clone_from(&other);
                    let name = format!("`{}` with `{other}` for `{}` under `{key}`", place.name, list[at]);
                    self.set(kind, name, place, key, sequence(&changed));
                }
            }
        }
    }

    /// The same event with another variant, without any, or with one.
    fn other_references(&self, reference: &str) -> Vec<(Kind, String)> {
        let (event, variant) = match reference.split_once('.') {
            Some((event, variant)) => (event, Some(variant)),
            None => (reference, None),
        };
        let of = self.variants_of(event);
        let others = of.iter().filter(|other| Some(other.as_str()) != variant);
        let kind = if variant.is_some() { Kind::SwapVariant } else { Kind::WidenOrNarrow };
        let mut references: Vec<_> = others.map(|other| (kind, format!("{event}.{other}"))).collect();
        if variant.is_some() {
            references.push((Kind::WidenOrNarrow, event.to_owned()));
        }
        references
    }

    fn variants_of(&self, event: &str) -> Vec<String> {
        match self.spec["events"][event].get("outcome") {
            None => Vec::new(),
            Some(Value::String(_)) => vec!["success".to_owned(), "failure".to_owned()],
            Some(several) => {
                let (_, values) = map(several).next().expect("an outcome has a field");
                values.as_sequence().into_iter().flatten().map(text).collect()
            }
        }
    }

    fn closers(&mut self, place: &Place) {
        let step = self.step(place);
        if let Some(deadline) = step.get("deadline") {
            let name = format!("`{}` without `deadline`", place.name);
            self.set(Kind::DropDeadline, name, place, "deadline", Value::Null);
            self.move_closer(Kind::MoveDeadline, place, "deadline", deadline);
        }
        let unless = list(&step, "unless");
        for at in 0..unless.len() {
            let mut left = unless.clone();
            let gone = left.remove(at);
            let name = format!("`{}` without `unless: {gone}`", place.name);
            self.set(Kind::DropUnless, name, place, "unless", sequence(&left));
            self.move_one_closer(place, &left, &gone);
        }
    }

    fn move_closer(&mut self, kind: Kind, from: &Place, key: &str, what: &Value) {
        for to in steps(&self.spec).into_iter().filter(|to| to != from) {
            let name = format!("`{key}` of `{}` at `{}`", from.name, to.name);
            self.add(kind, name, |spec| {
                set(step_of(spec, from), key, Value::Null);
                set(step_of(spec, &to), key, what.clone());
            });
        }
    }

    fn move_one_closer(&mut self, from: &Place, left: &[String], gone: &str) {
        for to in steps(&self.spec).into_iter().filter(|to| to != from) {
            let name = format!("`unless: {gone}` of `{}` at `{}`", from.name, to.name);
            let mut unless = list(&self.step(&to), "unless");
            unless.push(gone.to_owned());
            self.add(Kind::MoveUnless, name, |spec| {
                set(step_of(spec, from), "unless", sequence(left));
                set(step_of(spec, &to), "unless", sequence(&unless));
            });
        }
    }

    fn moves(&mut self, place: &Place) {
        let step = self.step(place);
        if step.get("from").is_some() {
            let name = format!("`{}` without `from`", place.name);
            self.set(Kind::DropGuard, name, place, "from", Value::Null);
        }
        let Some(to) = step.get("to").map(text) else { return };
        self.set(Kind::DropMove, format!("`{}` without `to: {to}`", place.name), place, "to", Value::Null);
        let entity = text(&step["entity"]);
        let status = self.spec["services"][&place.service]["entities"][&entity]["status"].clone();
        for other in ["start", "open", "done", "failed"].iter().flat_map(|key| list(&status, key)) {
            if other != to {
                let name = format!("`{}` with `to: {other}` for `{to}`", place.name);
                self.set(Kind::SwapMove, name, place, "to", Value::String(other));
            }
        }
    }

    /// Each status, and the whole of them.
    fn statuses(&mut self) {
        for (service, entity) in entities(&self.spec) {
            let Some(status) = self.spec["services"][&service]["entities"][&entity].get("status").cloned()
            else {
                continue;
            };
            for (key, _) in map(&status) {
                let key = text(key);
                let name = format!("`{entity}` without `{key}` status");
                self.add(Kind::DropStatus, name, |spec| {
                    set(&mut spec["services"][&service]["entities"][&entity]["status"], &key, Value::Null);
                });
            }
            let name = format!("`{entity}` without `status`, and its moves");
            let moves: Vec<Place> = steps(&self.spec)
                .into_iter()
                .filter(|place| place.service == service)
                .filter(|place| self.step(place).get("entity").is_some_and(|it| *it == entity.as_str()))
                .collect();
            self.add(Kind::DropStatus, name, |spec| {
                set(&mut spec["services"][&service]["entities"][&entity], "status", Value::Null);
                for place in &moves {
                    set(step_of(spec, place), "to", Value::Null);
                    set(step_of(spec, place), "from", Value::Null);
                }
            });
        }
    }

    fn failing_variants(&mut self) {
        for (event, body) in entries(&self.spec, "events") {
            let Some(failing) = body.get("failure").map(text) else { continue };
            for other in self.variants_of(&event).into_iter().filter(|it| *it != failing) {
                let name = format!("`{event}` with `failure: {other}` for `{failing}`");
                self.add(Kind::SwapVariant, name, |spec| {
                    set(&mut spec["events"][&event], "failure", Value::String(other));
                });
            }
        }
    }

    /// A step that may be rejected, on each message: its failure has no subscriber,
    /// or fails the saga.
    fn leaves(&mut self) {
        let correlation = text(&self.spec["correlation"]);
        let root = self.root();
        for (event, body) in entries(&self.spec, "events") {
            if event.ends_with("Command") {
                continue;
            }
            let ty = body["fields"][&correlation].clone();
            let ty = ty.get("type").cloned().unwrap_or(ty);
            let variants = self.variants_of(&event).into_iter().map(|variant| format!("{event}.{variant}"));
            let variants: Vec<String> = variants.collect();
            for message in if variants.is_empty() { vec![event.clone()] } else { variants } {
                let name = format!("a step that may be rejected on `{message}`");
                self.add(Kind::AddLeaf, name, |spec| add_leaf(spec, &message, "", (&correlation, &ty)));
                let name = format!("a step that may be rejected on `{message}`, and fails the saga");
                self.add(Kind::AddHeardLeaf, name, |spec| {
                    add_leaf(spec, &message, "external: subscribes, ", (&correlation, &ty));
                    let (service, entity, failed) = &root;
                    let step = yaml(&format!("{{ on: LeafDone.failure, entity: {entity}, to: {failed} }}"));
                    set(&mut spec["services"][service]["subscriptions"], "fail-by-leaf", step);
                });
            }
        }
    }

    /// The first entity that may fail: its service, its name, and how it fails.
    fn root(&self) -> (String, String, String) {
        let may_fail = |(service, entity): &(String, String)| {
            let status = self.spec["services"][service]["entities"][entity].get("status")?;
            list(status, "failed").first().map(|failed| (service.clone(), entity.clone(), failed.clone()))
        };
        entities(&self.spec).iter().find_map(may_fail).expect("something may fail")
    }
}

fn add_leaf(spec: &mut Value, message: &str, how: &str, (correlation, ty): (&str, &Value)) {
    let ty = text(ty);
    let event = yaml(&format!("{{ outcome: success, {how}fields: {{ {correlation}: {ty} }} }}"));
    set(&mut spec["events"], "LeafDone", event);
    let service = yaml(&format!("{{ subscriptions: {{ leaf: {{ on: {message}, emits: LeafDone }} }} }}"));
    set(&mut spec["services"], "leaf-keeper", service);
}

fn entities(spec: &Value) -> Vec<(String, String)> {
    let mut entities = Vec::new();
    for (service, body) in map(&spec["services"]) {
        for (entity, _) in body.get("entities").map(map).into_iter().flatten() {
            entities.push((text(service), text(entity)));
        }
    }
    entities
}

fn entries(spec: &Value, key: &str) -> Vec<(String, Value)> {
    let body = spec.get(key).map(map).into_iter().flatten();
    body.map(|(name, value)| (text(name), value.clone())).collect()
}

pub(crate) fn step_of<'v>(spec: &'v mut Value, place: &Place) -> &'v mut Value {
    &mut spec["services"][&place.service][place.section][&place.name]
}

pub(crate) fn map(value: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    value.as_mapping().into_iter().flat_map(Mapping::iter)
}

pub(crate) fn set(value: &mut Value, key: &str, to: Value) {
    let mapping = value.as_mapping_mut().expect("a mapping");
    match to {
        Value::Null => mapping.shift_remove(key),
        to => mapping.insert(key.into(), to),
    };
}

/// A key that has one value or several.
pub(crate) fn list(step: &Value, key: &str) -> Vec<String> {
    match step.get(key) {
        None => Vec::new(),
        Some(Value::Sequence(several)) => several.iter().map(text).collect(),
        Some(one) => vec![text(one)],
    }
}

/// Nothing at all if it is empty.
pub(crate) fn sequence(values: &[String]) -> Value {
    match values {
        [] => Value::Null,
        values => Value::Sequence(values.iter().map(|it| Value::String(it.clone())).collect()),
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

pub(crate) fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).expect("it is YAML")
}
