//! What holds for every layout: of the accepted files, and of random charts.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::draw::chart::{Kind, Lane, Line, Role};
use crate::source::Source;

#[test]
fn accepted_files_are_laid_out_without_overlaps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accepted");
    for file in std::fs::read_dir(folder).expect("the accepted files") {
        let path = file.expect("a file").path();
        let source = Source::read(&path).expect("a specification");
        let spec = crate::pipeline::check(&source).resolved.expect("no errors");
        let found = flaws(&Chart::of(&spec));
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chart_is_laid_out_without_overlaps(chart in chart()) {
        let found = flaws(&chart);
        prop_assert!(found.is_empty(), "{found:#?}");
    }
}

/// A chart of up to 24 steps at up to 5 services. Wires lead to later steps.
fn chart() -> impl Strategy<Value = Chart> {
    let node = (0_usize..5, 0_usize..4);
    let wire = (
        any::<prop::sample::Index>(),
        prop::collection::vec(any::<prop::sample::Index>(), 1..5),
        any::<bool>(),
    );
    (prop::collection::vec(node, 2..24), prop::collection::vec(wire, 1..32)).prop_map(|(nodes, wires)| {
        let lane = |index| Lane { name: format!("service-{index}"), outside: false };
        let line = |_| Line { text: "Order → CANCELLED".to_owned(), tone: Tone::Failed };
        let node = |(index, (lane, lines)): (usize, &(usize, usize))| Node {
            lane: *lane,
            name: format!("step-{index}"),
            kind: Kind::Messages,
            lines: (0..*lines).map(line).collect(),
            after: Vec::new(),
        };
        let wire = |(from, to, named): &(prop::sample::Index, Vec<prop::sample::Index>, bool)| {
            let from = from.index(nodes.len() - 1);
            let mut to: Vec<usize> =
                to.iter().map(|to| from + 1 + to.index(nodes.len() - from - 1)).collect();
            to.sort_unstable();
            to.dedup();
            let variant = named.then(|| "failure".to_owned());
            Wire {
                from,
                event: "SomethingHappened".to_owned(),
                variant,
                fails: *named,
                command: false,
                role: Role::Need,
                to,
            }
        };
        Chart {
            saga: "random".to_owned(),
            lanes: (0..5).map(lane).collect(),
            wires: wires.iter().map(wire).collect(),
            nodes: nodes.iter().enumerate().map(node).collect(),
        }
    })
}

/// Everything that is wrong with the layout of a chart.
fn flaws(chart: &Chart) -> Vec<String> {
    let layout = Layout::of(chart);
    let texts: Vec<Vec<Rect>> =
        chart.wires.iter().zip(&layout.labels).map(|(wire, start)| label(wire, *start)).collect();
    let mut found = Vec::new();
    boxes_apart(chart, &layout, &mut found);
    for (index, wire) in chart.wires.iter().enumerate() {
        wire_is_right(&layout, wire, index, &mut found);
        for text in &texts[index] {
            let on = layout.boxes.iter().any(|it| meet(it, text));
            let over = texts[..index].iter().flatten().any(|it| meet(it, text));
            if on || over {
                found.push(format!("the label {text:?} of wire {index} is not free"));
            }
        }
        for (other, way) in ways(&layout).filter(|(other, _)| *other != index) {
            let crossed = |text: &Rect| pieces(way).any(|piece| meet(&piece, text));
            if texts[index].iter().any(crossed) {
                found.push(format!("wire {other} runs through the label of {index}"));
            }
        }
    }
    wires_apart(&layout, &mut found);
    found
}

fn boxes_apart(chart: &Chart, layout: &Layout, found: &mut Vec<String>) {
    for (index, one) in layout.boxes.iter().enumerate() {
        let (top, bottom) = layout.lanes[chart.nodes[index].lane];
        if one.y < top || one.y + one.height > bottom || one.x + one.width > layout.width {
            found.push(format!("step {index} leaves its lane"));
        }
        found.extend(
            layout.boxes[..index]
                .iter()
                .filter(|other| meet(one, other))
                .map(|_| format!("step {index} is covered")),
        );
        let crossed = ways(layout).filter(|(_, way)| pieces(way).any(|piece| meet(&piece, one)));
        found.extend(crossed.map(|(wire, _)| format!("wire {wire} runs through step {index}")));
    }
}

fn wire_is_right(layout: &Layout, wire: &Wire, index: usize, found: &mut Vec<String>) {
    let from = layout.boxes[wire.from];
    let on_edge = |it: &Rect, y: i32| (it.y..=it.y + it.height).contains(&y);
    let mut reached: Vec<usize> = Vec::new();
    for way in &layout.ways[index] {
        let (first, last) = (way[0], way[way.len() - 1]);
        if first.0 != from.x + from.width || !on_edge(&from, first.1) {
            found.push(format!("wire {index} does not begin at its step"));
        }
        let at = |it: &Rect| it.x == last.0 && on_edge(it, last.1);
        reached.extend(layout.boxes.iter().position(at));
        if way.windows(2).any(|it| it[0].0 != it[1].0 && it[0].1 != it[1].1) {
            found.push(format!("wire {index} is aslant"));
        }
    }
    reached.sort_unstable();
    let mut wanted = wire.to.clone();
    wanted.sort_unstable();
    if reached != wanted {
        found.push(format!("wire {index} comes to {reached:?}, not {wanted:?}"));
    }
}

/// Wires cross, but none runs along another.
fn wires_apart(layout: &Layout, found: &mut Vec<String>) {
    let all: Vec<(usize, &Way)> = ways(layout).collect();
    for (place, (wire, way)) in all.iter().enumerate() {
        for (other, beside) in all[..place].iter().filter(|(other, _)| other != wire) {
            let along = |one: &Rect, two: &Rect| (one.width == 0) == (two.width == 0) && touch(one, two);
            if pieces(way).any(|one| pieces(beside).any(|two| along(&one, &two))) {
                found.push(format!("wire {wire} runs along {other}"));
            }
        }
    }
}

fn ways(layout: &Layout) -> impl Iterator<Item = (usize, &Way)> {
    layout.ways.iter().enumerate().flat_map(|(wire, ways)| ways.iter().map(move |way| (wire, way)))
}

/// The straight pieces of a way, as boxes without width or height.
fn pieces(way: &Way) -> impl Iterator<Item = Rect> {
    way.windows(2).map(|ends| {
        let ((x, y), (to_x, to_y)) = (ends[0], ends[1]);
        Rect { x: x.min(to_x), y: y.min(to_y), width: (to_x - x).abs(), height: (to_y - y).abs() }
    })
}

/// The room that the text of a wire takes.
fn label(wire: &Wire, (x, y): (i32, i32)) -> Vec<Rect> {
    let line = |text: &str, y: i32| Rect { x: x + PAD / 2, y, width: width(text, SMALL, true), height: 11 };
    let mut lines = vec![line(&wire.event, y - 14)];
    lines.extend(wire.variant.as_deref().map(|variant| line(variant, y + 3)));
    lines
}

/// Whether two boxes have some of their inside in common.
fn meet(one: &Rect, other: &Rect) -> bool {
    let along = |at: i32, long: i32, other: i32, its: i32| at < other + its && other < at + long;
    along(one.x, one.width, other.x, other.width) && along(one.y, one.height, other.y, other.height)
}

/// Whether two boxes have as much as a point in common.
fn touch(one: &Rect, other: &Rect) -> bool {
    let along = |at: i32, long: i32, other: i32, its: i32| at <= other + its && other <= at + long;
    along(one.x, one.width, other.x, other.width) && along(one.y, one.height, other.y, other.height)
}
