//! What stands how high.

use super::grid::Grid;
use super::ports::Ports;
use super::{GAP, LINE, PAD, SLOT, WIRE};
use crate::draw::chart::{Chart, Node};

/// What stands how high.
pub(super) struct Heights {
    /// The middle of each row.
    pub rows: Vec<i32>,
    /// The top and the bottom of each lane.
    pub lanes: Vec<(i32, i32)>,
    /// The height of each node.
    pub nodes: Vec<i32>,
    /// The bottom of everything.
    pub all: i32,
    /// The first wire in each corridor.
    corridors: Vec<i32>,
}

impl Heights {
    pub(super) fn new(chart: &Chart, grid: &Grid, ports: &Ports) -> Self {
        let sizes = chart.nodes.iter().zip(&ports.reach);
        let nodes: Vec<i32> = sizes.map(|(node, reach)| height(node, *reach)).collect();
        let mut rows = vec![2 * SLOT; grid.lanes.len()];
        for (node, height) in nodes.iter().enumerate() {
            let row = &mut rows[grid.row[node]];
            *row = (*row).max(*height).max(2 * SLOT * (ports.reach[node] + 1));
        }
        let mut heights = Self {
            rows: Vec::new(),
            lanes: vec![(0, 0); chart.lanes.len()],
            nodes,
            all: 0,
            corridors: Vec::new(),
        };
        heights.stack(grid, ports, &rows);
        heights
    }

    /// Puts rows below each other, with corridors between them.
    fn stack(&mut self, grid: &Grid, ports: &Ports, rows: &[i32]) {
        let mut y = GAP;
        for (row, &lane) in grid.lanes.iter().enumerate() {
            let first = row == 0 || grid.lanes[row - 1] != lane;
            if first {
                self.lanes[lane].0 = y;
            }
            // The name of the lane stands there.
            y += if first && grid.begins(row) { LINE + GAP / 2 } else { GAP };
            self.corridors.push(y);
            y += WIRE * ports.corridors[row] as i32;
            self.rows.push(y + rows[row] / 2);
            y += rows[row];
            if row + 1 == rows.len() {
                self.corridors.push(y + WIRE);
                y += WIRE * ports.corridors[row + 1] as i32;
            }
            if grid.lanes.get(row + 1) != Some(&lane) {
                y += GAP;
                self.lanes[lane].1 = y;
            }
        }
        self.all = y + GAP;
    }

    /// The height of a slot of a row.
    pub(super) fn slot(&self, row: usize, slot: i32) -> i32 {
        self.rows[row] + slot * SLOT
    }

    /// The height of a wire in a corridor.
    pub(super) fn corridor(&self, (corridor, level): (usize, usize)) -> i32 {
        self.corridors[corridor] + level as i32 * WIRE
    }
}

fn height(node: &Node, reach: i32) -> i32 {
    let text = LINE * (node.lines.len() as i32 + 1) + PAD;
    // Even, so that the middle is a whole number.
    text.max(2 * (SLOT * reach + PAD)) + text % 2
}
