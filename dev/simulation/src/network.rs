//! What becomes of messages between a producer and a topic.

use saga_runtime::record::TopicPartition;

use super::sim::Sim;

/// The fate of the next messages of a producer to one partition.
#[derive(Clone, Copy)]
enum Fate {
    Delivered,
    /// They arrive, and their reports come later.
    Landed,
    NotDelivered,
    NotAcknowledged,
    Twice,
    Swapped,
}

impl Sim {
    /// Decides about some messages of one producer.
    pub(crate) fn network(&mut self) {
        let busy: Vec<u32> = self.busy_producers();
        let Some(producer) = self.rng.one_of(&busy).copied() else { return };
        let places = self.destinations(producer);
        let Some(to) = self.rng.one_of(&places).copied() else { return };
        let most = self.rng.between(1, 4) as usize;
        let which: Vec<usize> = self.flights(producer, to).into_iter().take(most).collect();
        let from = &self.broker.producers[&producer];
        let on_topic = which.iter().any(|at| from.flights[*at].landed);
        if from.reports.is_none() {
            self.arrive_after_death(producer, &which);
        } else if on_topic {
            self.broker.report(producer, &which, None);
        } else {
            self.decide(producer, to, which);
        }
    }

    fn decide(&mut self, producer: u32, to: TopicPartition, mut which: Vec<usize>) {
        let fate = self.fate();
        let name = self.broker.producers[&producer].name.clone();
        if self.refuses(to) {
            self.fault("refused", || format!("{name} to {to}"));
            self.broker.report(producer, &which, Some(false));
            return;
        }
        match fate {
            Fate::Delivered | Fate::Landed => {
                let landed = self.broker.land(producer, &which, 1);
                self.note(|| format!("{name} delivers to {to}: {}", landed.join(", ")));
                if matches!(fate, Fate::Delivered) {
                    self.broker.report(producer, &which, None);
                }
            }
            Fate::NotDelivered => {
                // Any of them: what was sent behind it may still arrive.
                let at = self.rng.below(which.len());
                self.fault("not delivered", || format!("{name} to {to}"));
                self.broker.report(producer, &[which[at]], Some(false));
            }
            Fate::NotAcknowledged => {
                let landed = self.broker.land(producer, &which, 1);
                self.fault("not acknowledged", || format!("{name} to {to}: {}", landed.join(", ")));
                self.broker.report(producer, &which, Some(false));
            }
            Fate::Twice => {
                let landed = self.broker.land(producer, &which, 2);
                self.fault("delivered twice", || format!("{name} to {to}: {}", landed.join(", ")));
                self.broker.report(producer, &which, None);
            }
            Fate::Swapped => {
                which.reverse();
                let landed = self.broker.land(producer, &which, 1);
                if landed.len() > 1 {
                    self.fault("swapped", || format!("{name} to {to}: {}", landed.join(", ")));
                }
                self.broker.report(producer, &which, None);
            }
        }
    }

    /// Whether a partition takes no message at present.
    fn refuses(&mut self, to: TopicPartition) -> bool {
        if self.rates.refusing == 0 {
            self.refusing = None;
        } else if self.refusing.is_some() {
            if self.rng.happens(10) {
                self.refusing = None;
            }
        } else if self.rng.happens(self.rates.refusing) {
            self.refusing = Some(to);
        }
        self.refusing == Some(to)
    }

    fn fate(&mut self) -> Fate {
        let rates = self.rates;
        let fates = [
            (rates.not_delivered, Fate::NotDelivered),
            (rates.not_acknowledged, Fate::NotAcknowledged),
            (rates.twice, Fate::Twice),
            (rates.swapped, Fate::Swapped),
        ];
        for (per_mille, fate) in fates {
            if self.rng.happens(per_mille) {
                return fate;
            }
        }
        if self.rng.happens(200) { Fate::Landed } else { Fate::Delivered }
    }

    /// A dead producer's messages arrive or are lost, unreported.
    fn arrive_after_death(&mut self, producer: u32, which: &[usize]) {
        let name = self.broker.producers[&producer].name.clone();
        if self.rng.happens(600) {
            let landed = self.broker.land(producer, which, 1);
            self.fault("arrived after death", || format!("{name}: {}", landed.join(", ")));
        } else {
            self.fault("lost in death", || name);
        }
        self.broker.report(producer, which, None);
    }

    /// Delivers everything that is on its way.
    pub(crate) fn deliver_all(&mut self) {
        for producer in self.busy_producers() {
            let all: Vec<usize> = (0..self.broker.producers[&producer].flights.len()).collect();
            let missing: Vec<usize> = all
                .iter()
                .copied()
                .filter(|at| !self.broker.producers[&producer].flights[*at].landed)
                .collect();
            self.broker.land(producer, &missing, 1);
            self.broker.report(producer, &all, None);
        }
    }

    fn busy_producers(&self) -> Vec<u32> {
        let busy = self.broker.producers.iter().filter(|(_, producer)| !producer.flights.is_empty());
        busy.map(|(id, _)| *id).collect()
    }

    fn destinations(&self, producer: u32) -> Vec<TopicPartition> {
        let mut places: Vec<_> =
            self.broker.producers[&producer].flights.iter().map(|flight| flight.to).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    fn flights(&self, producer: u32, to: TopicPartition) -> Vec<usize> {
        let flights = self.broker.producers[&producer].flights.iter().enumerate();
        flights.filter(|(_, flight)| flight.to == to).map(|(at, _)| at).collect()
    }
}
