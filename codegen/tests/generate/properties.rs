//! What holds for whatever specification is accepted, tried on random ones
//! from the part of the language that is generated.

use std::fmt::Write as _;

use proptest::prelude::*;
use saga_cli::emit::emit;
use saga_cli::lower::lower;
use saga_cli::workspace::Workspace;
use serde::Deserialize as _;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_global_rejects: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_accepted_specification_gives_files_that_parse(saga in saga()) {
        let text = saga.text();
        let spec = crate::support::accepted(&text).map_err(|found| TestCaseError::reject(format!("{found}\n{text}")))?;
        let files = emit(&lower(&spec), &Workspace::default());
        for (path, content) in files.current().chain(files.once()) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("rs") => prop_assert!(syn::parse_file(content).is_ok(), "{}\n{content}", path.display()),
                Some("yaml") => {
                    for document in serde_yaml::Deserializer::from_str(content) {
                        prop_assert!(serde_yaml::Value::deserialize(document).is_ok(), "{}", path.display());
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_same_specification_gives_the_same_bytes(saga in saga()) {
        let text = saga.text();
        let spec = crate::support::accepted(&text).map_err(|found| TestCaseError::reject(format!("{found}\n{text}")))?;
        let again = crate::support::accepted(&text).map_err(TestCaseError::fail)?;
        prop_assert_eq!(emit(&lower(&spec), &Workspace::default()), emit(&lower(&again), &Workspace::default()));
    }
}

/// A saga: a request, a chain of steps at services of their own, and the end.
#[derive(Debug, Clone)]
struct Saga {
    key: &'static str,
    links: Vec<Link>,
    fields: Vec<&'static str>,
}

/// One step of the chain.
#[derive(Debug, Clone)]
struct Link {
    name: &'static str,
    work: Work,
    /// It needs the first event as well as the one before.
    joins: bool,
    /// It publishes something only its handler knows.
    answers: bool,
    /// It publishes a plain event too.
    tells: bool,
    compensated: bool,
    /// It names the variant it needs, and cannot fail by it.
    reason: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    Decides,
    Changes,
    Creates,
    CreatesNamed,
}

fn saga() -> impl Strategy<Value = Saga> {
    // Words of Rust and SQL, and of the generated code, are good names too.
    let names = ["stock", "user", "order", "ship", "event", "table", "group-by", "inputs", "cx"];
    let names = Just(names).prop_shuffle();
    let works = prop::sample::select(vec![Work::Decides, Work::Changes, Work::Creates, Work::CreatesNamed]);
    let traits = (works, any::<[bool; 5]>());
    let fields = prop::sample::subsequence(vec!["type", "selectFrom", "x1y2", "async", "note"], 0..=5);
    let keys = prop::sample::select(vec!["i32", "i64"]);
    (keys, names, prop::collection::vec(traits, 1..=5), fields).prop_map(|(key, names, traits, fields)| {
        Saga {
            key,
            links: names
                .into_iter()
                .zip(traits)
                .map(|(name, (work, flags))| link(name, work, flags))
                .collect(),
            fields,
        }
    })
}

fn link(name: &'static str, work: Work, [joins, answers, tells, compensated, reason]: [bool; 5]) -> Link {
    Link { name, work, joins, answers, tells, compensated, reason }
}

impl Saga {
    fn text(&self) -> String {
        let mut text = String::from("saga: random\ncorrelation: startId\n\nevents:\n");
        let key = self.key;
        let fields: String = self.fields.iter().map(|field| format!(", {field}: string?")).collect();
        _ = writeln!(text, "  Started: {{ fields: {{ startId: {key}, price: i64{fields} }} }}");
        for (at, link) in self.links.iter().enumerate() {
            self.events_of(&mut text, at, link);
        }
        _ = writeln!(text, "\nservices:\n  start:\n    entities:\n      Start:\n        key: {key}");
        _ = writeln!(text, "        fields: {{ price: i64{fields} }}");
        text.push_str("        status: { start: NEW, done: DONE, failed: FAILED }\n");
        text.push_str("    requests:\n      begin: { http: POST /starts, creates: Start, emits: Started }\n");
        let last = self.links.len() - 1;
        _ = writeln!(
            text,
            "    subscriptions:\n      finish: {{ on: Done{last}.success, entity: Start, to: DONE }}"
        );
        _ = writeln!(text, "      give-up: {{ on: Done{last}.failure, entity: Start, to: FAILED }}");
        for (at, link) in self.links.iter().enumerate() {
            self.service_of(&mut text, at, link);
        }
        self.compensations(&mut text);
        text
    }

    fn events_of(&self, text: &mut String, at: usize, link: &Link) {
        let key = self.key;
        let answer = if link.answers { ", mark: { type: i64, on_failure: -1 }" } else { "" };
        let reason = if link.reason { ", reason: string?" } else { "" };
        let fields = format!("startId: {key}, amount: {{ type: i64, on_failure: 0 }}{answer}{reason}");
        _ = writeln!(text, "  Done{at}: {{ outcome: good, fields: {{ {fields} }} }}");
        if link.tells {
            _ = writeln!(text, "  Told{at}: {{ fields: {{ startId: {key}, text: string }} }}");
        }
        if self.compensates(at) {
            _ = writeln!(text, "  Back{at}Command: {{ fields: {{ startId: {key}, amount: i64 }} }}");
        }
    }

    fn service_of(&self, text: &mut String, at: usize, link: &Link) {
        let Link { name, work, .. } = link;
        _ = writeln!(text, "  {name}:");
        let entity = match work {
            Work::Decides => String::new(),
            Work::Changes | Work::CreatesNamed => {
                format!(
                    "Row{at}: {{ key: {{ startId: {} }}, fields: {{ amount: i64, extra: f64? }} }}",
                    self.key
                )
            }
            Work::Creates => {
                format!("Row{at}: {{ key: i64, fields: {{ startId: {}, text: string }} }}", self.key)
            }
        };
        if !entity.is_empty() {
            _ = writeln!(text, "    entities:\n      {entity}");
        }
        let before = at.checked_sub(1).map_or("Started".to_owned(), |before| format!("Done{before}"));
        let on = if link.joins && at > 0 { format!("[{before}, Started]") } else { before };
        let uses = match work {
            Work::Decides => String::new(),
            Work::Changes => format!(", entity: Row{at}"),
            Work::Creates | Work::CreatesNamed => format!(", creates: Row{at}"),
        };
        let emits = if link.tells { format!("[Done{at}, Told{at}]") } else { format!("Done{at}") };
        _ = writeln!(text, "    subscriptions:\n      do-{name}: {{ on: {on}{uses}, emits: {emits} }}");
    }

    /// A link can be compensated when the next one can tell it to.
    fn compensates(&self, at: usize) -> bool {
        let link = &self.links[at];
        link.compensated && link.work == Work::Changes && at + 1 < self.links.len()
    }

    fn compensations(&self, text: &mut String) {
        let compensated: Vec<usize> = (0..self.links.len()).filter(|at| self.compensates(*at)).collect();
        if !compensated.is_empty() {
            text.push_str("\ncompensations:\n");
        }
        for at in compensated {
            let name = self.links[at].name;
            _ = writeln!(text, "  do-{name}: {{ step: undo-{name}, command: Back{at}Command }}");
        }
    }
}
