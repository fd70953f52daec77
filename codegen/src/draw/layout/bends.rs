//! Where wires turn between one column and the next.

use std::collections::BTreeMap;

use super::Plan;
use super::tracks::{Turn, tracks};

/// A wire, and the corridor it comes along; none where it leaves its node.
pub(super) type Bend = (usize, Option<(usize, usize)>);

/// The track of each turn, right of each column.
pub(super) struct Bends(Vec<BTreeMap<Bend, usize>>);

impl Bends {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let mut turns: Vec<BTreeMap<Bend, Turn>> = vec![BTreeMap::new(); plan.grid.columns];
        let mut turn = |column: usize, bend: Bend, left: i32, right: i32| {
            let turn = turns[column].entry(bend).or_insert_with(|| Turn { left, right: Vec::new() });
            turn.right.push(right);
        };
        for link in &plan.ports.links {
            let (from, left) = plan.origin(link.wire);
            let (before, end) = plan.end(link);
            match link.corridor {
                None => turn(from, (link.wire, None), left, end),
                Some(corridor) => {
                    let between = plan.heights.corridor(corridor);
                    turn(from, (link.wire, None), left, between);
                    turn(before, (link.wire, link.corridor), between, end);
                }
            }
        }
        Self(turns.into_iter().map(in_tracks).collect())
    }

    /// The track on which a wire turns right of a column, if it does.
    pub(super) fn track(&self, column: usize, bend: Bend) -> Option<i32> {
        self.0[column].get(&bend).map(|track| *track as i32)
    }

    /// How many tracks there are right of a column.
    pub(super) fn tracks(&self, column: usize) -> i32 {
        self.0[column].values().map(|track| *track as i32 + 1).max().unwrap_or(0)
    }
}

/// Those that turn at all, each with its track.
fn in_tracks(mut turns: BTreeMap<Bend, Turn>) -> BTreeMap<Bend, usize> {
    turns.retain(|_, turn| turn.right.iter().any(|height| *height != turn.left));
    let all: Vec<Turn> = turns.values().cloned().collect();
    turns.into_keys().zip(tracks(&all)).collect()
}
