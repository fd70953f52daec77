//! Pictures as Mermaid: text that Git hosts and editors draw themselves.
//!
//! Names stand in quotes or behind a colon, and never name anything: what is
//! named is numbered.

use std::fmt::{self, Display, Write as _};

use super::chart::{Chart, Kind, Line, Node, Role, Tone, Wire};
use super::sequence::{Item, MessageKind, SequenceDiagram};

/// How boxes look; with their own ground, so that they read on any.
const CLASSES: &str = "
  classDef step fill:#ffffff,stroke:#818b98,color:#1f2328
  classDef request fill:#ddf4ff,stroke:#0969da,color:#1f2328
  classDef done fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef failed fill:#ffebe9,stroke:#cf222e,color:#1f2328
  classDef undo fill:#fff8e5,stroke:#bc4c00,color:#1f2328,stroke-dasharray:4 3
";

/// The flow, as a flowchart.
pub(super) fn flow(chart: &Chart) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, lane) in chart.lanes.iter().enumerate() {
        line(&mut text, format_args!("  subgraph l{index}[\"{}\"]", Safe(&lane.name)));
        for (place, node) in chart.nodes.iter().enumerate().filter(|(_, node)| node.lane == index) {
            line(&mut text, format_args!("    {}", boxed(place, node)));
        }
        text.push_str("  end\n");
    }
    let mut colours: Vec<(&str, Vec<String>)> = Vec::new();
    let mut links = 0;
    for wire in &chart.wires {
        for to in &wire.to {
            line(&mut text, format_args!("  {}", link(wire, *to)));
            if let Some(colour) = colour(wire) {
                match colours.iter_mut().find(|(it, _)| *it == colour) {
                    Some((_, there)) => there.push(links.to_string()),
                    None => colours.push((colour, vec![links.to_string()])),
                }
            }
            links += 1;
        }
    }
    for (colour, links) in colours {
        line(&mut text, format_args!("  linkStyle {} stroke:{colour}", links.join(",")));
    }
    text.push_str(CLASSES.trim_start_matches('\n'));
    text
}

fn boxed(place: usize, node: &Node) -> String {
    let mut label = format!("<b>{}</b>", Safe(&node.name));
    for Line { text, tone } in &node.lines {
        let bold = *tone >= Tone::Done;
        let (open, close) = if bold { ("<b>", "</b>") } else { ("", "") };
        _ = write!(label, "<br/>{open}{}{close}", Safe(text));
    }
    let class = match (node.lines.iter().map(|line| line.tone).max(), node.kind) {
        (Some(Tone::Done), _) => "done",
        (Some(Tone::Failed), _) => "failed",
        (_, Kind::Request) => "request",
        (_, Kind::Undo) => "undo",
        (_, Kind::Messages | Kind::Outside) => "step",
    };
    match node.kind {
        Kind::Request => format!("s{place}([\"{label}\"]):::{class}"),
        Kind::Messages | Kind::Undo | Kind::Outside => format!("s{place}[\"{label}\"]:::{class}"),
    }
}

fn link(wire: &Wire, to: usize) -> String {
    let name = wire.name();
    let (from, name) = (wire.from, Safe(&name));
    match (wire.role, wire.command) {
        (Role::Undoes, true) => format!("s{from} -. \"command {name}\" .-> s{to}"),
        (Role::Undoes, false) => format!("s{from} -. \"{name}\" .-> s{to}"),
        (Role::Closes, _) => format!("s{from} -. \"unless {name}\" .-x s{to}"),
        (Role::OneOf, _) => format!("s{from} -- \"any {name}\" --> s{to}"),
        (Role::Need, true) => format!("s{from} == \"command {name}\" ==> s{to}"),
        (Role::Need, false) => format!("s{from} -- \"{name}\" --> s{to}"),
    }
}

fn colour(wire: &Wire) -> Option<&'static str> {
    match (wire.role, wire.command, wire.fails) {
        (_, true, _) => Some("#8250df"),
        (Role::Undoes, ..) => Some("#bc4c00"),
        (Role::Closes, ..) | (_, _, true) => Some("#cf222e"),
        (Role::Need | Role::OneOf, false, false) => None,
    }
}

/// A run, as a sequence diagram.
pub(super) fn run(diagram: &SequenceDiagram) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for (place, participant) in diagram.participants.iter().enumerate() {
        let kind = if participant.outside { "actor" } else { "participant" };
        line(&mut text, format_args!("  {kind} p{place} as {}", Safe(&participant.name)));
    }
    for item in &diagram.items {
        match item {
            Item::Message { from, to, text: label, kind } => {
                let arrow = if *kind == MessageKind::Other { "-->>" } else { "->>" };
                line(&mut text, format_args!("  p{from}{arrow}p{to}: {}", Safe(label)));
            }
            Item::Note { at, lines } => {
                let lines: Vec<String> = lines.iter().map(|line| Safe(&line.text).to_string()).collect();
                line(&mut text, format_args!("  Note over p{at}: {}", lines.join("<br/>")));
            }
        }
    }
    let over = match diagram.participants.len() {
        0 | 1 => "p0".to_owned(),
        several => format!("p0,p{}", several - 1),
    };
    if !diagram.end.is_empty() {
        line(&mut text, format_args!("  Note over {over}: at the end: {}", Safe(&diagram.end)));
    }
    text.push_str("  rect rgb(255, 206, 203)\n");
    line(&mut text, format_args!("  Note over {over}: ⚠ {}", Safe(&diagram.violation)));
    text.push_str("  end\n");
    text
}

fn line(text: &mut String, line: fmt::Arguments<'_>) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{line}");
}

/// A text in which nothing is markup.
struct Safe<'a>(&'a str);

impl Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '"' | '#' | ';' | '<' | '>' | '&' | '`' | '\\' | '%' | '{' | '}' => {
                    write!(f, "#{};", u32::from(character))?;
                }
                it if it.is_control() => f.write_char(' ')?,
                it => f.write_char(it)?,
            }
        }
        Ok(())
    }
}
