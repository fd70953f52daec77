//! Which column and row each node stands in.

use std::collections::{BTreeSet, HashMap};

use crate::draw::chart::Chart;

/// Columns from the left, by the longest way from the beginning; rows from the
/// top, lane by lane.
#[derive(Debug)]
pub(super) struct Grid {
    /// The column of each node.
    pub column: Vec<usize>,
    /// The row of each node.
    pub row: Vec<usize>,
    /// The lane of each row.
    pub lanes: Vec<usize>,
    /// How many columns there are.
    pub columns: usize,
    /// The columns of each row in which a node stands.
    taken: Vec<BTreeSet<usize>>,
}

impl Grid {
    pub(super) fn new(chart: &Chart) -> Self {
        let column = columns(chart);
        // How many nodes stand in a column of a lane.
        let mut stacks: HashMap<(usize, usize), usize> = HashMap::new();
        let mut heights = vec![1; chart.lanes.len()];
        let mut depth = Vec::with_capacity(column.len());
        for (node, column) in chart.nodes.iter().zip(&column) {
            let stack = stacks.entry((node.lane, *column)).or_default();
            depth.push(*stack);
            *stack += 1;
            heights[node.lane] = heights[node.lane].max(*stack);
        }
        let lanes: Vec<usize> = heights
            .iter()
            .enumerate()
            .flat_map(|(lane, height)| std::iter::repeat_n(lane, *height))
            .collect();
        let mut tops = vec![0; heights.len()];
        for lane in 1..heights.len() {
            tops[lane] = tops[lane - 1] + heights[lane - 1];
        }
        let row: Vec<usize> =
            chart.nodes.iter().zip(&depth).map(|(node, depth)| tops[node.lane] + depth).collect();
        let mut taken = vec![BTreeSet::new(); lanes.len()];
        for (row, column) in row.iter().zip(&column) {
            taken[*row].insert(*column);
        }
        let columns = column.iter().max().map_or(1, |last| last + 1);
        Self { column, row, lanes, columns, taken }
    }

    /// Whether a node stands at the very beginning of a row.
    pub(super) fn begins(&self, row: usize) -> bool {
        self.taken[row].contains(&0)
    }

    /// Whether nothing stands in a row between two columns.
    pub(super) fn is_free(&self, row: usize, from: usize, to: usize) -> bool {
        from + 1 >= to || self.taken[row].range(from + 1..to).next().is_none()
    }
}

/// The longest way to each node from a node that nothing leads to. Nodes in a
/// circle have none, and stay at the beginning.
fn columns(chart: &Chart) -> Vec<usize> {
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); chart.nodes.len()];
    let mut before = vec![0_usize; chart.nodes.len()];
    let wires = chart.wires.iter().flat_map(|wire| wire.to.iter().map(|to| (wire.from, *to)));
    let rows =
        chart.nodes.iter().enumerate().flat_map(|(to, node)| node.after.iter().map(move |from| (*from, to)));
    for (from, to) in wires.chain(rows) {
        next[from].push(to);
        before[to] += 1;
    }
    let mut column = vec![0; chart.nodes.len()];
    let mut open: Vec<usize> = (0..before.len()).filter(|node| before[*node] == 0).collect();
    while let Some(node) = open.pop() {
        for &to in &next[node] {
            column[to] = column[to].max(column[node] + 1);
            before[to] -= 1;
            if before[to] == 0 {
                open.push(to);
            }
        }
    }
    column
}
