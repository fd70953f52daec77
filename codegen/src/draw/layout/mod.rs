//! Where everything of a chart stands: services as bands from left to right,
//! steps in columns, wires around them at right angles.

mod bends;
#[cfg(test)]
mod checks;
mod grid;
mod heights;
mod ports;
mod tracks;

use super::chart::{Chart, Node, Tone, Wire};
use super::text::width;
use bends::Bends;
use grid::Grid;
use heights::Heights;
use ports::{Link, Ports};

/// The size of names.
pub(super) const NAME: i32 = 13;
/// The size of all other text.
pub(super) const SMALL: i32 = 11;
/// The height of a line of text.
pub(super) const LINE: i32 = 15;
/// The room around the text of a box.
pub(super) const PAD: i32 = 10;

/// Half of what lies between two labels.
const SLOT: i32 = 16;
/// What lies between two wires in a corridor, or two that turn.
const WIRE: i32 = 11;
/// What lies between two rows, and at the edges.
const GAP: i32 = 14;
/// The room for a straight piece before a turn, and for an arrow's head.
const HEAD: i32 = 12;

/// A picture without its text.
#[derive(Debug)]
pub(super) struct Layout {
    /// How wide all of it is.
    pub width: i32,
    /// How high all of it is.
    pub height: i32,
    /// The top and the bottom of each lane.
    pub lanes: Vec<(i32, i32)>,
    /// The box of each node.
    pub boxes: Vec<Rect>,
    /// Where each wire begins, with its label.
    pub labels: Vec<(i32, i32)>,
    /// For each wire its ways, one to each of its nodes.
    pub ways: Vec<Vec<Way>>,
}

/// Where a wire goes, from one turn to the next.
pub(super) type Way = Vec<(i32, i32)>;

/// A box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rect {
    /// Its left edge.
    pub x: i32,
    /// Its top.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Layout {
    /// Finds a place for everything.
    pub(super) fn of(chart: &Chart) -> Self {
        let plan = Plan::new(chart);
        let bends = Bends::new(&plan);
        let widths = Widths::new(&plan, &bends);
        let mut ways: Vec<Vec<Way>> = vec![Vec::new(); chart.wires.len()];
        for link in &plan.ports.links {
            ways[link.wire].push(plan.way(&bends, &widths, link));
        }
        Self {
            width: widths.all,
            height: plan.heights.all,
            lanes: plan.heights.lanes.clone(),
            boxes: (0..chart.nodes.len()).map(|node| plan.rect(&widths, node)).collect(),
            labels: (0..chart.wires.len()).map(|wire| plan.start(&widths, wire)).collect(),
            ways,
        }
    }
}

/// What stands where, as far as it is settled before anything has a width.
struct Plan<'a> {
    chart: &'a Chart,
    grid: Grid,
    ports: Ports,
    heights: Heights,
}

impl<'a> Plan<'a> {
    fn new(chart: &'a Chart) -> Self {
        let grid = Grid::new(chart);
        let ports = ports::ports(chart, &grid);
        let heights = Heights::new(chart, &grid, &ports);
        Self { chart, grid, ports, heights }
    }

    /// The column a wire comes from, and the height at which it leaves.
    fn origin(&self, wire: usize) -> (usize, i32) {
        let from = self.chart.wires[wire].from;
        (self.grid.column[from], self.heights.slot(self.grid.row[from], self.ports.out[wire]))
    }

    /// The column left of the node a link leads to, and the height at which it
    /// comes in.
    fn end(&self, link: &Link) -> (usize, i32) {
        (self.grid.column[link.to] - 1, self.heights.slot(self.grid.row[link.to], link.slot))
    }

    fn rect(&self, widths: &Widths, node: usize) -> Rect {
        let (x, width) = widths.columns[self.grid.column[node]];
        let height = self.heights.nodes[node];
        Rect { x, y: self.heights.rows[self.grid.row[node]] - height / 2, width, height }
    }

    fn start(&self, widths: &Widths, wire: usize) -> (i32, i32) {
        let (column, y) = self.origin(wire);
        let (x, width) = widths.columns[column];
        (x + width, y)
    }

    fn way(&self, bends: &Bends, widths: &Widths, link: &Link) -> Way {
        let (from, _) = self.origin(link.wire);
        let (before, end) = self.end(link);
        let mut points = vec![self.start(widths, link.wire)];
        let mut turn = |column: usize, bend: bends::Bend, to: i32| {
            let height = points[points.len() - 1].1;
            if let Some(track) = bends.track(column, bend).filter(|_| to != height) {
                let x = widths.tracks[column] + track * WIRE;
                points.extend([(x, height), (x, to)]);
            }
        };
        match link.corridor {
            None => turn(from, (link.wire, None), end),
            Some(corridor) => {
                turn(from, (link.wire, None), self.heights.corridor(corridor));
                turn(before, (link.wire, link.corridor), end);
            }
        }
        points.push((widths.columns[before + 1].0, end));
        points
    }
}

/// What stands how far to the right.
struct Widths {
    /// The left edge of each column, and its width.
    columns: Vec<(i32, i32)>,
    /// The first track right of each column.
    tracks: Vec<i32>,
    all: i32,
}

impl Widths {
    fn new(plan: &Plan<'_>, bends: &Bends) -> Self {
        let Plan { chart, grid, .. } = plan;
        // The names of the lanes stand in the first column.
        let mut boxes = vec![0; grid.columns];
        boxes[0] = header_width(chart);
        for (node, column) in chart.nodes.iter().zip(&grid.column) {
            boxes[*column] = boxes[*column].max(node_width(node));
        }
        let mut labels = vec![0; grid.columns];
        for wire in &chart.wires {
            let column = grid.column[wire.from];
            labels[column] = labels[column].max(label_width(wire));
        }
        let mut widths = Self { columns: Vec::new(), tracks: Vec::new(), all: 0 };
        let mut x = GAP + PAD;
        for column in 0..grid.columns {
            widths.columns.push((x, boxes[column]));
            x += boxes[column] + labels[column] + HEAD;
            widths.tracks.push(x);
            x += bends.tracks(column) * WIRE + HEAD;
        }
        widths.all = x - HEAD + GAP + PAD;
        widths
    }
}

/// The width of the names of the lanes.
fn header_width(chart: &Chart) -> i32 {
    let names = chart.lanes.iter().map(|lane| width(&lane.name, NAME, true));
    names.max().unwrap_or(0) + PAD
}

fn node_width(node: &Node) -> i32 {
    let lines = node.lines.iter().map(|line| width(&line.text, SMALL, line.tone >= Tone::Done));
    lines.chain([width(&node.name, NAME, true)]).max().unwrap_or(0) + 2 * PAD
}

/// The event stands above the wire, the variant below it.
fn label_width(wire: &Wire) -> i32 {
    let variant = wire.variant.as_deref().map_or(0, |variant| width(variant, SMALL, true));
    width(&wire.event, SMALL, true).max(variant) + PAD
}
