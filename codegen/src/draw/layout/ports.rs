//! Where wires leave and reach nodes, and how they get past those between.
//!
//! A row has *slots*: heights at which wires run, counted from its middle. No
//! two wires run at one slot between the same columns. Where a node stands in
//! the way, a wire runs in the *corridor* above or below the row instead.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::grid::Grid;
use crate::draw::chart::Chart;

/// The wires in slots and corridors.
#[derive(Debug)]
pub(super) struct Ports {
    /// The slot at which each wire leaves.
    pub out: Vec<i32>,
    /// The way of each wire to each of its nodes.
    pub links: Vec<Link>,
    /// How many wires run side by side in the corridor above each row, and in
    /// that below the last.
    pub corridors: Vec<usize>,
    /// How far from the middle of its row each node has a wire.
    pub reach: Vec<i32>,
}

/// The way of a wire to one node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// The wire.
    pub wire: usize,
    /// The node.
    pub to: usize,
    /// The slot at which it comes in.
    pub slot: i32,
    /// The corridor it takes, and its place there; none if nothing is in the way.
    pub corridor: Option<(usize, usize)>,
}

pub(super) fn ports(chart: &Chart, grid: &Grid) -> Ports {
    let mut finder = Finder {
        chart,
        grid,
        taken: HashMap::new(),
        corridors: vec![Vec::new(); grid.lanes.len() + 1],
        out: vec![0; chart.wires.len()],
        reach: vec![0; chart.nodes.len()],
    };
    finder.leave();
    let links = finder.arrive();
    let Finder { out, reach, corridors, .. } = finder;
    let corridors =
        corridors.iter().map(|it| it.iter().map(|run| run.level + 1).max().unwrap_or(0)).collect();
    Ports { out, links, corridors, reach }
}

/// A wire, and the columns right of which it runs.
type Stretch = (usize, Range<usize>);

struct Finder<'a> {
    chart: &'a Chart,
    grid: &'a Grid,
    /// The wires at a slot of a row.
    taken: HashMap<(usize, i32), Vec<Stretch>>,
    corridors: Vec<Vec<Run>>,
    out: Vec<i32>,
    reach: Vec<i32>,
}

/// A wire in a corridor, from right of one column to right of another.
#[derive(Debug, Clone)]
struct Run {
    wire: usize,
    from: usize,
    to: usize,
    level: usize,
}

impl Finder<'_> {
    /// Gives each wire the slot at which it leaves: those that go up first.
    fn leave(&mut self) {
        let mut of: Vec<Vec<usize>> = vec![Vec::new(); self.chart.nodes.len()];
        self.chart.wires.iter().enumerate().for_each(|(wire, it)| of[it.from].push(wire));
        for (node, mut wires) in of.into_iter().enumerate() {
            wires.sort_by_key(|wire| self.heading(*wire));
            let (row, column) = (self.grid.row[node], self.grid.column[node]);
            for (place, wire) in wires.iter().enumerate() {
                // A label takes two slots.
                let slot = 2 * place as i32 - (wires.len() as i32 - 1);
                self.out[*wire] = slot;
                self.taken.entry((row, slot)).or_default().push((*wire, column..column + 1));
                self.reach[node] = self.reach[node].max(slot.abs());
            }
        }
    }

    /// Where a wire goes on the whole: the mean of its rows, in thousandths.
    fn heading(&self, wire: usize) -> usize {
        let to = &self.chart.wires[wire].to;
        to.iter().map(|node| 1000 * self.grid.row[*node]).sum::<usize>() / to.len().max(1)
    }

    /// Leads each wire to its nodes, those on the left first.
    fn arrive(&mut self) -> Vec<Link> {
        let mut at: Vec<Vec<usize>> = vec![Vec::new(); self.chart.nodes.len()];
        for (index, wire) in self.chart.wires.iter().enumerate() {
            // In a circle there is a way back, which is not drawn.
            let onwards = wire.to.iter().filter(|to| self.grid.column[wire.from] < self.grid.column[**to]);
            onwards.for_each(|to| at[*to].push(index));
        }
        let mut nodes: Vec<usize> = (0..at.len()).collect();
        nodes.sort_by_key(|node| (self.grid.column[*node], self.grid.row[*node]));
        let mut links = Vec::new();
        for node in nodes {
            self.arrive_at(node, &at[node], &mut links);
        }
        links
    }

    fn arrive_at(&mut self, node: usize, wires: &[usize], links: &mut Vec<Link>) {
        let (row, column) = (self.grid.row[node], self.grid.column[node]);
        let mut used: HashSet<i32> = HashSet::new();
        let mut left = Vec::new();
        for &wire in wires {
            // Straight on, if that is possible.
            let from = self.chart.wires[wire].from;
            let slot = self.out[wire];
            let gaps = self.grid.column[from]..column;
            if self.grid.row[from] == row
                && self.is_clear(wire, node)
                && self.fits(row, gaps.clone(), slot, wire)
            {
                self.take(node, gaps, slot, wire);
                used.insert(slot);
                links.push(Link { wire, to: node, slot, corridor: None });
            } else {
                left.push(wire);
            }
        }
        left.sort_by_key(|wire| (self.comes_from(*wire, node), *wire));
        let straight = !used.is_empty();
        let above = left.iter().filter(|wire| self.comes_from(**wire, node) < middle(row)).count();
        for (place, &wire) in left.iter().enumerate() {
            let wanted = match straight {
                false => around_middle(place, left.len()),
                true if place < above => place as i32 - above as i32,
                true => (place - above) as i32 + 1,
            };
            let clear = self.is_clear(wire, node);
            let from = self.grid.column[self.chart.wires[wire].from];
            let gaps = if clear { from..column } else { column - 1..column };
            let slot =
                nearest(wanted, |slot| !used.contains(&slot) && self.fits(row, gaps.clone(), slot, wire));
            self.take(node, gaps, slot, wire);
            used.insert(slot);
            let corridor = (!clear).then(|| self.corridor(wire, node));
            links.push(Link { wire, to: node, slot, corridor });
        }
    }

    /// Whether nothing is in the way in the row of the node.
    fn is_clear(&self, wire: usize, node: usize) -> bool {
        let from = self.chart.wires[wire].from;
        self.grid.is_free(self.grid.row[node], self.grid.column[from], self.grid.column[node])
    }

    /// From how far up a wire comes to a node.
    fn comes_from(&self, wire: usize, node: usize) -> i32 {
        let row = self.grid.row[node];
        let from = self.grid.row[self.chart.wires[wire].from];
        match (self.is_clear(wire, node), from <= row) {
            (true, _) => middle(from) + self.out[wire],
            (false, true) => middle(row) - 500,
            (false, false) => middle(row) + 500,
        }
    }

    fn fits(&self, row: usize, gaps: Range<usize>, slot: i32, wire: usize) -> bool {
        let taken = self.taken.get(&(row, slot)).map_or(&[][..], Vec::as_slice);
        let free = |(there, at): &Stretch| *there == wire || at.end <= gaps.start || gaps.end <= at.start;
        taken.iter().all(free)
    }

    fn take(&mut self, node: usize, gaps: Range<usize>, slot: i32, wire: usize) {
        let row = self.grid.row[node];
        self.taken.entry((row, slot)).or_default().push((wire, gaps));
        self.reach[node] = self.reach[node].max(slot.abs());
    }

    /// Leads a wire along the row of a node, on the side it comes from.
    fn corridor(&mut self, wire: usize, node: usize) -> (usize, usize) {
        let from = self.chart.wires[wire].from;
        let row = self.grid.row[node];
        let corridor = if self.grid.row[from] <= row { row } else { row + 1 };
        let (from, to) = (self.grid.column[from], self.grid.column[node] - 1);
        let runs = &mut self.corridors[corridor];
        if let Some(run) = runs.iter().find(|run| run.wire == wire && to <= run.to) {
            return (corridor, run.level);
        }
        let meets = |run: &Run| run.wire != wire && run.from <= to && from <= run.to;
        let full: HashSet<usize> = runs.iter().filter(|run| meets(run)).map(|run| run.level).collect();
        let level = (0..).find(|level| !full.contains(level)).unwrap_or(0);
        runs.push(Run { wire, from, to, level });
        (corridor, level)
    }
}

/// The middle of a row, so that slots and corridors have room around it.
fn middle(row: usize) -> i32 {
    1000 * row as i32
}

/// The slot of one of several wires that leave the same room above and below.
fn around_middle(place: usize, of: usize) -> i32 {
    let slot = place as i32 - (of / 2) as i32;
    if of.is_multiple_of(2) && slot >= 0 { slot + 1 } else { slot }
}

/// The slot nearest to the wanted one that is free.
fn nearest(wanted: i32, free: impl Fn(i32) -> bool) -> i32 {
    let away = if wanted < 0 { -1 } else { 1 };
    let mut distances = (0..).flat_map(|distance| [wanted + away * distance, wanted - away * distance]);
    distances.find(|slot| free(*slot)).unwrap_or(wanted)
}
