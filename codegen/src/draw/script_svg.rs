//! A run as SVG: a sequence diagram.

use super::chart::{Line, Tone};
use super::flow_svg::text_class;
use super::layout::{LINE, NAME, PAD, SMALL};
use super::script::{Beat, Script, What};
use super::svg::{Canvas, rounded};
use super::text::width;

/// What lies between two things that happen.
const GAP: i32 = 8;
/// How far a message to oneself goes out.
const LOOP: i32 = 26;
/// The top of the lines of life.
const TOP: i32 = PAD + 2 * LINE + GAP;

/// A run as an SVG file.
pub fn svg(script: &Script) -> String {
    let axes = axes(script);
    let right = axes.last().copied().unwrap_or(0) + reaches(script).last().copied().unwrap_or(0) + 2 * PAD;
    let end = in_the_end(script);
    let wide = right.max(width(&script.violation, SMALL, true).max(width(&end, SMALL, false)) + 4 * PAD);
    let bottom = TOP + GAP + script.beats.iter().map(beat_height).sum::<i32>();
    let mut canvas = Canvas::default();
    for axis in &axes {
        canvas.path("life", &format!("M{axis} {TOP} V{bottom}"));
    }
    for (actor, axis) in script.actors.iter().zip(&axes) {
        let across = width(&actor.name, NAME, true) + 2 * PAD;
        let class = if actor.outside { "outside" } else { "box" };
        canvas.rect(class, (axis - across / 2, PAD), (across, 2 * LINE), 5);
        canvas.text("name middle", (*axis, PAD + LINE + 5), &actor.name);
    }
    let mut y = TOP + GAP;
    for beat in &script.beats {
        match beat {
            Beat::Comes { from, to, text, what } => {
                comes(&mut canvas, (axes[*from], axes[*to]), y, text, *what)
            }
            Beat::Does { at, lines } => does(&mut canvas, axes[*at], y, lines),
        }
        y += beat_height(beat);
    }
    if !end.is_empty() {
        y += LINE;
        canvas.text("plain middle", (wide / 2, y), &end);
        y += GAP;
    }
    canvas.rect("flaw", (PAD, y), (wide - 2 * PAD, LINE + PAD), 4);
    canvas.text("t-flaw middle", (wide / 2, y + LINE + 1), &script.violation);
    canvas.finish(
        &format!("A run of the saga {}: {}", script.saga, script.violation),
        (wide, y + LINE + 2 * PAD),
    )
}

fn beat_height(beat: &Beat) -> i32 {
    match beat {
        Beat::Comes { from, to, .. } if from == to => 2 * LINE + GAP,
        Beat::Comes { .. } => LINE + GAP,
        Beat::Does { lines, .. } => LINE * lines.len() as i32 + PAD + GAP,
    }
}

/// Half of what each actor needs around its axis.
fn reaches(script: &Script) -> Vec<i32> {
    let mut reaches: Vec<i32> =
        script.actors.iter().map(|actor| (width(&actor.name, NAME, true) + 2 * PAD) / 2).collect();
    for beat in &script.beats {
        match beat {
            Beat::Does { at, lines } => reaches[*at] = reaches[*at].max(note_width(lines) / 2),
            Beat::Comes { from, to, text, .. } if from == to => {
                reaches[*to] = reaches[*to].max(LOOP + PAD + width(text, SMALL, true));
            }
            Beat::Comes { .. } => {}
        }
    }
    reaches
}

fn note_width(lines: &[Line]) -> i32 {
    lines.iter().map(|line| width(&line.text, SMALL, line.tone >= Tone::Done)).max().unwrap_or(0) + 2 * PAD
}

/// The axis of each actor: so far apart that notes do not meet, and that what
/// stands over an arrow is no longer than the arrow.
fn axes(script: &Script) -> Vec<i32> {
    let reaches = reaches(script);
    let mut axes: Vec<i32> = Vec::new();
    for (place, reach) in reaches.iter().enumerate() {
        let mut axis = match place.checked_sub(1) {
            None => 2 * PAD + reach,
            Some(before) => axes[before] + reaches[before] + PAD + reach,
        };
        for beat in &script.beats {
            if let Beat::Comes { from, to, text, .. } = beat
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

fn comes(canvas: &mut Canvas, (from, to): (i32, i32), y: i32, text: &str, what: What) {
    let class = match what {
        What::Message | What::Other => "",
        What::Failure => "fails",
        What::Command => "command",
        What::Request => "ask",
    };
    let text_class = match what {
        What::Message => "bold middle halo",
        What::Other => "plain middle halo",
        What::Failure => "t-failed middle halo",
        What::Command => "t-command middle halo",
        What::Request => "t-request middle halo",
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

/// How the rows stand in the end, as a sentence.
fn in_the_end(script: &Script) -> String {
    match script.end.as_str() {
        "" => String::new(),
        rows => format!("in the end: {rows}"),
    }
}
