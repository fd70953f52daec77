//! Random files that the checks before the proof accept.

use std::fmt::Write as _;

use proptest::prelude::*;

/// A saga: a request, steps that hang on what came before, and one that
/// decides.
#[derive(Debug, Clone)]
pub(crate) struct Saga {
    links: Vec<Link>,
    cancel: bool,
    deadline: bool,
}

/// A step at a service of its own.
#[derive(Debug, Clone)]
struct Link {
    /// Which events before it the step needs.
    needs: u8,
    /// Of those, which it needs to have succeeded, and does not fail by.
    narrow: u8,
    work: Work,
    undo: Undo,
    flags: [bool; 3],
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Work {
    Decides,
    Changes,
    Calls,
    Holds,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Undo {
    Missing,
    Needless,
    Derived,
    Command,
}

pub(crate) fn saga() -> impl Strategy<Value = Saga> {
    let works = prop::sample::select(vec![Work::Decides, Work::Changes, Work::Calls, Work::Holds]);
    let undos = prop::sample::select(vec![Undo::Missing, Undo::Needless, Undo::Derived, Undo::Command]);
    let link = (any::<u8>(), any::<u8>(), works, undos, any::<[bool; 3]>());
    let link = link.prop_map(|(needs, narrow, work, undo, flags)| Link { needs, narrow, work, undo, flags });
    let links = prop::collection::vec(link, 1..=3);
    (links, any::<bool>(), any::<bool>()).prop_map(|(links, cancel, deadline)| Saga {
        links,
        cancel,
        deadline,
    })
}

impl Saga {
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("saga: run\ncorrelation: runId\nevents:\n");
        let fields = "fields: { runId: i64 }";
        _ = writeln!(text, "  Begun: {{ {fields} }}");
        if self.cancel {
            _ = writeln!(text, "  CancelAsked: {{ {fields} }}");
        }
        for (at, link) in self.links.iter().enumerate() {
            _ = writeln!(text, "  Done{at}: {{ outcome: good, {fields} }}");
            if link.undo == Undo::Command {
                _ = writeln!(text, "  Undo{at}Command: {{ {fields} }}");
            }
        }
        _ = writeln!(text, "  Decided: {{ outcome: good, {fields} }}");
        self.front(&mut text);
        (0..self.links.len()).for_each(|at| self.service(&mut text, at));
        self.decider(&mut text);
        self.compensations(&mut text);
        text
    }

    fn front(&self, text: &mut String) {
        text.push_str("services:\n  front:\n    entities:\n");
        let open = if self.cancel { " open: CANCELLING," } else { "" };
        _ = writeln!(
            text,
            "      Run: {{ key: i64, fields: {{}}, status: {{ start: NEW,{open} done: KEPT, failed: GONE }} }}"
        );
        text.push_str("    requests:\n      begin: { http: POST /runs, creates: Run, emits: Begun }\n");
        if self.cancel {
            text.push_str("      cancel: { http: POST /runs/:id/cancel, entity: Run, from: NEW, to: CANCELLING, emits: CancelAsked }\n");
        }
        text.push_str("    subscriptions:\n");
        text.push_str("      finish: { on: Decided.success, entity: Run, to: KEPT }\n");
        text.push_str("      give-up: { on: Decided.failure, entity: Run, to: GONE }\n");
    }

    /// The events a step needs: at least one.
    fn needs(&self, at: usize) -> Vec<String> {
        let link = &self.links[at];
        let mut needs: Vec<String> = (0..at)
            .filter(|before| link.needs & (1 << before) != 0)
            .map(|before| match link.narrow & link.needs >> 4 & (1 << before) {
                0 => format!("Done{before}"),
                _ => format!("Done{before}.success"),
            })
            .collect();
        if needs.is_empty() || link.needs & 128 != 0 {
            needs.push("Begun".to_owned());
        }
        needs
    }

    fn service(&self, text: &mut String, at: usize) {
        let link = &self.links[at];
        let [asks, limited, cancelled] = link.flags;
        _ = writeln!(text, "  s{at}:");
        let entity = match link.work {
            Work::Decides | Work::Calls => None,
            Work::Changes => Some("{ free: i32 }".to_owned()),
            Work::Holds => Some("{}, status: { start: HELD, done: KEPT, failed: FREED }".to_owned()),
        };
        if let Some(rest) = entity {
            _ = writeln!(text, "    entities: {{ Row{at}: {{ key: {{ runId: i64 }}, fields: {rest} }} }}");
        }
        let uses = match link.work {
            Work::Decides => String::new(),
            Work::Changes => format!(", entity: Row{at}"),
            Work::Calls => ", handler: call".to_owned(),
            Work::Holds => format!(", creates: Row{at}"),
        };
        let asked = asks && matches!(link.work, Work::Decides | Work::Changes);
        let limit = if limited || asked { ", deadline: 1h" } else { "" };
        let unless = if cancelled && self.cancel { ", unless: CancelAsked" } else { "" };
        let on = self.needs(at).join(", ");
        let step = format!("on: [{on}]{uses}{limit}{unless}, emits: Done{at}");
        if asked {
            _ = writeln!(
                text,
                "    requests:\n      do-{at}: {{ http: POST /do-{at}/:runId, body: {{ good: bool }}, {step} }}"
            );
        } else {
            _ = writeln!(text, "    subscriptions:\n      do-{at}: {{ {step} }}");
        }
        if link.work == Work::Holds {
            _ = writeln!(text, "      keep-{at}: {{ on: Decided.success, entity: Row{at}, to: KEPT }}");
            _ = writeln!(text, "      free-{at}: {{ on: Decided.failure, entity: Row{at}, to: FREED }}");
        }
    }

    /// Needs every event that no other step needs as a whole, so that no failure is
    /// lost.
    fn decider(&self, text: &mut String) {
        let heard = |event: &String| (0..self.links.len()).any(|at| self.needs(at).contains(event));
        let events = (0..self.links.len()).map(|at| format!("Done{at}"));
        let on: Vec<String> = events.filter(|event| !heard(event)).collect();
        let deadline = if self.deadline { ", deadline: 2h" } else { "" };
        let unless = if self.cancel { ", unless: CancelAsked" } else { "" };
        _ = writeln!(
            text,
            "  last:\n    subscriptions:\n      decide: {{ on: [{}]{deadline}{unless}, emits: Decided }}",
            on.join(", ")
        );
    }

    fn compensations(&self, text: &mut String) {
        text.push_str("compensations:\n");
        for (at, link) in self.links.iter().enumerate() {
            _ = match link.undo {
                Undo::Missing => Ok(()),
                Undo::Needless => writeln!(text, "  do-{at}: none"),
                Undo::Derived => writeln!(text, "  do-{at}: undo-{at}"),
                Undo::Command => writeln!(text, "  do-{at}: {{ step: undo-{at}, command: Undo{at}Command }}"),
            };
        }
        if self.links.iter().all(|link| link.undo == Undo::Missing) {
            text.truncate(text.len() - "compensations:\n".len());
        }
    }
}
