//! The flow as SVG.

use super::chart::{Chart, Kind, Lane, Node, Role, Tone, Wire};
use super::layout::{LINE, Layout, PAD, Rect, SMALL, Way};
use super::svg::{Canvas, rounded};
use super::text::width;

/// The kinds of arrows: the class of each, and its entry in the legend.
const KINDS: [(&str, &str); 7] = [
    ("", "a message"),
    ("fails", "a failure"),
    ("oneof", "one of several"),
    ("closes", "closes a step that has not run"),
    ("command", "a command"),
    ("undoes", "triggers a compensation"),
    ("command undoes", "a compensating command"),
];

/// The flow as an SVG file.
pub(super) fn svg(chart: &Chart) -> String {
    let layout = Layout::of(chart);
    let legend = legend(chart);
    let wide = legend.iter().map(|(_, text)| 44 + width(text, SMALL, false)).sum::<i32>() + 2 * PAD;
    let size = (layout.width.max(wide), layout.height + 2 * LINE);
    let mut canvas = Canvas::default();
    for (lane, place) in chart.lanes.iter().zip(&layout.lanes) {
        draw_lane(&mut canvas, lane, *place, size.0);
    }
    for (place, wire) in chart.wires.iter().enumerate() {
        draw_wire(&mut canvas, chart, wire, layout.labels[place], &layout.ways[place]);
    }
    for (node, place) in chart.nodes.iter().zip(&layout.boxes) {
        draw_node(&mut canvas, node, *place);
    }
    draw_legend(&mut canvas, &legend, layout.height + PAD);
    canvas.finish(&format!("The saga {}: which step leads to which", chart.saga), size)
}

fn draw_lane(canvas: &mut Canvas, lane: &Lane, (top, bottom): (i32, i32), width: i32) {
    let class = if lane.outside { "outside" } else { "lane" };
    canvas.rect(class, (PAD, top + 2), (width - 2 * PAD, bottom - top - 4), 6);
    canvas.text("name", (2 * PAD, top + LINE + 2), &lane.name);
}

fn draw_node(canvas: &mut Canvas, node: &Node, Rect { x, y, width: across, height }: Rect) {
    let class = match node.kind {
        Kind::Request => "request",
        Kind::Messages => "box",
        Kind::Undo => "undo",
        Kind::Outside => "outside",
    };
    let end = node.lines.iter().map(|line| line.tone).max().filter(|tone| *tone >= Tone::Done);
    let class = match end {
        Some(Tone::Done) => "done",
        Some(Tone::Failed) => "failed",
        _ => class,
    };
    canvas.open(&node.name);
    canvas.rect(class, (x, y), (across, height), 5);
    let lines = node.lines.len() as i32 + 1;
    let mut baseline = y + (height - LINE * lines) / 2 + LINE - 4;
    canvas.text("name", (x + PAD, baseline), &node.name);
    for line in &node.lines {
        baseline += LINE;
        canvas.text(text_class(line.tone), (x + PAD, baseline), &line.text);
    }
    canvas.close();
}

/// How text of that tone looks.
pub(super) fn text_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Request => "t-request",
        Tone::Undo => "t-undoes",
        Tone::Done => "t-done",
        Tone::Failed => "t-failed",
    }
}

fn draw_wire(canvas: &mut Canvas, chart: &Chart, wire: &Wire, (x, y): (i32, i32), ways: &[Way]) {
    let to: Vec<&str> = wire.to.iter().map(|node| chart.nodes[*node].name.as_str()).collect();
    canvas.open(&format!("{}: {} → {}", wire.name(), chart.nodes[wire.from].name, to.join(", ")));
    let class = wire_class(wire);
    for way in ways {
        canvas.path(&format!("wire {class}"), &rounded(way));
        draw_head(canvas, class, way[way.len() - 1]);
    }
    let event = if wire.command { "t-command" } else { "bold" };
    canvas.text(event, (x + PAD / 2, y - 5), &wire.event);
    if let Some(variant) = &wire.variant {
        let variant_class = if wire.fails { "t-failed" } else { "plain" };
        canvas.text(variant_class, (x + PAD / 2, y + 12), variant);
    }
    canvas.close();
}

fn wire_class(wire: &Wire) -> &'static str {
    match (wire.role, wire.command, wire.fails) {
        (Role::Undoes, true, _) => "command undoes",
        (Role::Undoes, false, _) => "undoes",
        (Role::Closes, ..) => "closes",
        (Role::OneOf, ..) => "oneof",
        (Role::Need, true, _) => "command",
        (Role::Need, false, true) => "fails",
        (Role::Need, false, false) => "",
    }
}

/// An arrow's head that ends there, pointing to the right; a bar for what
/// closes a step.
fn draw_head(canvas: &mut Canvas, class: &str, (x, y): (i32, i32)) {
    let data = match class {
        "closes" => format!("M{} {} V{}", x - 3, y - 6, y + 6),
        _ => format!("M{0} {1} L{x} {y} L{0} {2} Z", x - 8, y - 4, y + 4),
    };
    canvas.path(&format!("head {class}"), &data);
}

/// The kinds of wires that there are.
fn legend(chart: &Chart) -> Vec<(&'static str, &'static str)> {
    let has = |class: &str| chart.wires.iter().any(|wire| wire_class(wire) == class);
    KINDS.into_iter().filter(|(class, _)| has(class)).collect()
}

fn draw_legend(canvas: &mut Canvas, legend: &[(&'static str, &'static str)], y: i32) {
    let mut x = 2 * PAD;
    for (class, text) in legend {
        canvas.path(&format!("wire {class}"), &format!("M{x} {y} H{}", x + 24));
        draw_head(canvas, class, (x + 26, y));
        canvas.text("plain", (x + 32, y + 4), text);
        x += 44 + width(text, SMALL, false);
    }
}
