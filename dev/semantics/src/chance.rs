//! What chance lets happen to a few instances at once.

use saga_step::flow::{Act, Flow};

use super::run::{Next, Run};
use super::saga::{Open, Saga};
use super::script::{Says, Word};
use super::tally::Tally;

/// A seed, and what follows from it.
pub(crate) struct Chance {
    seed: u64,
    rng: Rng,
    instances: usize,
    /// In so many of ten decisions a handler says yes.
    lenience: usize,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let instances = 1 + rng.below(3);
        let lenience = [5, 7, 9][rng.below(3)];
        Self { seed, rng, instances, lenience }
    }

    /// Goes on until nothing can happen any more.
    ///
    /// # Errors
    /// The first difference, and how it came about.
    pub(crate) fn live(mut self, saga: &Saga, flow: &Flow, tally: &mut Tally) -> Result<(), String> {
        let mut run = Run::new(saga, flow, self.instances);
        let acts = flow.acts();
        run.compare_places()?;
        while let Some((instance, next)) = self.next(&run.enabled(&acts), &acts) {
            let says = self.says(saga);
            run.happen(instance, next, says, tally)?;
        }
        tally.instances += self.instances;
        // None of them has changed while another did something.
        (0..self.instances).try_for_each(|at| run.compare(at))
    }

    /// What everyone says who is asked.
    fn says(&mut self, saga: &Saga) -> Says {
        let mut say = |(name, open): (&String, &Open)| {
            let word = match open {
                Open { silence: true, .. } if self.rng.below(10) == 0 => Word::Silence,
                Open { rejects: true, .. } if self.rng.below(10) >= self.lenience => Word::No,
                Open { ways, .. } => Word::Way(self.rng.below(*ways)),
            };
            (name.clone(), word)
        };
        saga.open.iter().map(&mut say).collect()
    }

    /// What happens next. Some acts hurry and others linger all the way, or orders in which
    /// something comes late would be rare.
    fn next(&mut self, enabled: &[(usize, Next)], acts: &[Act]) -> Option<(usize, Next)> {
        let any = self.rng.below(enabled.len());
        let haste = |(instance, next): &&(usize, Next)| {
            let act = match next {
                Next::Act(act) => acts.iter().position(|it| it == act).unwrap_or_default(),
                Next::Unheard(..) => acts.len(),
            };
            Rng(self.seed ^ (1 + act * self.instances + instance) as u64).number()
        };
        let next = if self.rng.below(4) > 0 { enabled.iter().max_by_key(haste) } else { enabled.get(any) };
        next.copied()
    }
}

/// Numbers that depend on nothing but a seed (SplitMix64).
struct Rng(u64);

impl Rng {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound.max(1) as u64) as usize
    }
}
