//! In which order wires turn, where several do between the same columns.

/// Where a wire turns: it comes from the left at one height, and goes on to the
/// right at others.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// The height at which it comes.
    pub left: i32,
    /// The heights at which it goes on.
    pub right: Vec<i32>,
}

impl Turn {
    fn top(&self) -> i32 {
        self.right.iter().copied().fold(self.left, i32::min)
    }

    fn bottom(&self) -> i32 {
        self.right.iter().copied().fold(self.left, i32::max)
    }

    fn spans(&self, height: i32) -> bool {
        self.top() < height && height < self.bottom()
    }

    /// How often two wires cross, if this one turns left of the other.
    fn crossings(&self, other: &Self) -> usize {
        let passed = self.right.iter().filter(|height| other.spans(**height)).count();
        passed + usize::from(self.spans(other.left))
    }
}

/// More turns than this are not put in order: it takes the square of their
/// number, and a reader could not follow so many anyway.
const MOST: usize = 60;

/// How far apart turns on one track must be.
const APART: i32 = 12;

/// The track of each turn, counted from the left.
pub(super) fn tracks(turns: &[Turn]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..turns.len()).collect();
    if turns.len() <= MOST {
        untangle(turns, &mut order);
    }
    let mut tracks = vec![0; turns.len()];
    for (place, &turn) in order.iter().enumerate() {
        let (top, bottom) = (turns[turn].top() - APART, turns[turn].bottom() + APART);
        let meets = |other: &&usize| turns[**other].top() <= bottom && top <= turns[**other].bottom();
        let beside = order[..place].iter().filter(meets).map(|other| tracks[*other] + 1).max();
        tracks[turn] = beside.unwrap_or(0);
    }
    tracks
}

/// Swaps neighbours as long as that saves crossings.
fn untangle(turns: &[Turn], order: &mut [usize]) {
    let mut better = true;
    while better {
        better = false;
        for place in 1..order.len() {
            let (one, other) = (&turns[order[place - 1]], &turns[order[place]]);
            if other.crossings(one) < one.crossings(other) {
                order.swap(place - 1, place);
                better = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wires_that_go_down_side_by_side_do_not_cross() {
        let down = [Turn { left: 0, right: vec![130] }, Turn { left: 30, right: vec![160] }];
        let tracks = tracks(&down);
        // The upper one would cross the lower one twice, did it not turn to the
        // right of it.
        assert_eq!(tracks, [1, 0]);
    }

    #[test]
    fn turns_far_from_each_other_share_a_track() {
        let far = [Turn { left: 0, right: vec![30] }, Turn { left: 100, right: vec![130] }];
        assert_eq!(tracks(&far), [0, 0]);
    }
}
