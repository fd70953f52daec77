//! A run as SVG: a sequence diagram.

use super::chart::{Line, Tone};
use super::flow_svg::text_class;
use super::layout::{LINE, NAME, PAD, SMALL};
use super::sequence::{Item, MessageKind, SequenceDiagram};
use super::svg::{Canvas, rounded};
use super::text::width;

/// The space between two items.
const GAP: i32 = 8;
/// How far an arrow to its own sender reaches.
const LOOP: i32 = 26;
/// The top of the lifelines.
const TOP: i32 = PAD + 2 * LINE + GAP;

/// A run as an SVG file.
pub(super) fn svg(diagram: &SequenceDiagram) -> String {
    let axes = axes(diagram);
    let right = axes.last().copied().unwrap_or(0) + reaches(diagram).last().copied().unwrap_or(0) + 2 * PAD;
    let end = in_the_end(diagram);
    let wide = right.max(width(&diagram.violation, SMALL, true).max(width(&end, SMALL, false)) + 4 * PAD);
    let bottom = TOP + GAP + diagram.items.iter().map(item_height).sum::<i32>();
    let mut canvas = Canvas::default();
    for axis in &axes {
        canvas.path("life", &format!("M{axis} {TOP} V{bottom}"));
    }
    for (participant, axis) in diagram.participants.iter().zip(&axes) {
        let across = width(&participant.name, NAME, true) + 2 * PAD;
        let class = if participant.outside { "outside" } else { "box" };
        canvas.rect(class, (axis - across / 2, PAD), (across, 2 * LINE), 5);
        canvas.text("name middle", (*axis, PAD + LINE + 5), &participant.name);
    }
    let mut y = TOP + GAP;
    for item in &diagram.items {
        match item {
            Item::Message { from, to, text, kind } => {
                comes(&mut canvas, (axes[*from], axes[*to]), y, text, *kind)
            }
            Item::Note { at, lines } => does(&mut canvas, axes[*at], y, lines),
        }
        y += item_height(item);
    }
    if !end.is_empty() {
        y += LINE;
        canvas.text("plain middle", (wide / 2, y), &end);
        y += GAP;
    }
    canvas.rect("flaw", (PAD, y), (wide - 2 * PAD, LINE + PAD), 4);
    canvas.text("t-flaw middle", (wide / 2, y + LINE + 1), &diagram.violation);
    canvas.finish(
        &format!("A run of the saga {}: {}", diagram.saga, diagram.violation),
        (wide, y + LINE + 2 * PAD),
    )
}

fn item_height(item: &Item) -> i32 {
    match item {
        Item::Message { from, to, .. } if from == to => 2 * LINE + GAP,
        Item::Message { .. } => LINE + GAP,
        Item::Note { lines, .. } => LINE * lines.len() as i32 + PAD + GAP,
    }
}

/// Half of what each participant needs around its axis.
fn reaches(diagram: &SequenceDiagram) -> Vec<i32> {
    let mut reaches: Vec<i32> = diagram
        .participants
        .iter()
        .map(|participant| (width(&participant.name, NAME, true) + 2 * PAD) / 2)
        .collect();
    for item in &diagram.items {
        match item {
            Item::Note { at, lines } => reaches[*at] = reaches[*at].max(note_width(lines) / 2),
            Item::Message { from, to, text, .. } if from == to => {
                reaches[*to] = reaches[*to].max(LOOP + PAD + width(text, SMALL, true));
            }
            Item::Message { .. } => {}
        }
    }
    reaches
}

fn note_width(lines: &[Line]) -> i32 {
    lines.iter().map(|line| width(&line.text, SMALL, line.tone >= Tone::Done)).max().unwrap_or(0) + 2 * PAD
}

/// The axis of each participant: so far apart that notes do not meet, and that what
/// stands over an arrow is no longer than the arrow.
fn axes(diagram: &SequenceDiagram) -> Vec<i32> {
    let reaches = reaches(diagram);
    let mut axes: Vec<i32> = Vec::new();
    for (place, reach) in reaches.iter().enumerate() {
        let mut axis = match place.checked_sub(1) {
            None => 2 * PAD + reach,
            Some(before) => axes[before] + reaches[before] + PAD + reach,
        };
        for item in &diagram.items {
            if let Item::Message { from, to, text, .. } = item
                && *from.max(to) == place
                && from != to
            {
                axis = axis.max(axes[*from.min(to)] + width(text, SMALL, true) + 4 * PAD);
            }
        }
        axes.push(axis);
    }
    axes
}

fn comes(canvas: &mut Canvas, (from, to): (i32, i32), y: i32, text: &str, kind: MessageKind) {
    let class = match kind {
        MessageKind::Message | MessageKind::Other => "",
        MessageKind::Failure => "fails",
        MessageKind::Command => "command",
        MessageKind::Request => "ask",
    };
    let text_class = match kind {
        MessageKind::Message => "bold middle halo",
        MessageKind::Other => "plain middle halo",
        MessageKind::Failure => "t-failed middle halo",
        MessageKind::Command => "t-command middle halo",
        MessageKind::Request => "t-request middle halo",
    };
    let (baseline, line) = (y + LINE - 6, y + LINE);
    let points = match from == to {
        true => vec![(from, line), (from + LOOP, line), (from + LOOP, line + LINE), (from, line + LINE)],
        false => vec![(from, line), (to, line)],
    };
    let back = if to > from { -8 } else { 8 };
    let end = points[points.len() - 1].1;
    canvas.path(&format!("wire {class}"), &rounded(&points));
    canvas.path(
        &format!("head {class}"),
        &format!("M{0} {1} L{to} {end} L{0} {2} Z", to + back, end - 4, end + 4),
    );
    let middle = match from == to {
        true => from + LOOP + PAD + width(text, SMALL, true) / 2,
        false => (from + to) / 2,
    };
    canvas.text(text_class, (middle, baseline), text);
}

fn does(canvas: &mut Canvas, axis: i32, y: i32, lines: &[Line]) {
    let across = note_width(lines);
    let class = match lines.iter().map(|line| line.tone).max() {
        Some(Tone::Done) => "done",
        Some(Tone::Failed) => "failed",
        _ => "note",
    };
    canvas.rect(class, (axis - across / 2, y), (across, LINE * lines.len() as i32 + PAD), 4);
    for (place, line) in lines.iter().enumerate() {
        let baseline = y + PAD / 2 + LINE * (place as i32 + 1) - 4;
        let class = text_class(line.tone);
        canvas.text(&format!("{class} middle"), (axis, baseline), &line.text);
    }
}

/// The rows at the end, as a phrase.
fn in_the_end(diagram: &SequenceDiagram) -> String {
    match diagram.end.as_str() {
        "" => String::new(),
        rows => format!("at the end: {rows}"),
    }
}
